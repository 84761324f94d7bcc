import ChatTestKit
import JSONText
import Testing

/// Several senders that write into one group, and devices that read it, while something is done to the cluster. They speak
/// the protocol themselves; one more of each uses the client library.
final class Traffic: Sendable {
    struct Outcome {
        var sent: [PersistentSender.Sent]
        var readers: [(got: [PersistentReader.Got], violations: [String])]
        /// What came to the reader that uses the client library.
        var byLibrary: [PersistentSender.Sent]
    }

    let group: Int64
    let tally = Tally()
    private let stop = Flag()
    private let allSent = Tally()
    private let senders: [Background<[PersistentSender.Sent]>]
    private let readers: [Background<([PersistentReader.Got], [String])>]
    private let library: LibraryTraffic

    /// Senders and readers begin on the nodes in turn.
    init(_ cluster: ClusterFixture, senders: Int = 3, readers: Int = 3, beginningWith first: Int = 0) throws {
        let names = try (0..<senders).map { _ in try cluster.register("sender") }
        let audience = try (0..<readers).map { _ in try cluster.register("reader") }
        let byLibrary = (writer: try cluster.register("sender"), reader: try cluster.register("reader"))
        let founder = try cluster.client(names[0], device: "founding")
        let group = try founder.createGroup("traffic")
        for name in names.dropFirst() + audience + [byLibrary.writer, byLibrary.reader] {
            try cluster.client(name, device: "joining").call("joingroup", ["group": .integer(group)])
        }
        self.group = group
        let ports = cluster.ports
        self.readers = audience.enumerated().map { [stop, allSent] number, name in
            Background {
                let reader = PersistentReader(name, device: "phone", ports: ports, beginningWith: first + number)
                try reader.run(until: stop) { $0.got.count >= allSent.count && allSent.count > 0 }
                return (reader.got, reader.violations)
            }
        }
        self.senders = names.enumerated().map { [stop, tally] number, name in
            Background {
                let sender = PersistentSender(name, to: .group(group), ports: ports, beginningWith: first + number)
                return try sender.run("from \(number)", until: stop, tally: tally)
            }
        }
        library = LibraryTraffic(
            writer: byLibrary.writer, reader: byLibrary.reader, group: group,
            ports: (0..<ports.count).map { ports[(first + $0) % ports.count] }, until: stop, tally: tally)
    }

    /// Waits for so many further answers.
    func wait(for answers: Int) throws { try tally.wait(for: tally.count + answers) }

    /// Ends the sending and waits until every reader has everything.
    func finish() async throws -> Outcome {
        stop.raise()
        let sent = try senders.map { try $0.value() } + [try await library.sent()]
        allSent.add(sent.joined().count)
        let read = try readers.map { try $0.value() }
        for one in sent { #expect(one.map(\.position) == one.map(\.position).sorted(), "answered out of order") }
        return Outcome(
            sent: sent.flatMap { $0 }, readers: read.map { (got: $0.0, violations: $0.1) },
            byLibrary: try await library.got(allSent.count))
    }

    /// Ends the traffic, and expects that every message answered came to every reader once, in the log's order,
    /// with the numbers that were answered, and is in the log likewise.
    func expectNothingLostOrDoubled(_ cluster: ClusterFixture) async throws {
        let outcome = try await finish()
        let sent = outcome.sent.sorted { $0.position < $1.position }
        #expect(!sent.isEmpty)
        #expect(sent.map(\.seq) == Array(1...Int64(sent.count)), "numbers without gaps")
        for reader in outcome.readers {
            #expect(reader.violations == [])
            let got = reader.got.map { PersistentSender.Sent(text: $0.text, position: $0.position, seq: $0.seq) }
            #expect(got == sent, "each once, in order")
        }
        #expect(outcome.byLibrary == sent, "each once, in order, through the client library")
        let rows = try cluster.query(
            "select version, position from chat_log.events where stream = 'messages:group:\(group)' order by position")
        #expect(rows == sent.map { "\($0.seq)|\($0.position)" }, "the log holds what was answered, and nothing else")
    }
}
