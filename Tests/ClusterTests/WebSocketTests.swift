import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Contract: T3.
    @Suite("WebSockets")
    struct WebSocketTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        private func socket(_ node: Int = 0, fields: [String] = []) throws -> WebSocketConnection {
            try WebSocketConnection(port: cluster.nodes[node].httpPort, fields: fields)
        }

        private func ping(_ id: Int) -> String { #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"# }

        @Test func aSessionOverAWebSocketTalksToOneOverTCPOnTheOtherNode() throws {
            let name = try cluster.register("web")
            let other = try cluster.register("tcp")
            let web = ScriptedClient(over: try socket(0))
            let lines = try cluster.client(other, on: 1)
            let login = try web.login(name)
            #expect(login["user"]?["name"]?.stringValue == name)
            try web.push("caughtup")
            for number in 1...3 {
                try web.chat(other, "from the web \(number)")
                try lines.message("from the web \(number)")
                try lines.chat(name, "from a line \(number)")
                try web.message("from a line \(number)")
            }
            let group = try web.createGroup("both")
            try lines.call("joingroup", ["group": .integer(group)])
            try lines.groupChat(group, "a push that is shared")
            try web.message("a push that is shared")
        }

        @Test func aTextMessageMayHoldABatchAndMayComeInFragments() throws {
            let socket = try socket()
            let client = ScriptedClient(over: socket)
            let text = Array("[\(ping(1)),\(ping(2))]".utf8)
            try socket.sendFrame(1, Array(text[..<10]), isLast: false)
            try socket.sendFrame(9, [1, 2, 3])
            try socket.sendFrame(0, Array(text[10..<20]), isLast: false)
            try socket.sendFrame(0, Array(text[20...]))
            try client.wait("the batch's reply") { !$0.strays.isEmpty }
            #expect(client.strays.first?.arrayValue?.count == 2)
            #expect(try socket.control(10).payload == [1, 2, 3])
        }

        @Test func severalMessagesInOneSegmentAreAnsweredInOneMessageEach() throws {
            let socket = try socket()
            let client = ScriptedClient(over: socket)
            try socket.sendRaw((1...50).flatMap { WebSocketConnection.frame(1, Array(ping($0).utf8)) })
            for id in 1...50 { #expect(try client.reply(to: Int64(id)) == [:]) }
        }

        @Test func aBinaryMessageInvalidTextAndAnOversizedOneAreRefusedEachWithItsStatus() throws {
            let binary = try socket()
            try binary.sendFrame(2, Array(ping(1).utf8))
            #expect(try binary.waitForClose() == 1003)
            let invalid = try socket()
            try invalid.sendFrame(1, [0x22, 0xFF, 0x22])
            #expect(try invalid.waitForClose() == 1007)
            let large = try socket()
            try large.sendFrame(1, [UInt8](repeating: 0x20, count: 65_537))
            #expect(try large.waitForClose() == 1009)
            let pieces = try socket()
            try pieces.sendFrame(1, [UInt8](repeating: 0x20, count: 65_000), isLast: false)
            try pieces.sendFrame(0, [UInt8](repeating: 0x20, count: 537))
            #expect(try pieces.waitForClose() == 1009)
            let unmasked = try socket()
            try unmasked.sendFrame(1, Array(ping(1).utf8), masked: false)
            #expect(try unmasked.waitForClose() == 1002)
        }

        @Test func aMessageOfExactlyTheLimitIsTaken() throws {
            let client = ScriptedClient(over: try socket())
            let frame = ping(3)
            try client.sendRaw(frame + String(repeating: " ", count: 65_536 - frame.utf8.count) + "\n")
            #expect(try client.reply(to: 3) == [:])
        }

        @Test func whoClosesStillGetsEveryPendingReplyAndThenItsOwnStatus() throws {
            let name = try cluster.register("closing")
            let other = try cluster.register("other")
            let socket = try socket()
            let client = ScriptedClient(over: socket)
            try client.login(name)
            let ids = try (1...20).map { try client.send("chat", ["to": .string(other), "text": .string("\($0)")]) }
            try socket.sendFrame(8, [0x03, 0xE8] + Array("bye".utf8))
            for id in ids { #expect(try client.reply(to: id)["seq"] != nil) }
            try client.waitForEnd()
            #expect(socket.closeStatus == 1000)
            #expect(!client.pushes.contains { $0.method == "goaway" })
        }

        @Test func whoHalfClosesTheConnectionBeneathStillGetsEveryPendingReply() throws {
            let name = try cluster.register("half")
            let client = ScriptedClient(over: try socket())
            try client.login(name)
            let id = try client.send("creategroup", ["name": "made behind the end"])
            client.endSending()
            #expect(try client.reply(to: id)["group"]?["name"] == "made behind the end")
            try client.waitForEnd()
        }

        @Test func theThirdUnreadableMessageIsTheLast() throws {
            let socket = try socket()
            let client = ScriptedClient(over: socket)
            try client.sendRaw("one\n{\nthree\n" + ping(4) + "\n")
            try client.waitForEnd()
            #expect(client.strays.map { $0["error"]?["code"] } == [-32700, -32700, -32700])
            #expect(socket.closeStatus == 1008)
        }

        @Test func aSessionThatIsReplacedIsToldAndThenClosed() throws {
            let name = try cluster.register("replaced")
            let socket = try socket()
            let web = ScriptedClient(over: socket)
            try web.login(name, device: "phone")
            let newer = try cluster.client(name, device: "phone", on: 1)
            #expect(try web.push("goaway").params["reason"] == "replaced")
            try web.waitForEnd()
            #expect(socket.closeStatus == 1001)
            try newer.call("ping")
        }

        @Test func aSubprotocolIsConfirmedAndAnOriginNotAskedFor() throws {
            let socket = try socket(fields: ["Origin: https://elsewhere.example", "Sec-WebSocket-Protocol: x, jsonrpc"])
            #expect(socket.answer.contains("Sec-WebSocket-Protocol: jsonrpc"))
            #expect(!socket.answer.contains("Extensions"))
        }

        /// Contract: T10.
        @Test func theHTTPPortAnswersClearly() throws {
            let node = cluster.nodes[0]
            #expect(try node.get("/healthz").hasSuffix("\r\n\r\nok\n"))
            #expect(try node.get("/").hasPrefix("HTTP/1.1 200"))
            #expect(try node.get("/nothing").hasPrefix("HTTP/1.1 404"))
            #expect(try node.get("/ws").hasPrefix("HTTP/1.1 426"))
            #expect(try node.request("POST /readyz HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 405"))
            let long = "GET /" + String(repeating: "x", count: 9_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"
            #expect(try node.request(long).hasPrefix("HTTP/1.1 431"))
            #expect(try node.request(ping(1) + "\n").hasPrefix("HTTP/1.1 400"))
        }
    }
}
