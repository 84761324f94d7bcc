import Reactor

@testable import ChatBenchKit

/// A server that knows just enough of XMPP for chats and rooms, and misbehaves if it is asked to.
actor PretendRoomServer {
    /// What it does wrong: with every tenth message, or always.
    enum Mischief: Sendable {
        case none, forgets, repeats, swaps, refuses, shouts, hangsUp, neverAcknowledges, refusesLogins
    }

    private let loop = EventLoop(name: "pretend")
    private let mischief: Mischief
    private var listener: Listener?
    private var peers: [Peer] = []
    private var messages = 0
    private var held: [(Peer, String)] = []
    /// Acknowledgements by clients that said something else than what they were sent.
    private(set) var wrongAcknowledgements = 0
    /// Acknowledgements by clients.
    private(set) var acknowledgements = 0

    private final class Peer {
        let stream: ByteStream
        var splitter = StanzaSplitter()
        var name = ""
        var room = ""
        var isManaged = false
        var (received, sent) = (0, 0)
        /// What each acknowledgement that was asked for has to say: how much had been sent by then.
        var expected: [Int] = []
        init(_ stream: ByteStream) { self.stream = stream }

        func write(_ text: String, isStanza: Bool = false) {
            if isStanza, isManaged { sent += 1 }
            stream.write(Array(text.utf8))
        }
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
        let number = peers.count
        peers.append(Peer(stream))
        stream.handlers = ByteStream.Handlers(received: { [weak self] bytes in
            self?.assumeIsolated { server in
                let peer = server.peers[number]
                peer.splitter.take(bytes) { server.take($0, $1, peer) }
            }
        })
    }

    private func take(_ bytes: [UInt8], _ range: Range<Int>, _ peer: Peer) {
        guard let tag = StanzaTag.next(bytes, from: range.lowerBound, to: range.upperBound) else { return }
        let value = { (name: String) in
            tag.value(of: name, in: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
        }
        let stanza = StanzaScanner.scan(bytes, range)
        if peer.isManaged, stanza.kind.isCounted { peer.received += 1 }
        switch String(decoding: bytes[tag.name], as: UTF8.self) {
        case "stream:stream": peer.write("<?xml version='1.0'?><stream:stream><stream:features><m/></stream:features>")
        case "auth": peer.write(mischief == .refusesLogins ? "<failure><not-authorized/></failure>" : "<success/>")
        case "iq": bind(peer)
        case "enable":
            peer.isManaged = true
            peer.write("<enabled/>")
        case "presence": value("to").map { enter($0, peer) }
        case "r": if mischief != .neverAcknowledges { peer.write("<a h='\(peer.received)' xmlns='urn:xmpp:sm:3'/>") }
        case "a":
            acknowledgements += 1
            let isRight = peer.expected.first == stanza.handled
            if !isRight { wrongAcknowledgements += 1 }
            peer.expected = Array(peer.expected.dropFirst())
        case "message":
            let text = String(decoding: bytes[stanza.text], as: UTF8.self)
            message(from: peer, to: value("to") ?? "", isGroup: value("type") == "groupchat", value("id") ?? "", text)
        default: break
        }
    }

    /// Users are numbered as they come, which a client of one connection at a time makes their order too.
    private func bind(_ peer: Peer) {
        peer.name = "bench-\(peers.firstIndex { $0 === peer } ?? 0)@localhost"
        peer.write("<iq type='result' id='bind'/>")
    }

    private func enter(_ address: String, _ peer: Peer) {
        peer.room = String(address.prefix { $0 != "/" })
        for other in peers where other.room == peer.room && other !== peer {
            other.write("<presence from='\(address)'><x><item/></x></presence>", isStanza: true)
        }
        peer.write("<presence from='\(address)'><x><status code='110'/></x></presence>", isStanza: true)
        peer.write("<message from='\(peer.room)' type='groupchat'><subject/></message>", isStanza: true)
    }

    private func message(from sender: Peer, to address: String, isGroup: Bool, _ id: String, _ text: String) {
        messages += 1
        let isTenth = messages % 10 == 0
        if isTenth, mischief == .hangsUp {
            sender.write("<stream:error><conflict/></stream:error></stream:stream>")
            return sender.stream.closeAfterFlush()
        }
        if isTenth, mischief == .refuses {
            let error = "<error type='wait'><resource-constraint/></error>"
            return sender.write("<message type='error' id='\(id)'>\(error)</message>", isStanza: true)
        }
        let stanza = "<message id='\(id)'><stanza-id/><body>\(text)</body></message>"
        for peer in peers where isGroup ? peer.room == address : peer.name == address {
            deliver(stanza, to: peer, isTenth && peer !== sender)
        }
        if isTenth, mischief == .shouts { deliver(stanza, to: sender, false) }
    }

    private func deliver(_ stanza: String, to peer: Peer, _ isTenth: Bool) {
        if isTenth, mischief == .forgets { return }
        // Comes behind the next one for the same user.
        if isTenth, mischief == .swaps { return held.append((peer, stanza)) }
        peer.write(stanza, isStanza: true)
        if isTenth, mischief == .repeats { peer.write(stanza, isStanza: true) }
        for (peer, stanza) in held.filter({ $0.0 === peer }) { peer.write(stanza, isStanza: true) }
        held.removeAll { $0.0 === peer }
        peer.expected.append(peer.sent)
        peer.write("<r xmlns='urn:xmpp:sm:3'/>")
    }
}
