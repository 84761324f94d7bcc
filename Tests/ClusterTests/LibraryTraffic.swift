import ChatTestKit
import ParleyClient

/// A sender and a reader that use the client library, beside those that speak the protocol themselves: through it too,
/// every message comes once and in order, whatever is done to the cluster.
final class LibraryTraffic: Sendable {
    private let writer: ChatClient
    private let reader: ChatClient
    private let writing: Task<[PersistentSender.Sent], any Error>
    private let reading: Task<[PersistentSender.Sent], any Error>
    private let came = Tally()

    /// Both are members of the group. The first of the ports is where they begin.
    init(writer: String, reader: String, group: Int64, ports: [Int], until stop: Flag, tally: Tally) {
        let (sending, receiving) = (ChatClient(.member(writer, ports)), ChatClient(.member(reader, ports)))
        self.writer = sending
        self.reader = receiving
        writing = Task {
            var sent: [PersistentSender.Sent] = []
            while !stop.isRaised {
                let text = "by the library \(sent.count + 1)"
                let stored = try await sending.groupChat(group, text)
                sent.append(.init(text: text, position: stored.position, seq: stored.seq))
                tally.add()
            }
            return sent
        }
        reading = Task { [came] in
            var got: [PersistentSender.Sent] = []
            for try await push in receiving.feed {
                guard let message = push.message else { continue }
                got.append(.init(text: message.text, position: message.position, seq: message.seq))
                came.add()
            }
            return got
        }
    }

    deinit {
        writing.cancel()
        reading.cancel()
    }

    /// What was answered, once the flag is raised.
    func sent() async throws -> [PersistentSender.Sent] { try await writing.value }

    /// What the reader was shown, once it is so much. Ends both.
    func got(_ count: Int) async throws -> [PersistentSender.Sent] {
        try came.wait(for: count)
        await writer.close()
        await reader.close()
        return try await reading.value
    }
}

extension ClientConfiguration {
    fileprivate static func member(_ name: String, _ ports: [Int]) -> ClientConfiguration {
        ClientConfiguration(
            servers: ports.map { ServerAddress(host: "127.0.0.1", port: $0) },
            credentials: .password(name: name, password: ScriptedClient.password), device: "library")
    }
}
