import CommandLineTool
import Reactor

/// A client that speaks XMPP and keeps its side of stream management (XEP-0198): it counts what the server has sent,
/// says so whenever the server asks, and takes a message as answered once the server has acknowledged its stanza.
final class StanzaClient: LoadClient {
    /// How long a step of the preparation may take.
    private static let patience = Duration.seconds(60)

    let index: Int
    /// Its user's name.
    let name: String
    /// Where it is.
    var rooms: Set<String> = []
    /// A room shows every message to all who are in it.
    var isShownItsOwn: Bool { !rooms.isEmpty }
    private(set) var farewell: String?
    /// Whether stanzas are counted, on both sides.
    var isManaged = false

    private let loop: EventLoop
    private let stream: ByteStream
    private var session: LoadSession?
    private var isConnected = true
    private var splitter = StanzaSplitter()
    private var step: Step?
    /// Stanzas that came.
    private var incoming = 0
    /// Stanzas that left.
    private var outgoing = 0
    /// How many of these had left when the run began: its first message has this number among them.
    private var outgoingBefore = 0
    /// How many of these the server has acknowledged.
    private var handled = 0

    private struct Step {
        let isWanted: (String) -> Bool
        let continuation: CheckedContinuation<String, any Error>
        let timer: LoopTimer
    }

    init(index: Int, name: String, stream: ByteStream, loop: EventLoop) {
        self.index = index
        self.name = name
        self.stream = stream
        self.loop = loop
        stream.handlers = ByteStream.Handlers(
            received: { [self] in received($0) },
            ended: { [self] in self.stream.close() },
            closed: { [self] _ in closed() })
    }

    // MARK: preparing

    /// Sends something and waits for the first thing that is wanted, or says no. Not during a run, one at a time.
    func ask(
        _ text: String, isStanza: Bool = false, until isWanted: @escaping (String) -> Bool
    ) async throws -> String {
        guard isConnected else { throw lost() }
        return try await withCheckedThrowingContinuation { continuation in
            let timer = loop.schedule(after: StanzaClient.patience) { [weak self] in
                self?.finishStep(.failure(ToolFailure(.failed, "no answer within \(StanzaClient.patience)")))
            }
            step = Step(isWanted: isWanted, continuation: continuation, timer: timer)
            // Only now, or the answer may come sooner.
            write(text, isStanza: isStanza)
        }
    }

    /// Sends something that is counted if it is a stanza.
    func write(_ text: String, isStanza: Bool = false) {
        if isStanza, isManaged { outgoing += 1 }
        stream.write(Array(text.utf8))
    }

    private func prepared(_ stanza: ScannedStanza, _ bytes: [UInt8], _ range: Range<Int>) {
        guard let step else { return }
        let text = String(decoding: bytes[range], as: UTF8.self)
        if stanza.isError || stanza.kind == .streamEnd || text.hasPrefix("<fail") {
            finishStep(.failure(ToolFailure(.failed, "the server refused: \(text.prefix(300))")))
        } else if step.isWanted(text) {
            finishStep(.success(text))
        }
    }

    private func finishStep(_ result: Result<String, any Error>) {
        guard let step else { return }
        self.step = nil
        step.timer.cancel()
        step.continuation.resume(with: result)
    }

    private func lost() -> ToolFailure {
        ToolFailure(.failed, "the server closed a connection\(farewell.map { ": \($0)" } ?? "")")
    }

    // MARK: a run

    func begin(_ session: LoadSession) {
        self.session = session
        outgoingBefore = outgoing
    }

    func end() {
        session = nil
    }

    func send(_ message: [UInt8]) {
        outgoing += 1
        stream.write(message)
    }

    /// Nothing: the server asks for acknowledgements itself.
    func acknowledge(position: Int) {}

    /// White space between stanzas (RFC 6120, 4.6.1).
    func keepAlive() {
        stream.write([UInt8(ascii: " ")])
    }

    /// Ends the connection; what is queued still leaves.
    func close() {
        write("</stream:stream>")
        stream.closeAfterFlush()
    }

    private func acknowledged(_ count: Int, at now: Int64) {
        let fresh = handled..<max(handled, min(count, outgoing))
        handled = fresh.upperBound
        guard let session else { return }
        for stanza in fresh where stanza >= outgoingBefore {
            session.answered(stanza - outgoingBefore, seq: nil, at: now)
        }
    }

    // MARK: both

    private func received(_ bytes: [UInt8]) {
        let now = GeneratorClock.now()
        splitter.take(bytes) { take($0, $1, at: now) }
    }

    private func take(_ bytes: [UInt8], _ range: Range<Int>, at now: Int64) {
        let stanza = StanzaScanner.scan(bytes, range)
        if isManaged, stanza.kind.isCounted { incoming += 1 }
        switch stanza.kind {
        case .acknowledgement: acknowledged(stanza.handled, at: now)
        case .acknowledgementRequest: write("<a xmlns='urn:xmpp:sm:3' h='\(incoming)'/>")
        case .message where session != nil: shown(stanza, bytes, range, at: now)
        case .streamEnd:
            farewell = farewell ?? String(decoding: bytes[range].prefix(300), as: UTF8.self)
            prepared(stanza, bytes, range)
        case .message, .presence, .request, .other: prepared(stanza, bytes, range)
        }
    }

    private func shown(_ stanza: ScannedStanza, _ bytes: [UInt8], _ range: Range<Int>, at now: Int64) {
        if stanza.isError {
            session?.refused(stanza.id, StanzaScanner.condition(bytes, range))
        } else if !stanza.text.isEmpty {
            session?.shown(bytes, stanza.text, seq: nil, at: now)
        }
    }

    private func closed() {
        isConnected = false
        finishStep(.failure(lost()))
        session?.disconnected()
    }
}
