import Glibc
import Reactor

/// The kinds of sockets that streams run over.
enum Transport: Sendable {
    case tcp
    case unix

    /// An address that nobody else uses.
    var address: SocketAddress {
        get throws {
            switch self {
            case .tcp: try SocketAddress("127.0.0.1:0")
            case .unix: try SocketAddress("unix:" + temporaryDirectory() + "/socket")
            }
        }
    }
}

func temporaryDirectory() -> String {
    var template = Array("/tmp/reactor-XXXXXX".utf8CString)
    _ = unsafe mkdtemp(&template)
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// State of one loop's closures.
final class Box<Value> {
    var value: Value

    init(_ value: Value) {
        self.value = value
    }
}

/// Runs asynchronous code on a loop from its first line to its last.
func runOn<Result: Sendable>(
    _ loop: EventLoop, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await Task(executorPreference: loop) { try await body() }.value
}

/// Sends back what comes in, and ends after the peer did.
func echo(_ stream: ByteStream) {
    stream.handlers = .init(
        received: { stream.write($0) },
        ended: { stream.closeAfterFlush(within: .seconds(60)) })
}

/// Writes `bytes` in chunks of the given sizes, in turn, then reads as many back.
func exchange(_ bytes: [UInt8], over stream: ByteStream, chunks: [Int]) async -> [UInt8] {
    let received = Box<[UInt8]>([])
    await withCheckedContinuation { continuation in
        stream.handlers = .init(received: {
            received.value += $0
            if received.value.count == bytes.count { continuation.resume() }
        })
        var start = 0
        var turn = 0
        while start < bytes.count {
            let end = min(start + chunks[turn % chunks.count], bytes.count)
            stream.write(Array(bytes[start..<end]))
            start = end
            turn += 1
        }
    }
    stream.close()
    return received.value
}

/// Everything that the peer sends until its end; then closes.
func readToEnd(_ stream: ByteStream) async -> [UInt8] {
    let received = Box<[UInt8]>([])
    await withCheckedContinuation { continuation in
        stream.handlers = .init(
            received: { received.value += $0 }, ended: { stream.close() }, closed: { _ in continuation.resume() })
    }
    return received.value
}

/// A client over plain system calls, which can close one half only.
final class RawClient {
    private let descriptor: Int32

    /// Connects to an IPv4 address. Blocks, which a listener's backlog answers at once.
    init(connectedTo address: SocketAddress) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = (address.port ?? 0).bigEndian
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = unsafe withUnsafeBytes(of: &name) { bytes in
            unsafe connect(
                descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
        guard code == 0 else { throw Failure.connect(errno) }
    }

    enum Failure: Error {
        case connect(Int32)
    }

    func send(_ text: String) {
        _ = unsafe write(descriptor, Array(text.utf8), text.utf8.count)
    }

    func endWriting() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Reads until the peer's end, whenever there is something.
    func readAll(on loop: EventLoop) async -> [UInt8] {
        let received = Box<[UInt8]>([])
        await withCheckedContinuation { continuation in
            let watch = Box<FileWatch?>(nil)
            watch.value = loop.watch(descriptor) { _ in
                var chunk = [UInt8](repeating: 0, count: 100_000)
                let count = unsafe read(self.descriptor, &chunk, chunk.count)
                if count > 0 {
                    received.value += chunk.prefix(count)
                } else {
                    watch.value?.cancel()
                    continuation.resume()
                }
            }
            watch.value?.setInterest(.read)
        }
        return received.value
    }

    func close() {
        _ = Glibc.close(descriptor)
    }
}
