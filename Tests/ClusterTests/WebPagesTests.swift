import ChatTestKit
import Testing

extension ClusterTests {
    /// Contract: T10.
    @Suite("Web client")
    struct WebPagesTests {
        let node: ServerNode

        init() throws { node = try ClusterFixture.shared().nodes[0] }

        /// A field of an answer's head.
        private func field(_ name: String, of answer: String) -> String? {
            answer.split(separator: "\r\n").first { $0.hasPrefix("\(name): ") }.map {
                String($0.dropFirst(name.count + 2))
            }
        }

        @Test func thePageAndItsFilesAreServedWithTheirTypesAndUnderTheStrictPolicy() throws {
            let types = [
                "/": "text/html", "/assets/app.js": "text/javascript", "/assets/theme.css": "text/css",
                "/assets/icon.svg": "image/svg+xml",
            ]
            for (path, type) in types {
                let answer = try node.get(path)
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(path)")
                #expect(field("Content-Type", of: answer)?.hasPrefix(type) == true, "\(path)")
                #expect(field("X-Content-Type-Options", of: answer) == "nosniff")
                #expect(field("Referrer-Policy", of: answer) == "no-referrer")
                #expect(field("Cache-Control", of: answer) == "no-cache")
                let policy = try #require(field("Content-Security-Policy", of: answer)).split(separator: "; ")
                for rule in [
                    "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
                    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
                ] {
                    #expect(policy.contains(rule[...]), "\(rule)")
                }
            }
            #expect(try node.get("/").contains("<title>Parley</title>"))
        }

        @Test func aBrowserThatHasAFileIsToldSo() throws {
            let tag = try #require(field("ETag", of: try node.get("/assets/app.js")))
            let again = try node.request(
                "GET /assets/app.js HTTP/1.1\r\nHost: a\r\nIf-None-Match: \(tag)\r\nConnection: close\r\n\r\n")
            #expect(again.hasPrefix("HTTP/1.1 304 Not Modified\r\n"))
            #expect(again.hasSuffix("\r\n\r\n"))
            #expect(field("ETag", of: again) == tag)
            #expect(try field("ETag", of: node.get("/assets/store.js")) != tag)
        }

        @Test func aHeadHasNoContentAndWhatIsNotThereIsNotFound() throws {
            let head = try node.request("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
            #expect((field("Content-Length", of: head).flatMap { Int($0) } ?? 0) > 500)
            for path in ["/assets/", "/assets/nothing.js", "/index.html", "/assets/index.html", "/assets/../app.js"] {
                #expect(try node.get(path).hasPrefix("HTTP/1.1 404 "), "\(path)")
            }
            #expect(try node.request("POST / HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 405 "))
        }
    }
}
