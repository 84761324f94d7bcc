import ChatTestKit
import Foundation
import ParleyClient
import Testing

// What stands between the marks is the example of docs/client-library.md, to the letter; a test compares them.
// example begins
/// Answers every direct message with its own text, until the feed ends or the task is cancelled.
func runEcho(_ configuration: ClientConfiguration) async throws {
    let client = ChatClient(configuration)
    let login = try await client.connect()
    for try await push in client.feed {
        guard let message = push.message, message.conversation.hasPrefix("direct:"),
            message.from.id != login.user?.id
        else { continue }
        // Under a key made of the message, so that one that is shown again after a crash is not answered twice.
        try await client.chat(
            to: .id(message.from.id), "you said: \(message.text)", replyTo: message.seq,
            key: "echo-\(message.position)")
    }
    await client.close()
}
// example ends

@Suite("The example of the client library", .serialized, .ownThread)
struct ExampleTests {
    private static func lines(of path: String, from first: String, to last: String) throws -> [Substring] {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let begin = try #require(lines.firstIndex { $0 == first })
        let end = try #require(lines[begin...].dropFirst().firstIndex { $0 == last })
        return Array(lines[(begin + 1)..<end])
    }

    @Test func thePageShowsTheExampleThatIsRunHere() throws {
        let code = try Self.lines(
            of: "Tests/ParleyClientTests/ExampleTests.swift", from: "// example begins", to: "// example ends")
        let page = try Self.lines(of: "docs/client-library.md", from: "```swift", to: "```")
        #expect(page.drop { !$0.hasPrefix("///") } == code[...])
    }

    @Test func theExampleAnswersThoughItsNodeDies() async throws {
        let cluster = try await aside { try ClusterFixture() }
        let names = try await aside { try ["echo", "caller"].map { try cluster.register($0) } }
        let configuration = cluster.configuration(names[0])
        let echo = Task { try await runEcho(configuration) }
        let caller = ChatClient(cluster.configuration(names[1]))
        try await caller.connect()
        var feed = caller.feed.makeAsyncIterator()
        for number in 1...4 {
            try await caller.chat(to: .name(names[0]), "\(number)")
            var answer: Message?
            while answer == nil, let push = try await feed.next() { answer = push.message }
            #expect(answer?.text == "you said: \(number)" && answer?.seq == Int64(2 * number))
            if number == 2 { try await aside { cluster.nodes[0].kill() } }
        }
        echo.cancel()
        _ = await echo.result
        await caller.close()
    }
}
