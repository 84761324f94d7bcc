import JSONText
import Reactor

/// A server that knows just enough of the protocol for direct messages, and misbehaves if it is asked to.
actor PretendServer {
    /// What it does wrong, with every tenth message.
    enum Mischief: Sendable {
        case none, forgets, repeats, swaps, refuses, refusesAndShows, saysNothing, shouts
    }

    private let loop = EventLoop(name: "pretend")
    private let mischief: Mischief
    private var listener: Listener?
    private var users: [String: Int] = [:]
    private var connections: [Peer] = []
    private var peers: [Int: Peer] = [:]
    private var messages = 0
    private var seqs: [Set<Int>: Int] = [:]
    private var held: [(Int, [UInt8])] = []
    /// What came for users while they were away, who acknowledge nothing.
    private var missed: [Int: [[UInt8]]] = [:]

    private final class Peer {
        let stream: ByteStream
        var user = 0
        var partial: [UInt8] = []
        init(_ stream: ByteStream) { self.stream = stream }
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ mischief: Mischief) {
        self.mischief = mischief
    }

    /// Its address.
    func start() throws -> String {
        let listener = try Listener(on: loop, address: try SocketAddress("127.0.0.1:0")) { [weak self] stream in
            nonisolated(unsafe) let stream = stream
            self?.assumeIsolated { unsafe $0.accepted(stream) }
        }
        self.listener = listener
        return listener.boundAddress.description
    }

    private func accepted(_ stream: ByteStream) {
        let number = connections.count
        connections.append(Peer(stream))
        stream.handlers = ByteStream.Handlers(
            received: { [weak self] bytes in self?.assumeIsolated { $0.received(bytes, $0.connections[number]) } },
            ended: { [weak self] in self?.assumeIsolated { $0.ended($0.connections[number]) } })
    }

    private func ended(_ peer: Peer) {
        if peers[peer.user] === peer { peers[peer.user] = nil }
        peer.stream.close()
    }

    private func received(_ bytes: [UInt8], _ peer: Peer) {
        peer.partial += bytes
        while let end = peer.partial.firstIndex(of: 10) {
            let line = Array(peer.partial[..<end])
            peer.partial.removeSubrange(...end)
            if let request = try? JSONValue.parse(line) { take(request, peer) }
        }
    }

    private func take(_ request: JSONValue, _ peer: Peer) {
        guard let id = request["id"] else { return }
        let parameters = request["params"] ?? .null
        switch request["method"]?.stringValue {
        case "register":
            users[parameters["name"]?.stringValue ?? ""] = users.count + 1
            reply(peer, id, [:])
        case "login":
            // A token is the user's name.
            let name = (parameters["name"] ?? parameters["token"])?.stringValue ?? ""
            peer.user = users[name] ?? 0
            peers[peer.user] = peer
            reply(peer, id, ["user": ["id": .integer(Int64(peer.user))], "token": .string(name)])
            for line in missed[peer.user] ?? [] { peer.stream.write(line) }
        default:
            chat(from: peer, to: Int(parameters["to"]?.intValue ?? 0), parameters["text"] ?? .null, id)
        }
    }

    private func reply(_ peer: Peer, _ id: JSONValue, _ result: JSONValue) {
        send(["jsonrpc": "2.0", "id": id, "result": result], to: peer.user, over: peer)
    }

    private func send(_ json: JSONValue, to user: Int, over peer: Peer? = nil) {
        let line = Array((json.description + "\n").utf8)
        if let peer = peer ?? peers[user] { peer.stream.write(line) } else { missed[user, default: []].append(line) }
    }

    private func chat(from peer: Peer, to user: Int, _ text: JSONValue, _ id: JSONValue) {
        messages += 1
        let isTenth = messages % 10 == 0
        if isTenth, mischief == .saysNothing { return }
        if isTenth, mischief == .refuses || mischief == .refusesAndShows {
            send(
                ["jsonrpc": "2.0", "id": id, "error": ["code": 503, "data": ["reason": "unavailable"]]], to: peer.user)
            guard mischief == .refusesAndShows else { return }
        }
        let pair: Set = [peer.user, user]
        seqs[pair, default: 0] += 1
        let place: JSONObject = ["position": .integer(Int64(messages)), "seq": .integer(Int64(seqs[pair] ?? 0))]
        if !(isTenth && mischief == .refusesAndShows) { reply(peer, id, .object(place)) }
        var parameters = place
        parameters["text"] = text
        deliver(
            ["jsonrpc": "2.0", "method": "message", "params": .object(parameters)], to: user, from: peer.user, isTenth)
    }

    private func deliver(_ push: JSONValue, to user: Int, from sender: Int, _ isTenth: Bool) {
        switch mischief {
        case .forgets where isTenth: return
        case .repeats where isTenth: send(push, to: user)
        case .shouts where isTenth: send(push, to: sender)
        case .swaps where isTenth:
            // Comes behind the next one for the same user.
            return held.append((user, Array((push.description + "\n").utf8)))
        default: break
        }
        send(push, to: user)
        for (user, line) in held.filter({ $0.0 == user }) { peers[user]?.stream.write(line) }
        held.removeAll { $0.0 == user }
    }
}
