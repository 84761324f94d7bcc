import ChatTestKit
import JSONText

/// A session of a device, from its login on: what it was shown, to be compared with what it should have been.
final class FeedWatch {
    /// The user's place in the driver.
    let user: Int
    let device: String
    let node: Int
    let client: ScriptedClient
    let session: String
    /// The position of its login.
    let openedAt: Int64
    /// After which its feed has to begin.
    let begin: Int64
    /// Whether everything that concerns it has to have come.
    var isComplete = false

    init(
        user: Int, device: String, node: Int, client: ScriptedClient, session: String, openedAt: Int64, begin: Int64
    ) {
        self.user = user
        self.device = device
        self.node = node
        self.client = client
        self.session = session
        self.openedAt = openedAt
        self.begin = begin
    }

    private static let feed: Set<String> = ["message", "edited", "recalled", "reaction", "groupchanged"]

    /// What came of the feed, in its order.
    var shown: [ScriptedClient.Push] { client.pushes.filter { Self.feed.contains($0.method) } }

    /// The last position that it was pushed.
    var last: Int64 { client.pushes.last { Self.feed.contains($0.method) || $0.method == "caughtup" }?.position ?? 0 }

    /// What is against the promises, one line each.
    func violations(_ model: FeedModel, of user: Int64, told: [ToldKey: ToldMessage]) -> [String] {
        let (rows, stays) = model.feed(of: user)
        let expected = rows.filter { $0.position > begin && $0.session != session }
        let positions = shown.map(\.position)
        let label = "\(device) of \(user) on node \(node), login at \(openedAt), from \(begin)"
        var found: [String] = []
        let wanted = Array(expected.map(\.position).prefix(isComplete ? expected.count : positions.count))
        if positions != wanted {
            let place = zip(positions, wanted).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
            found.append(
                "\(label): got \(positions.dropFirst(place).prefix(5)) instead of \(wanted.dropFirst(place).prefix(5)), "
                    + "\(positions.count) for \(wanted.count); \(model.story(around: zip(positions, wanted).first { $0 != $1 }, of: user))"
            )
        }
        let seam = client.pushes.firstIndex { $0.method == "caughtup" } ?? client.pushes.count
        for (index, push) in client.pushes.enumerated() where Self.feed.contains(push.method) {
            if (index < seam) != (push.position <= openedAt) { found.append("\(label): \(push.position) at the seam") }
            if let wrong = wrongText(push, stays, told) { found.append("\(label): \(wrong)") }
        }
        let ends = client.pushes.filter { $0.method == "caughtup" }.map(\.position)
        if ends != [openedAt] { found.append("\(label): caughtup at \(ends)") }
        return found + gaps(rows, of: user).map { "\(label): \($0)" }
    }

    /// A backlog shows a message in the form that it has at the login, or had at the leaving; live any that it had.
    private func wrongText(
        _ push: ScriptedClient.Push, _ stays: [FeedModel.Stay], _ told: [ToldKey: ToldMessage]
    ) -> String? {
        guard push.method == "message" || push.method == "edited",
            let place = push.params["conversation"]?.stringValue, let seq = push.params["seq"]?.intValue
        else { return nil }
        guard let message = told[ToldKey(place: place, seq: seq)], let text = push.params["text"]?.stringValue else {
            return "\(place) \(seq) is not known"
        }
        guard push.position <= openedAt else {
            return message.texts.contains(text) ? nil : "\(place) \(seq) never said \(text)"
        }
        let left = stays.first { $0.place == place && $0.from < message.position && ($0.to ?? .max) > message.position }
        let form = message.form(asOf: min(left?.to ?? openedAt, openedAt), now: openedAt)
        if text != form.text { return "\(push.method) \(place) \(seq) says \(text) instead of \(form.text)" }
        guard push.method == "message" else { return nil }
        let isEdited = push.params["edited"] == true
        let isRecalled = push.params["recalled"] == true
        return isEdited == form.isEdited && isRecalled == form.isRecalled ? nil : "\(place) \(seq): wrong flags"
    }

    /// Numbers without gaps from the first to the last seen, own ones included, while a membership lasts.
    private func gaps(_ rows: [FeedModel.Row], of user: Int64) -> [String] {
        var lastSeq: [String: Int64] = [:]
        var found: [String] = []
        // A session that ended may have sent something behind what was still on its way to it.
        let through = isComplete ? .max : shown.last?.position ?? 0
        let own = Set(rows.filter { $0.session == session && $0.position <= through }.map(\.position))
        let seen = Set(shown.map(\.position)).union(own)
        for row in rows where seen.contains(row.position) {
            if row.type == "MemberJoined", row.user == user { lastSeq[row.place] = nil }
            guard row.type == "MessageSent" else { continue }
            if let before = lastSeq[row.place], row.version != before + 1 {
                found.append("\(row.place): \(row.version) after \(before)")
            }
            lastSeq[row.place] = row.version
        }
        return found
    }
}
