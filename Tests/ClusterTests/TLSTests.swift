import ChatTestKit
import Foundation
import JSONText
import TLS
import Testing

extension ClusterTests {
    /// Contract: T2.
    @Suite("TLS")
    struct TLSTests {
        /// Node a speaks to clients directly, node b behind a balancer.
        private static let shared = Result { try SecureCluster() }

        /// A cluster with certificates of its own.
        private struct SecureCluster {
            let cluster: ClusterFixture
            let files: [String]
            let trusting: TLSContext

            init() throws {
                files = try TestCertificates.write([
                    TestCertificates.first, TestCertificates.firstKey, TestCertificates.authority,
                    TestCertificates.second,
                ])
                trusting = try TLSContext(authorities: files[2])
                cluster = try ClusterFixture(
                    settings: ["timeout.handshake=2"], certificate: (files[0], files[1]),
                    options: { $0 == 1 ? ["--proxy-protocol", "--trust-forwarded"] : [] })
            }
        }

        private let secure: SecureCluster
        private var cluster: ClusterFixture { secure.cluster }

        init() throws { secure = try Self.shared.get() }

        private func connection(
            versions: TLSVersions = .all, preface: [UInt8] = [], pieces: Int = .max, node: Int = 0
        ) throws -> SecureConnection {
            let context = try TLSContext(authorities: secure.files[2], versions: versions)
            return try SecureConnection(
                port: cluster.nodes[node].tlsPort, context: context, preface: preface, pieces: pieces)
        }

        @Test(arguments: [(TLSVersions.all, "TLSv1.3"), (.upTo12, "TLSv1.2")])
        func aSessionOverTLSTalksToOneInTheClear(_ versions: TLSVersions, _ name: String) throws {
            let alice = try cluster.register("sealed")
            let bob = try cluster.register("clear")
            let connection = try connection(versions: versions)
            #expect(connection.session.version == name)
            let client = ScriptedClient(over: connection)
            let plain = try cluster.client(bob)
            try client.login(alice)
            try plain.chat(alice, "from the clear")
            try client.message("from the clear")
            let long = String(repeating: "long ", count: 3_000)
            try client.chat(bob, long)
            try plain.message(long)
        }

        @Test func whoHalfClosesInTLSOrBeneathItStillGetsEveryPendingReply() throws {
            let name = try cluster.register("half")
            let other = try cluster.register("other")
            for beneath in [false, true] {
                let connection = try connection()
                let client = ScriptedClient(over: connection)
                try client.login(name, device: beneath ? "one" : "two")
                let ids = try (1...20).map {
                    try client.send("chat", ["to": .string(other), "text": .string("\($0)")])
                }
                if beneath { connection.endSocket() } else { connection.endSending() }
                for id in ids { #expect(try client.reply(to: id)["seq"] != nil) }
                try client.waitForEnd()
            }
        }

        @Test func whoSpeaksNoTLSGetsAnAlertAndTheEnd() throws {
            let node = cluster.nodes[0]
            let turnedAway = try node.metric("parley_connections_turned_away_total")
            let client = try ScriptedClient(port: node.tlsPort)
            try client.sendRaw(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n")
            #expect(throws: ClientFailure.self) { try client.reply(to: 1) }
            try eventually("it is counted") { try node.metric("parley_connections_turned_away_total") > turnedAway }
            try cluster.client().call("ping")
        }

        @Test func aHandshakeThatDoesNotComeInTimeIsCut() throws {
            let silent = try ScriptedClient(port: cluster.nodes[0].tlsPort)
            try silent.waitForEnd()
        }

        @Test func aSessionIsTakenUpAgain() throws {
            let first = try connection()
            let client = ScriptedClient(over: first)
            try client.call("ping")
            let second = try SecureConnection(
                port: cluster.nodes[0].tlsPort, context: secure.trusting, resuming: first.session.resumption)
            #expect(second.session.isResumed || !first.session.isResumed)
            try ScriptedClient(over: second).call("ping")
        }

        @Test func aWebSocketGoesOverTLSToo() throws {
            let name = try cluster.register("wss")
            let connection = try SecureConnection(port: cluster.nodes[0].tlsHTTPPort, context: secure.trusting)
            let socket = try WebSocketConnection(over: connection)
            let client = ScriptedClient(over: socket)
            try client.login(name)
            _ = try client.createGroup("sealed and framed")
            try socket.sendFrame(8, [0x03, 0xE8])
            #expect(try socket.waitForClose() == 1000)
        }

        @Test(arguments: [1, Int.max])
        func behindABalancerTheHeaderComesBeforeTLS(_ pieces: Int) throws {
            let name = try cluster.register("proxied")
            let binary: [UInt8] =
                [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12]
                + [192, 0, 2, 7, 192, 0, 2, 2, 1, 2, 3, 4]
            let text = Array("PROXY TCP4 192.0.2.7 192.0.2.2 5000 6000\r\n".utf8)
            for preface in [text, binary] {
                let connection = try connection(preface: preface, pieces: pieces, node: 1)
                let client = ScriptedClient(over: connection)
                try client.login(name)
                let sessions = try client.call("sessions")["sessions"]?.arrayValue ?? []
                #expect(sessions.contains { $0["current"] == true && $0["address"] == "192.0.2.7" })
                client.close()
            }
        }

        @Test func aHeaderAndRequestsMayComeInOneSegmentOrByteByByte() throws {
            let request = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n"
            let text = "PROXY TCP6 2001:db8::1 ::1 5000 6000\r\n" + request
            let whole = try ScriptedClient(port: cluster.nodes[1].port)
            try whole.sendRaw(text)
            #expect(try whole.reply(to: 1) == [:])
            let slow = try ScriptedClient(port: cluster.nodes[1].port)
            for character in text.unicodeScalars { try slow.sendRaw(String(character)) }
            #expect(try slow.reply(to: 1) == [:])
        }

        @Test func withoutAHeaderWhereOneIsExpectedTheConnectionIsClosed() throws {
            let node = cluster.nodes[1]
            for text in ["{}\n", "PROXY TCP4 nonsense\r\n", ""] {
                let client = try ScriptedClient(port: node.port)
                try client.sendRaw(text)
                try client.waitForEnd()
                #expect(client.strays.isEmpty)
            }
            #expect(throws: ClientFailure.self) { try connection(node: 1) }
            #expect(node.logEnd.contains("no valid PROXY header"))
        }

        @Test func aHeaderWhereNoneIsExpectedIsNoRequest() throws {
            let client = try cluster.client()
            try client.sendRaw("PROXY TCP4 192.0.2.7 192.0.2.2 5000 6000\r\n")
            try client.wait("the error") { !$0.strays.isEmpty }
            #expect(client.strays.first?["error"]?["code"] == -32700)
        }

        @Test func aForwardedAddressIsBelievedOnlyWhereItIsTrusted() throws {
            let name = try cluster.register("forwarded")
            for node in 0...1 {
                let fields = ["X-Forwarded-For: 198.51.100.1, 192.0.2.9"]
                let client = ScriptedClient(
                    over: try WebSocketConnection(port: cluster.nodes[node].httpPort, fields: fields))
                try client.login(name, device: "d\(node)")
                let sessions = try client.call("sessions")["sessions"]?.arrayValue ?? []
                let address = sessions.first { $0["current"] == true }?["address"]?.stringValue
                #expect(address == (node == 0 ? "127.0.0.1" : "192.0.2.9"))
            }
        }

        @Test func aCertificateIsReadAgainWithoutDroppingAnyone() throws {
            let files = try TestCertificates.write([TestCertificates.first, TestCertificates.firstKey])
            let own = try ClusterFixture(nodes: 1, certificate: (files[0], files[1]))
            let node = own.nodes[0]
            let second = try TLSContext(authorities: secure.files[3])
            let before = ScriptedClient(over: try SecureConnection(port: node.tlsPort, context: secure.trusting))
            try before.login(try own.register("stays"))
            #expect(throws: ClientFailure.self) { try SecureConnection(port: node.tlsPort, context: second) }

            try "nonsense".write(toFile: files[0], atomically: true, encoding: .utf8)
            node.hangUp()
            try eventually("it says so") { node.logEnd.contains("the one before stays") }
            _ = try SecureConnection(port: node.tlsPort, context: secure.trusting)

            try TestCertificates.second.write(toFile: files[0], atomically: true, encoding: .utf8)
            try TestCertificates.secondKey.write(toFile: files[1], atomically: true, encoding: .utf8)
            node.hangUp()
            try eventually("the new one is used") {
                (try? SecureConnection(port: node.tlsPort, context: second)) != nil
            }
            #expect(throws: ClientFailure.self) { try SecureConnection(port: node.tlsPort, context: secure.trusting) }
            try before.call("ping")
        }

        @Test func theClientVerifiesTheServer() throws {
            let server = ["--server", "localhost:\(cluster.nodes[0].tlsPort)", "--patience", "0"]
            let good = try ProgramRun("chatclient", server + ["--tls", "--ca", secure.files[2], "call", "hello"])
            #expect(good.status == 0 && good.output.contains("parley"))
            let unknown = try ProgramRun("chatclient", server + ["--tls", "call", "hello"])
            #expect(unknown.status == 3)
            let other = try ProgramRun("chatclient", server + ["--tls", "--ca", secure.files[3], "call", "hello"])
            #expect(other.status == 3)
            let usage = try ProgramRun("chatclient", server + ["--ca", secure.files[2], "call", "hello"])
            #expect(usage.status == 2)
        }
    }
}
