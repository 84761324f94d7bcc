import JSONText

/// A changing command of a client, with all tries to have it carried out.
final class IssuedCommand {
    enum Answer {
        case done(position: Int64?, seq: Int64?, conversation: String?, isDuplicate: Bool)
        case refused(String)
        case unavailable
    }

    final class Attempt {
        let connection: Int
        /// Its place among what the connection sent, and where its last byte is.
        let order: Int
        var end = 0
        var request: Int64 = 0
        var answer: Answer?

        init(connection: Int, order: Int) {
            self.connection = connection
            self.order = order
        }

        var isDone: Bool { if case .done? = answer { true } else { false } }
    }

    let number: Int
    let user: Int
    let method: String
    let params: JSONObject
    let key: String?
    /// What nobody else says.
    let text: String?
    var attempts: [Attempt] = []

    init(number: Int, user: Int, method: String, params: JSONObject, key: String?, text: String?) {
        self.number = number
        self.user = user
        self.method = method
        self.params = params
        self.key = key
        self.text = text
    }

    var answers: [Answer] { attempts.compactMap(\.answer) }

    /// Nothing more is to be found out by trying again.
    var isSettled: Bool {
        answers.contains { if case .unavailable = $0 { false } else { true } }
    }

    var label: String { "\(method) \(number) of user \(user)\(key.map { " under \($0)" } ?? "")" }
}

/// A push as a session was shown it.
struct SeenPush {
    var method: String
    var position: Int64
    var params: JSONValue

    static let feed: Set<String> = [
        "message", "edited", "recalled", "reaction", "friendrequest", "friendadded", "friendremoved", "groupchanged",
    ]

    var isFeed: Bool { Self.feed.contains(method) }
}

/// A session as its client saw it.
final class SeenSession {
    let id: String
    let user: Int
    let device: String
    let openedAt: Int64
    var pushes: [SeenPush] = []
    /// Positions whose acknowledgement was answered.
    var acknowledged: Int64 = 0
    var isOpen = true
    /// What it was told of friends that it had at its login, and still has.
    var online: [Int64: Bool] = [:]

    init(id: String, user: Int, device: String, openedAt: Int64) {
        self.id = id
        self.user = user
        self.device = device
        self.openedAt = openedAt
    }

    func take(_ push: SeenPush) {
        pushes.append(push)
        guard let user = push.params["user"]?["id"]?.intValue else { return }
        if push.method == "presence", online[user] != nil { online[user] = push.params["online"] == true }
        if push.method == "friendremoved" { online[user] = nil }
    }

    var isCaughtUp: Bool { pushes.contains { $0.method == "caughtup" } }

    var lastSeen: Int64 { pushes.last { $0.isFeed || $0.method == "caughtup" }?.position ?? 0 }

    var label: String { "session \(id) of user \(user) on \(device), opened at \(openedAt)" }
}

/// Somebody with an account and some devices.
final class Person {
    let number: Int
    let name: String
    var id: Int64?

    init(_ number: Int) {
        self.number = number
        name = "user\(number)"
    }

    var password: String { "password of \(name)" }
}
