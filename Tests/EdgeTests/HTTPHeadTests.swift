import Edge
import Testing

@Suite struct HTTPHeadTests {
    private func read(_ text: String) -> HTTPHeadReader.Output {
        var reader = HTTPHeadReader()
        return reader.push(Array(text.utf8))
    }

    private func head(_ text: String) -> HTTPHead? {
        if case .head(let head, _) = read(text) { head } else { nil }
    }

    @Test func aHeadHasMethodPathAndFields() throws {
        let text = "\r\nGET /a/b?c HTTP/1.1\r\nHost: here\r\nX-List: one, Two\r\nx-list:\tthree \r\n\r\nrest"
        guard case .head(let head, let rest) = read(text) else {
            Issue.record("no head")
            return
        }
        #expect(head.method == "GET")
        #expect(head.path == "/a/b")
        #expect(head.values("x-list") == ["one", "Two", "three"])
        #expect(head.names("two", in: "x-list"))
        #expect(rest == Array("rest".utf8))
    }

    @Test func aHeadMayComeByteByByte() {
        let text = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        var reader = HTTPHeadReader()
        for byte in text.dropLast() { #expect(reader.push([byte]) == .more) }
        guard case .head = reader.push([10]) else {
            Issue.record("no head")
            return
        }
    }

    @Test(arguments: [
        ("http://a/b?c", "/b"), ("HTTPS://a", "/"), ("http://a?b", "/"), ("/%2e%2e/x", "/%2e%2e/x"),
    ])
    func aTargetMayBeAWholeURI(_ target: String, _ path: String) {
        #expect(head("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")?.path == path)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / http/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{0}\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", "GET /\u{7F} HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "{\"jsonrpc\":\"2.0\"}\n",
    ])
    func whatCouldBeReadInTwoWaysIsRefused(_ text: String) { #expect(read(text) == .refused(.malformed)) }

    @Test func aHeadIsBoundedInBytesAndFields() {
        let long = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: HTTPHeadReader.headBytes)
        #expect(read(long) == .refused(.headTooLarge))
        #expect(read(long + "\r\n\r\n") == .refused(.headTooLarge))
        let many = String(repeating: "X: y\r\n", count: HTTPHeadReader.maximumFields + 1)
        #expect(read("GET / HTTP/1.1\r\n" + many) == .refused(.headTooLarge))
    }

    @Test func anotherVersionIsNamed() {
        #expect(read("PRI * HTTP/2.0\r\n\r\n") == .refused(.unknownVersion))
        #expect(head("GET / HTTP/1.0\r\n\r\n")?.isVersion11 == false)
    }
}
