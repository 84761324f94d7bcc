import Reactor
import Testing

@Suite struct HTTPServerTests {
    private func answer(to request: String) async throws -> String {
        try await withLoop { loop in
            try await runOn(loop) {
                let server = try HTTPServer(on: loop, address: Transport.tcp.address) { path in
                    await loop.sleep(for: .milliseconds(1))
                    return HTTPResponse(
                        status: path == "/healthz" ? 200 : 404, contentType: "application/json", body: "\"\(path)\"")
                }
                let stream = try await ByteStream.connect(to: server.boundAddress, on: loop)
                stream.write(Array(request.utf8))
                let reply = await readToEnd(stream)
                server.close()
                return String(decoding: reply, as: UTF8.self)
            }
        }
    }

    @Test func aPathIsAnsweredByItsHandler() async throws {
        let reply = try await answer(to: "GET /healthz?x=1 HTTP/1.0\r\n\r\n")
        #expect(reply.hasPrefix("HTTP/1.0 200"))
        #expect(reply.contains("Content-Type: application/json"))
        #expect(reply.hasSuffix("\r\n\r\n\"/healthz\""))
        #expect(try await answer(to: "GET /other HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.0 404"))
    }

    @Test func otherMethodsAndLargeRequestsAreRefused() async throws {
        #expect(try await answer(to: "POST /healthz HTTP/1.0\r\n\r\n").contains(" 501 "))
        let header = "X: " + String(repeating: "x", count: 20_000)
        #expect(try await answer(to: "GET /healthz HTTP/1.0\r\n\(header)\r\n\r\n").contains(" 400 "))
    }
}
