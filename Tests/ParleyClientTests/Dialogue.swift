import JSONText

@testable import ParleyClient

/// Plays the server against a machine, line by line.
struct Dialogue {
    var machine: ClientMachine
    var now = 0

    init(
        feed: Bool = true, token: String? = nil, password: String? = nil, user: String? = "bob", random: Double = 1,
        change: (inout ClientOptions) -> Void = { _ in }
    ) {
        var options = ClientOptions()
        options.user = user
        options.device = "phone"
        options.feed = feed
        change(&options)
        machine = ClientMachine(options: options, token: token, password: password, random: { random })
        _ = machine.start(at: now)
    }

    /// What the machine sends, and tells, after this.
    mutating func connect() -> [String] { shown(machine.connected(at: now)) }
    mutating func server(_ line: String) -> [String] { shown(machine.received(Array((line + "\n").utf8), at: now)) }
    mutating func push(_ method: String, _ position: Int64) -> [String] {
        server(#"{"jsonrpc":"2.0","method":"\#(method)","params":{"position":\#(position)}}"#)
    }

    mutating func acknowledge(_ position: Int64) -> [String] {
        shown(machine.acknowledge(upTo: position, at: now))
    }

    mutating func reread() -> [String] { shown(machine.rereadFeed(at: now)) }
    mutating func lose() -> [String] { shown(machine.disconnected("gone", at: now)) }

    mutating func wait(_ milliseconds: Int) -> [String] {
        now += milliseconds
        return shown(machine.tick(at: now))
    }

    mutating func submit(_ method: String, _ key: String, retry: RetryRule = .underItsKey, tag: Int = 1) -> [String] {
        let request = Request(
            tag: tag, method: method, params: ["key": .string(key)], retry: retry, needsLogin: true)
        return shown(machine.submit(request, at: now) ?? [])
    }

    /// Connected and logged in, with a generous limit; identifiers 1 and 2 are used.
    mutating func open() {
        _ = connect()
        _ = server(#"{"jsonrpc":"2.0","id":2,"result":{"token":"T","epoch":"e","position":10}}"#)
    }

    /// The last frame's identifier.
    var lastId: Int { machine.lastId }

    private func shown(_ actions: [ClientAction]) -> [String] {
        actions.flatMap { action -> [String] in
            switch action {
            case .connect: return ["connect"]
            case .disconnect: return ["disconnect"]
            case .event(let event): return ["\(event)"]
            case .send(let bytes):
                return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
                    let frame = try? JSONValue.parse(String(line))
                    let method = frame?["method"]?.stringValue ?? "?"
                    return "→ \(method) \(frame?["params"]?.description ?? "")"
                }
            }
        }
    }
}
