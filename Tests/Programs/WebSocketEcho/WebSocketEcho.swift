import Edge
import Glibc
import Reactor

/// Sends every message back: what a conformance suite talks to. It stands on the code of the server's own WebSockets,
/// and is in no release.
@main struct WebSocketEcho {
    /// Bytes of a message: the suite sends up to 16 MiB.
    static let messageLimit = 16 << 20

    static func main() {
        let loop = EventLoop(name: "echo")
        let port = CommandLine.arguments.dropFirst().first ?? "0"
        Task(executorPreference: loop) {
            let site = HTTPSite(paths: []) { _ in HTTPResponse(status: 404, body: "") }
            do {
                let server = try HTTPServer(
                    on: loop, address: SocketAddress("127.0.0.1:\(port)"),
                    rules: EntranceRules(patience: .seconds(10)), site: site, upgraded: echo)
                print("echo at \(server.boundAddress.map { "\($0)" } ?? "")")
                fflush(nil)
                await loop.sleep(for: .seconds(1_000_000))
                server.close()
            } catch {
                print("\(error)")
                exit(3)
            }
        }
        while true { pause() }
    }

    private static func echo(_ upgraded: UpgradedConnection) {
        let stream = upgraded.stream
        let codec = WebSocketCodec(messageLimit: messageLimit, acceptsBinary: true)
        func received(_ bytes: [UInt8]) {
            let events = codec.receive(bytes)
            stream.write(codec.takePongs())
            for event in events {
                switch event {
                case .text(let message): write(message, isText: true)
                case .binary(let message): write(message, isText: false)
                case .ended:
                    stream.write(codec.close(.normal))
                    stream.closeAfterFlush()
                }
            }
        }
        func write(_ message: [UInt8], isText: Bool) {
            stream.write(WebSocketCodec.header(ofMessage: message.count, isText: isText))
            stream.write(message)
        }
        stream.handlers = ByteStream.Handlers(received: received, ended: { stream.closeAfterFlush() })
        if !upgraded.rest.isEmpty { received(upgraded.rest) }
    }
}
