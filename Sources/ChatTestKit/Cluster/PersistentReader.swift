import JSONText

/// A device that stays: it reads its feed, acknowledges, and after a lost connection logs in again on the next node
/// with `since`. It checks what the contract promises about the feed while it reads.
///
/// Confined to one thread.
public final class PersistentReader {
    /// A message as it was pushed.
    public struct Got: Sendable, Hashable {
        /// Its conversation.
        public var conversation: String
        /// Its text.
        public var text: String
        /// Its place in the log.
        public var position: Int64
        /// Its number in the conversation.
        public var seq: Int64
    }

    /// Every message, in the order in which it came.
    public private(set) var got: [Got] = []
    /// What was against the contract.
    public private(set) var violations: [String] = []
    /// How often it has logged in.
    public private(set) var logins = 0
    /// Whether it acknowledges what came.
    public var acknowledges = true
    private let name: String
    private let device: String
    private let ports: [Int]
    private var node: Int
    private var client: ScriptedClient?
    private var last: Int64 = 0
    private var acknowledged: Int64 = 0
    /// The position of its last login.
    public private(set) var openedAt: Int64 = 0
    private var isCaughtUp = false
    private var lastSeq: [String: Int64] = [:]

    /// A reader that begins with one of the nodes.
    public init(_ name: String, device: String, ports: [Int], beginningWith node: Int = 0) {
        self.name = name
        self.device = device
        self.ports = ports
        self.node = node
    }

    /// Logs in, at the first node that takes it.
    public func connect(within patience: Duration = .seconds(60)) throws {
        let deadline = ContinuousClock.now + patience
        while client == nil {
            do {
                let fresh = try ScriptedClient(port: ports[node % ports.count])
                let result = try fresh.login(name, device: device, since: logins == 0 ? nil : last)
                openedAt = result["position"]?.intValue ?? 0
                isCaughtUp = false
                logins += 1
                client = fresh
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                node += 1
                pauseBriefly()
            }
        }
    }

    /// Reads until the flag is raised and `isComplete` holds.
    public func run(until stop: Flag, isComplete: (PersistentReader) -> Bool) throws {
        var deadline: ContinuousClock.Instant?
        while !(stop.isRaised && isComplete(self)) {
            if stop.isRaised {
                let end = deadline ?? ContinuousClock.now + .seconds(60)
                deadline = end
                guard ContinuousClock.now < end else { throw ClientFailure.late("the rest; \(got.count) came") }
            }
            try connect()
            read(within: .milliseconds(50))
        }
    }

    /// Takes what comes in this time.
    public func read(within patience: Duration) {
        guard let client else { return }
        do throws(ClientFailure) {
            try client.wait("pushes", within: patience) { !$0.pushes.isEmpty }
            take(client)
            if acknowledges, last >= acknowledged + 20 {
                acknowledged = last
                try client.notify("ack", ["position": .integer(last)])
            }
        } catch {
            take(client)
            if case .late = error { return }
            self.client?.close()
            self.client = nil
            node += 1
        }
    }

    private func take(_ client: ScriptedClient) {
        for push in client.pushes { take(push) }
        client.forgetPushes()
    }

    private func take(_ push: ScriptedClient.Push) {
        if push.method == "caughtup" {
            check(push.position == openedAt && !isCaughtUp, "caughtup at \(push.position), login at \(openedAt)")
            isCaughtUp = true
            last = max(last, push.position)
        }
        guard Self.feed.contains(push.method) else { return }
        check(push.position > last, "\(push.method) at \(push.position) after \(last)")
        check(isCaughtUp == (push.position > openedAt), "\(push.position) on the wrong side of \(openedAt)")
        last = push.position
        guard push.method == "message", let conversation = push.params["conversation"]?.stringValue,
            let seq = push.params["seq"]?.intValue, let text = push.params["text"]?.stringValue
        else { return }
        if let before = lastSeq[conversation] { check(seq == before + 1, "\(conversation): \(seq) after \(before)") }
        lastSeq[conversation] = seq
        got.append(Got(conversation: conversation, text: text, position: push.position, seq: seq))
    }

    private func check(_ holds: Bool, _ violation: @autoclosure () -> String) {
        if !holds { violations.append(violation()) }
    }

    private static let feed: Set<String> = [
        "message", "edited", "recalled", "reaction", "friendrequest", "friendadded", "friendremoved", "groupchanged",
    ]
}
