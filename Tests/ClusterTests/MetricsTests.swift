import ChatTestKit
import Foundation
import JSONText
import Testing

extension ClusterTests {
    /// What nodes show at `/metrics`, what `docs/operations.md` says of it, and what Prometheus makes of it.
    @Suite("Metrics")
    struct MetricsTests {
        /// The name of each metric, with its labels but for the buckets' bounds.
        private typealias Metrics = [String: Set<String>]

        private func shown(by nodes: [ServerNode]) throws -> Metrics {
            var metrics: Metrics = [:]
            for line in try nodes.flatMap({ try $0.get("/metrics").split(separator: "\n") }) {
                let words = line.split(separator: " ")
                if line.hasPrefix("# TYPE "), words.count == 4 { metrics[String(words[2]), default: []] = [] }
            }
            for line in try nodes.flatMap({ try $0.get("/metrics").split(separator: "\n") }) {
                let parts = line.split(separator: "{", maxSplits: 1)
                guard parts.count == 2, !line.hasPrefix("#") else { continue }
                let series = String(parts[0])
                let name =
                    ["_bucket", "_sum", "_count"].first { series.hasSuffix($0) }
                    .map { String(series.dropLast($0.count)) }
                    .flatMap { metrics[$0] == nil ? nil : $0 } ?? series
                // What stands between the quoted values: names, and at the end the number.
                let labels = parts[1].split(separator: "\"").dropLast().enumerated().filter { $0.offset % 2 == 0 }
                    .map { String($0.element.filter { $0.isLetter || $0 == "_" }) }
                metrics[name]?.formUnion(labels.filter { $0 != "le" })
            }
            return metrics
        }

        private func documented() throws -> Metrics {
            let top = URL(fileURLWithPath: #filePath).pathComponents.dropLast(3).dropFirst().joined(separator: "/")
            let page = try String(contentsOfFile: "/\(top)/docs/operations.md", encoding: .utf8)
            var metrics: Metrics = [:]
            for line in page.split(separator: "\n") {
                let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                guard cells.count == 3, ["gauge", "counter", "histogram"].contains(where: { cells[1].hasPrefix($0) })
                else { continue }
                let quoted = { (text: String) in
                    text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                        .filter { $0.offset % 2 == 1 }.map { String($0.element) }
                }
                for name in quoted(cells[0]) { metrics[name] = Set(quoted(cells[1])) }
            }
            return metrics
        }

        @Test func everyMetricIsDocumentedAndEveryDocumentedOneIsShown() throws {
            let key = NSTemporaryDirectory() + "metrics-\(UUID().uuidString).key"
            defer { try? FileManager.default.removeItem(atPath: key) }
            #expect(try ProgramRun("chat-audit", ["keygen", key]).status == 0)
            let cluster = try ClusterFixture(nodes: 1, options: { _ in ["--audit-key", key] })
            let listed = try documented()
            #expect(listed.count > 30)
            // What an elected node shows comes with its election.
            try eventually("as many are shown") { try shown(by: cluster.nodes).count >= listed.count }
            let seen = try shown(by: cluster.nodes)
            #expect(Set(seen.keys).subtracting(listed.keys) == [], "shown, not documented")
            #expect(Set(listed.keys).subtracting(seen.keys) == [], "documented, not shown")
            for (name, labels) in listed { #expect(seen[name] == labels, "the labels of \(name)") }
            try check(cluster.nodes[0].get("/metrics"))
        }

        /// By Prometheus' own tool, where it is installed.
        private func check(_ answer: String) throws {
            guard FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool") else { return }
            let page = answer.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n")
            let promtool = Process()
            promtool.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
            promtool.arguments = ["check", "metrics"]
            let (input, output) = (Pipe(), Pipe())
            promtool.standardInput = input
            promtool.standardOutput = output
            promtool.standardError = output
            try promtool.run()
            input.fileHandleForWriting.write(Data(page.utf8))
            try input.fileHandleForWriting.close()
            let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            promtool.waitUntilExit()
            #expect(promtool.terminationStatus == 0 && said.isEmpty, "\(said)")
        }

        @Test func everyStageOfAMessageIsMeasuredOnce() throws {
            let cluster = try ClusterFixture()
            let (alice, bob) = (try cluster.register("alice"), try cluster.register("bob"))
            let sender = try cluster.client(alice, on: 0)
            let reader = try cluster.client(bob, on: 1)
            _ = try reader.push("caughtup")
            func count(_ stage: String) throws -> Int {
                try cluster.nodes.reduce(0) { sum, node in
                    let series = "parley_stage_seconds_count{stage=\"\(stage)\"} "
                    let line = try node.get("/metrics").split(separator: "\n").first { $0.hasPrefix(series) }
                    return sum + (line.flatMap { Int($0.dropFirst(series.count)) } ?? 0)
                }
            }
            try eventually("the fast path is used") { try cluster.nodes[1].metric("parley_feed_fast") == 1 }
            let stages = ["received", "decided", "appended", "answered"]
            let before = try stages.map(count)
            let events = try (count("relayed"), count("delivered"), count("acknowledged"))
            try sender.chat(bob, "measured")
            let position = try #require(try reader.message("measured").params["position"])
            try reader.call("ack", ["position": position])
            #expect(try zip(stages.map(count), before).map { $0 - $1 } == [1, 1, 1, 1])
            #expect(try count("delivered") - events.1 == 1)
            #expect(try count("acknowledged") - events.2 == 1)
            try eventually("it was relayed") { try count("relayed") > events.0 }
        }
    }
}
