import JSONText

/// A client that gets every message through, whatever dies: it sends one after the other, each under a key, and after
/// a lost connection or a 503 sends it again, on the next node.
///
/// Confined to one thread.
public final class PersistentSender {
    /// A message and what the server answered to it.
    public struct Sent: Sendable, Hashable {
        /// Its text, different from all others.
        public var text: String
        /// Its place in the log.
        public var position: Int64
        /// Its number in the conversation.
        public var seq: Int64

        /// A message.
        public init(text: String, position: Int64, seq: Int64) {
            self.text = text
            self.position = position
            self.seq = seq
        }
    }

    /// Whom it writes to.
    public enum Target: Sendable {
        /// A user, by name.
        case user(String)
        /// A group.
        case group(Int64)
    }

    /// What was answered, in the order of sending.
    public private(set) var sent: [Sent] = []
    /// Texts that got 503, in the order of sending: nothing is stored of them, unless sent again.
    public private(set) var unavailable: [String] = []
    /// Whether a message that got 503 is given up instead of being sent again.
    public var givesUpOnUnavailable = false
    private let ports: [Int]
    private let name: String
    private let target: Target
    private var client: ScriptedClient?
    private var node: Int

    /// A sender that begins with one of the nodes.
    public init(_ name: String, to target: Target, ports: [Int], beginningWith node: Int = 0) {
        self.name = name
        self.target = target
        self.ports = ports
        self.node = node
    }

    /// Sends one message until it is answered, or given up.
    public func send(_ text: String, within patience: Duration = .seconds(60)) throws {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            do throws(ClientFailure) {
                let result = try request(text)
                let position = result["position"]?.intValue ?? 0
                return sent.append(Sent(text: text, position: position, seq: result["seq"]?.intValue ?? 0))
            } catch {
                if case .refused(let refusal) = error {
                    guard refusal.reason == "unavailable" else { throw error }
                    unavailable.append(text)
                    if givesUpOnUnavailable { return }
                } else {
                    reconnect()
                }
                pauseBriefly()
            }
        }
        throw ClientFailure.late("an answer to \(text)")
    }

    /// Sends until the flag is raised, counting each answer.
    public func run(_ label: String, until stop: Flag, tally: Tally) throws -> [Sent] {
        var number = 0
        while !stop.isRaised {
            number += 1
            try send("\(label) \(number)")
            tally.add()
        }
        return sent
    }

    private func request(_ text: String) throws(ClientFailure) -> JSONValue {
        let client = try connected()
        let patience = Duration.seconds(40)
        var params: JSONObject = ["text": .string(text), "key": .string(text)]
        switch target {
        case .user(let name): params["to"] = .string(name)
        case .group(let id): params["group"] = .integer(id)
        }
        let id = try client.send(isGroup ? "groupchat" : "chat", params)
        return try client.reply(to: id, within: patience)
    }

    private var isGroup: Bool { if case .group = target { true } else { false } }

    private func connected() throws(ClientFailure) -> ScriptedClient {
        if let client { return client }
        let fresh = try ScriptedClient(port: ports[node % ports.count])
        let params: JSONObject = ["name": .string(name), "password": .string(ScriptedClient.password), "feed": false]
        try fresh.call("login", params)
        client = fresh
        return fresh
    }

    private func reconnect() {
        client?.close()
        client = nil
        node += 1
    }
}
