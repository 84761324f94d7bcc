import CommandLineTool
import JSONText
import Reactor

/// The server's refusal of a request.
struct ServerRefusal: Error {
    let code: Int
    let reason: String
    /// In milliseconds.
    let retryAfter: Int?

    init(_ error: JSONValue) {
        code = Int(error["code"]?.intValue ?? 0)
        reason = error["data"]?["reason"]?.stringValue ?? error["message"]?.stringValue ?? "unknown"
        retryAfter = error["data"]?["retryAfter"]?.intValue.map(Int.init)
    }

    /// Whether the same request may well succeed later.
    var isTemporary: Bool { code == 429 || code == 503 }
}

/// Takes what a connection's server says while something is measured. Confined to the generator's loop.
protocol LineReceiver: AnyObject {
    /// Takes a line, its end not included, that came at `now` of the generator's time.
    func take(_ bytes: [UInt8], _ range: Range<Int>, at now: Int64)
    /// The connection has ended.
    func disconnected()
}

/// One user's connection. Confined to the generator's loop.
///
/// While it is prepared, every line is read as JSON; during a run lines are only scanned.
final class BenchClient {
    /// How long a request of the preparation may take.
    private static let patience = Duration.seconds(60)

    /// Its number among the clients.
    let index: Int
    /// Its user's name.
    let name: String
    /// Its user's id, once logged in.
    var user = 0
    /// Where the log stood at the login.
    var position = 0
    /// What takes the lines during a run.
    var session: (any LineReceiver)?
    /// Whether its connection stands.
    private(set) var isConnected = true
    /// Why the server closed the connection, if it said so.
    private(set) var farewell: String?

    private let loop: EventLoop
    private let stream: ByteStream
    private var splitter = LineSplitter()
    private var nextCall = 1
    private var calls: [Int: Call] = [:]

    private struct Call {
        let continuation: CheckedContinuation<JSONValue, any Error>
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

    /// Sends a request and waits for its result. Not during a run.
    func call(_ method: String, _ parameters: JSONObject) async throws -> JSONValue {
        guard isConnected else { throw lost() }
        let id = nextCall
        nextCall += 1
        let request: JSONValue = [
            "jsonrpc": "2.0", "id": .integer(Int64(id)), "method": .string(method), "params": .object(parameters),
        ]
        return try await withCheckedThrowingContinuation { continuation in
            let timer = loop.schedule(after: BenchClient.patience) { [weak self] in
                let failure = ToolFailure(.failed, "\(method) was not answered within \(BenchClient.patience)")
                self?.calls.removeValue(forKey: id)?.continuation.resume(throwing: failure)
            }
            calls[id] = Call(continuation: continuation, timer: timer)
            // Only now: with hundreds of clients the loop's turn may end before this one, and the answer come sooner.
            stream.write(Array((request.description + "\n").utf8))
        }
    }

    private func takeReply(_ bytes: [UInt8], _ range: Range<Int>) {
        guard let reply = try? JSONValue.parse(Array(bytes[range])) else { return }
        if reply["method"] == "goaway" { farewell = reply["params"]?["reason"]?.stringValue }
        guard let id = reply["id"]?.intValue, let call = calls.removeValue(forKey: Int(id)) else { return }
        call.timer.cancel()
        if let error = reply["error"] {
            call.continuation.resume(throwing: ServerRefusal(error))
        } else {
            call.continuation.resume(returning: reply["result"] ?? .null)
        }
    }

    private func lost() -> ToolFailure {
        ToolFailure(.failed, "the server closed a connection\(farewell.map { ": \($0)" } ?? "")")
    }

    // MARK: both

    /// Sends a line as it is.
    func write(_ line: [UInt8]) {
        stream.write(line)
    }

    /// Ends the connection; what is queued still leaves.
    func close() {
        stream.closeAfterFlush()
    }

    /// Remembers what a `goaway` gave as its reason.
    func noteFarewell(_ bytes: [UInt8], _ range: Range<Int>) {
        takeReply(bytes, range)
    }

    private func received(_ bytes: [UInt8]) {
        guard let session else {
            splitter.take(bytes) { takeReply($0, $1) }
            return
        }
        let now = GeneratorClock.now()
        splitter.take(bytes) { session.take($0, $1, at: now) }
    }

    private func closed() {
        isConnected = false
        let open = calls
        calls = [:]
        for call in open.values {
            call.timer.cancel()
            call.continuation.resume(throwing: lost())
        }
        session?.disconnected()
    }
}

/// The generator's clock: nanoseconds since the program looked at it first; never goes back.
enum GeneratorClock {
    private static let origin = ContinuousClock.now

    static func now() -> Int64 {
        let (seconds, attoseconds) = origin.duration(to: .now).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
