import Edge
import Reactor
import Testing

@Suite struct HTTPServerTests {
    /// Sends bytes in pieces to a server that knows `/healthz` and a page with a tag, and gives what comes back until it closes.
    private func answer(to pieces: [String], patience: Duration = .seconds(60)) async throws -> String {
        let loop = EventLoop(name: "http")
        defer { loop.stop() }
        return try await Task(executorPreference: loop) {
            let site = HTTPSite(paths: ["/healthz", "/page"]) { path in
                await loop.sleep(for: .milliseconds(1))
                if path == "/page" { return Self.page }
                return HTTPResponse(contentType: "application/json", body: "\"\(path)\"")
            }
            let server = try HTTPServer(
                on: loop, address: SocketAddress("127.0.0.1:0"), rules: EntranceRules(patience: patience), site: site)
            let address = try #require(server.boundAddress)
            let stream = try await ByteStream.connect(to: address, on: loop)
            let received = Box()
            await withCheckedContinuation { continuation in
                stream.handlers = .init(
                    received: { received.bytes += $0 }, ended: { stream.close() },
                    closed: { _ in continuation.resume() })
                for piece in pieces { stream.write(Array(piece.utf8)) }
            }
            server.close()
            return String(decoding: received.bytes, as: UTF8.self)
        }.value
    }

    private static var page: HTTPResponse {
        var page = HTTPResponse(contentType: "text/html; charset=utf-8", bytes: Array("hello".utf8))
        page.entityTag = "\"one\""
        page.caching = "no-cache"
        return page
    }

    private final class Box {
        var bytes: [UInt8] = []
    }

    @Test func aPathIsAnsweredByItsHandler() async throws {
        let reply = try await answer(to: ["GET /healthz?x=1 HTTP/1.0\r\n\r\n"])
        #expect(reply.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(reply.contains("Content-Type: application/json\r\n"))
        #expect(reply.contains("Connection: close\r\n"))
        #expect(reply.hasSuffix("\r\n\r\n\"/healthz\""))
    }

    @Test func theRequestsOfOneConnectionAreAnsweredInTheirOrder() async throws {
        let one = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        let last = "HEAD http://a/healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let replies = try await answer(to: [one + one, "HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n", last])
        #expect(replies.components("HTTP/1.1 200 OK") == 4)
        #expect(replies.components("\"/healthz\"") == 2)
        #expect(replies.components("Content-Length: 10\r\n") == 4)
        #expect(replies.components("Connection: close") == 1)
    }

    @Test(arguments: [
        ("POST /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", 426),
        ("GET /other HTTP/1.1\r\nHost: a\r\n\r\n", 404), ("POST /other HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /", 413),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 413),
        ("nonsense\r\n\r\n", 400), ("GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("GET /healthz HTTP/1.1\r\nX: " + String(repeating: "x", count: 9_000) + "\r\n\r\n", 431),
    ])
    func whatCannotBeServedIsRefusedAndTheConnectionClosed(_ request: String, _ status: Int) async throws {
        let reply = try await answer(to: [request + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"])
        #expect(reply.hasPrefix("HTTP/1.1 \(status) "))
        #expect(reply.components("HTTP/1.1 ") == 1)
        #expect(reply.contains("Connection: close\r\n"))
    }

    @Test(arguments: [
        ("\"one\"", 304), ("\"other\", W/\"one\"", 304), ("*", 304), ("\"other\"", 200), ("one", 200),
    ])
    func whoHasTheContentAlreadyIsToldSoWithoutIt(_ known: String, _ status: Int) async throws {
        let reply = try await answer(to: [
            "GET /page HTTP/1.1\r\nHost: a\r\nIf-None-Match: \(known)\r\nConnection: close\r\n\r\n"
        ])
        #expect(reply.hasPrefix("HTTP/1.1 \(status) "))
        #expect(reply.components("ETag: \"one\"\r\n") == 1)
        #expect(reply.components("Cache-Control: no-cache\r\n") == 1)
        let hasContent = reply.hasSuffix("\r\n\r\nhello") && reply.components("Content-Length: 5\r\n") == 1
        #expect(hasContent == (status == 200))
        if status == 304 { #expect(reply.hasSuffix("\r\n\r\n")) }
    }

    @Test func aHeadThatDoesNotEndInTimeIsAnsweredAndSilenceIsNot() async throws {
        let reply = try await answer(to: ["GET /healthz HTTP/1.1\r\nHost: a\r\n"], patience: .milliseconds(20))
        #expect(reply.hasPrefix("HTTP/1.1 408 "))
        #expect(try await answer(to: [], patience: .milliseconds(20)).isEmpty)
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(_ text: String) -> Int {
        var count = 0
        var rest = utf8[...]
        while !rest.isEmpty {
            if rest.starts(with: text.utf8) { count += 1 }
            rest = rest.dropFirst()
        }
        return count
    }
}
