import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Hostile input")
    struct RobustnessTests {
        /// A node that has little patience.
        private static let impatient = Result {
            try ClusterFixture(
                nodes: 1, withRedis: false, settings: ["timeout.login=1", "timeout.idle=2", "timeout.handshake=1"])
        }

        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        private func errors(_ frames: [String]) throws -> [JSONValue?] {
            let client = try cluster.client()
            var codes: [JSONValue?] = []
            for frame in frames {
                try client.sendRaw(frame + "\n")
                try client.wait("the answer") { $0.strays.count > codes.count }
                codes.append(client.strays.last?["error"]?["code"])
                // What is well counts against the three that may be unreadable.
                try client.call("ping")
            }
            return codes
        }

        /// Contract: T5.
        @Test func bytesThatAreNoJSONAreSaidToBeAndTheConnectionStays() throws {
            let brackets = String(repeating: "[", count: 65_000)
            let closed = String(repeating: "[", count: 32_000) + String(repeating: "]", count: 32_000)
            let objects = String(repeating: #"{"a":"#, count: 10_000)
            let frames = [
                brackets, closed, objects, #""\ud800""#, #"["\udc00\ud800"]"#, #"{"id":1e400}"#, "[1,]", "01", "NaN",
                "\u{FEFF}{}", "\"\u{1}\"", "{'a':1}",
            ]
            #expect(try errors(frames) == Array(repeating: -32700, count: frames.count))
        }

        /// Contract: T6.
        @Test func idsAndNumbersBeyondWhatIsExactAreRefused() throws {
            let ids = ["9007199254740993", "-9007199254740993", "1e3", "1.5", "18446744073709551616", "true", "[]"]
            let frames = ids.map { #"{"jsonrpc":"2.0","id":\#($0),"method":"ping"}"# }
            #expect(try errors(frames) == Array(repeating: -32600, count: frames.count))
        }

        /// Contract: T7.
        @Test func aParameterBeyondEveryNumberIsNamed() throws {
            let name = try cluster.register("numbers")
            let client = try cluster.client(name)
            for (id, number) in ["9223372036854775808", "1e300", "1.5", "-1"].enumerated() {
                let request = #"{"jsonrpc":"2.0","id":\#(id + 100),"method":"ack","params":{"position":\#(number)}}"#
                try client.sendRaw(request + "\n")
                do throws(ClientFailure) {
                    _ = try client.reply(to: Int64(id + 100))
                    Issue.record("taken: \(number)")
                } catch {
                    guard case .refused(let refusal) = error else { throw error }
                    #expect(refusal.code == -32602)
                }
            }
        }

        @Test func ofSeveralMembersWithOneNameTheLastCountsHoweverManyThereAre() throws {
            let client = try cluster.client()
            try client.sendRaw(
                #"{"jsonrpc":"1.0","id":1,"id":7,"method":"none","method":"ping","jsonrpc":"2.0"}"# + "\n")
            #expect(try client.reply(to: 7) == [:])
            let many = (0..<5_000).map { #""p\#($0 % 4_000)":\#($0)"# }.joined(separator: ",")
            try client.sendRaw(#"{"jsonrpc":"2.0","id":8,"method":"ping","params":{\#(many)}}"# + "\n")
            #expect(try client.reply(to: 8) == [:])
        }

        @Test func whoDribblesWithoutALoginIsClosedInTime() throws {
            let cluster = try Self.impatient.get()
            let client = try cluster.client()
            try eventually("it is closed") {
                try? client.sendRaw(" ")
                try? client.wait("nothing", within: .milliseconds(20)) { $0.isClosed }
                return client.isClosed
            }
        }

        @Test func aHeadThatDribblesInIsClosedInTime() throws {
            let cluster = try Self.impatient.get()
            let node = cluster.nodes[0]
            #expect(try node.request("GET /healthz HTTP/1.1\r\nHost: ").hasPrefix("HTTP/1.1 408"))
            #expect(try node.request("").isEmpty)
        }

        @Test func aPeerThatIsSilentlyGoneIsTakenForIdleOverBothTransports() throws {
            let cluster = try Self.impatient.get()
            let socket = try WebSocketConnection(port: cluster.nodes[0].httpPort)
            let web = ScriptedClient(over: socket)
            let lines = try cluster.client()
            for client in [web, lines] { try client.login(try cluster.register("gone")) }
            for client in [web, lines] {
                #expect(try client.push("goaway").params["reason"] == "idle")
                try client.waitForEnd()
            }
            #expect(socket.closeStatus == 1001)
        }

        /// Contract: T3.
        @Test func pingsOfAWebSocketCountAsASignOfLife() throws {
            let cluster = try Self.impatient.get()
            let socket = try WebSocketConnection(port: cluster.nodes[0].httpPort)
            let client = ScriptedClient(over: socket)
            try client.login(try cluster.register("alive"))
            let other = try cluster.client()
            try other.login(try cluster.register("silent"))
            // As long as it takes until one who says nothing is gone.
            try eventually("the silent one is gone") {
                try socket.sendFrame(9, [1])
                try? other.wait("the end", within: .milliseconds(100)) { $0.isClosed }
                return other.isClosed
            }
            try client.call("whoami")
            #expect(!client.pushes.contains { $0.method == "goaway" })
        }
    }
}
