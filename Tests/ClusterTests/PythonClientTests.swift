import ChatTestKit
import Foundation
import JSONText
import Testing

/// `docs/clients/parley.py`, the client that others are written after, against real nodes.
@Suite("The client in Python", .serialized, .ownThread)
struct PythonClientTests {
    private static let top = URL(fileURLWithPath: #filePath).pathComponents.dropLast(3).joined(separator: "/")
    private static let file = top.dropFirst() + "/docs/clients/parley.py"

    /// The client as a program; it is killed with the test.
    private final class Run {
        private let process = Process()
        private let pipe = Pipe()
        private var written = Data()

        init(_ arguments: [String], port: Int, name: String, tls: [String] = []) throws {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            let place = ["127.0.0.1:\(port)", name]
            process.arguments = ["python3", "-B", String(PythonClientTests.file)] + tls + place + arguments
            var environment = ProcessInfo.processInfo.environment
            environment["CHAT_PASSWORD"] = ScriptedClient.password
            process.environment = environment
            process.standardOutput = pipe
            try process.run()
        }

        deinit { process.terminate() }

        /// Reads on until a line holds the text; false at the end.
        func reads(_ text: String) -> Bool {
            while !String(decoding: written, as: UTF8.self).contains(text) {
                let more = pipe.fileHandleForReading.availableData
                if more.isEmpty { return false }
                written += more
            }
            return true
        }

        /// Ends it as Ctrl-C does; gives all that it wrote.
        func interrupt() -> [JSONValue] {
            process.interrupt()
            return end()
        }

        func end() -> [JSONValue] {
            written += pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            let lines = String(decoding: written, as: UTF8.self).split(separator: "\n")
            return lines.compactMap { try? JSONValue.parse(Array($0.utf8)) }
        }
    }

    private func texts(_ pushes: [JSONValue]) -> [String] {
        pushes.filter { $0["method"] == "message" }.compactMap { $0["params"]?["text"]?.stringValue }
    }

    @Test func aListenerHearsEveryMessageOnceThoughItsNodeIsKilled() throws {
        let cluster = try ClusterFixture(nodes: 1, withRedis: false)
        let (node, bob) = (cluster.nodes[0], "bob")
        let alice = try cluster.register("alice")
        let registered = try Run(["register"], port: node.port, name: bob).end()
        #expect(registered.first?["name"] == "bob")
        try cluster.client(alice).chat(bob, "while away")

        let listener = try Run(["listen"], port: node.port, name: bob)
        #expect(listener.reads("while away") && listener.reads("caughtup"))
        try cluster.client(alice).chat(bob, "before the end")
        #expect(listener.reads("before the end"))
        node.kill()
        try node.start()
        try node.waitUntilReady()
        try cluster.client(alice).chat(bob, "after it")
        #expect(listener.reads("after it"))
        #expect(texts(listener.interrupt()) == ["while away", "before the end", "after it"])

        // What was used is acknowledged, so the next one hears of nothing but what is new.
        try cluster.client(alice).chat(bob, "the next day")
        let next = try Run(["listen"], port: node.port, name: bob)
        #expect(next.reads("the next day"))
        #expect(texts(next.interrupt()) == ["the next day"])
    }

    @Test func aMessageIsSentOverTLSToWhomItIsFor() throws {
        let files = try TestCertificates.write([
            TestCertificates.first, TestCertificates.firstKey, TestCertificates.authority,
        ])
        let cluster = try ClusterFixture(nodes: 1, withRedis: false, certificate: (files[0], files[1]))
        let (alice, bob) = (try cluster.register("alice"), try cluster.register("bob"))
        let reader = try cluster.client(bob)
        let tls = ["--ca", files[2]]
        let sent = try Run(["send", bob, "größer"], port: cluster.nodes[0].tlsPort, name: alice, tls: tls).end()
        let push = try reader.message("größer")
        #expect(sent.first?["position"] == push.params["position"] && sent.first?["seq"] == 1)
    }

    @Test func itKnowsWhichMethodsTakeAKeyAndWhichPushesAreOfTheFeed() throws {
        let source = try String(contentsOfFile: String(Self.file), encoding: .utf8)
        func words(of name: String) -> Set<Substring> {
            let quoted = source.split(separator: "\(name) = frozenset(").last?.split(separator: ".split(").first ?? ""
            return Set(quoted.split { !$0.isLetter })
        }
        let description = try JSONValue.parse(
            Array(Data(contentsOf: URL(fileURLWithPath: Self.top.dropFirst() + "/docs/openrpc.json"))))
        let methods = try #require(description["methods"]?.arrayValue)
        let keyed = methods.filter { method in
            method["params"]?.arrayValue?.contains { $0["name"] == "key" } == true
        }
        #expect(words(of: "KEYED") == Set(keyed.compactMap { $0["name"]?.stringValue.map { Substring($0) } }))
        let contract = try String(contentsOfFile: String(Self.top.dropFirst() + "/docs/contract.md"), encoding: .utf8)
        let rows = contract.split(separator: "\n").filter { row in (1...5).contains { row.hasPrefix("| **P\($0)**") } }
        let pushes = rows.flatMap { row in
            row.split(separator: "|")[1].split(separator: "`").filter { $0.allSatisfy(\.isLetter) }
        }
        #expect(words(of: "FEED") == Set(pushes))
    }
}
