import ChatApplication
import ChatDomain
import Testing

extension EventLogContract {
    func states(_ log: any EventLog) async throws {
        func state(_ stream: StreamName, _ byte: UInt8) -> EncodedState { EncodedState(stream: stream, bytes: [byte]) }
        _ = try await log.append(
            command(event(Sample.a, touching: [Sample.b]), states: [state(Sample.a, 1), state(Sample.b, 2)]),
            command(event(Sample.a), states: [state(Sample.a, 3)]), command(event(Sample.c)))
        #expect(try await log.heads(of: [Sample.a, Sample.b, Sample.c]).map(\.state) == [[3], [2], nil])
        _ = try await log.append(command(event(Sample.a)))
        #expect(try await log.heads(of: [Sample.a]).first?.state == [3], "a move without a state keeps the old one")
        _ = try await log.append(command(states: [state(Sample.a, 4), state(StreamName("account:9"), 5)]))
        let heads = try await log.heads(of: [Sample.a, StreamName("account:9")])
        #expect(heads.map(\.version) == [3, 0])
        #expect(heads.map(\.state) == [[4], nil], "a stream that does not exist has no state")
    }

    func refusedState(_ log: any EventLog) async throws {
        _ = try await log.append(command(event(Sample.a), states: [EncodedState(stream: Sample.a, bytes: [1])]))
        _ = try await log.append(
            command(
                guards: [Guard(Sample.a, 0)], event(Sample.a), states: [EncodedState(stream: Sample.a, bytes: [2])]),
            command(event(Sample.b)))
        #expect(try await log.heads(of: [Sample.a, Sample.b]).map(\.state) == [[1], nil])
    }

    func pages(_ log: any EventLog) async throws {
        let commands = (0..<25).map { AppendCommand(chain: $0, events: [event(Sample.a)]) }
        _ = try await log.append(AppendBatch(origin: nil, commands: commands))
        var after = Position.start
        var read: [Int64] = []
        while true {
            let page = try await log.read(after: after, upTo: Position(21), limit: 10)
            guard let last = page.last else { break }
            #expect(page.count <= 10)
            read += page.map(\.position.value)
            after = last.position
        }
        #expect(read == Array(1...21))
        #expect(try await log.read(after: Position(25), upTo: nil, limit: 10).isEmpty)
        #expect(try await log.read(after: Position(99), upTo: nil, limit: 10).isEmpty)
    }

    func bytesOfPages(_ log: any EventLog) async throws {
        func large(_ bytes: Int) -> AppendCommand {
            let text = String(repeating: "x", count: bytes - 2)
            return command(EncodedEvent(stream: Sample.a, type: "Happened", payload: Array(#""\#(text)""#.utf8)))
        }
        let half = LogPage.bytes / 2
        _ = try await log.append(large(half), large(half), large(10), large(half + 1), large(half), large(10))
        _ = try await log.append(large(2 * LogPage.bytes), large(10))
        var pages: [[Int64]] = []
        while pages.last?.isEmpty != true {
            let page = try await log.read(after: Position(pages.last?.last ?? 0), upTo: nil, limit: 10)
            pages.append(page.map(\.position.value))
        }
        #expect(pages == [[1, 2], [3, 4, 5], [6, 7], [8], []], "an event beyond the bound is a page's last")
        #expect(try await log.read(after: .start, upTo: nil, limit: 1).map(\.position.value) == [1])
        #expect(try await log.read(after: .start, upTo: Position(1), limit: 9).map(\.position.value) == [1])
        let alone = try await log.read(stream: Sample.a, after: .start, limit: 9)
        #expect(alone.map(\.position.value) == [1, 2])
        #expect(try await log.read(types: ["Happened"], after: .start, limit: 9).count == 2)
    }

    func streamReads(_ log: any EventLog) async throws {
        for _ in 1...4 {
            _ = try await log.append(command(event(Sample.a)), command(event(Sample.b, touching: [Sample.a])))
        }
        let first = try await log.read(stream: Sample.a, after: .start, limit: 3)
        #expect(first.map(\.position.value) == [1, 3, 5])
        #expect(first.map(\.version) == [1, 3, 5])
        let rest = try await log.read(stream: Sample.a, after: Position(5), limit: 3)
        #expect(rest.map(\.position.value) == [7])
        #expect(try await log.read(stream: Sample.c, after: .start, limit: 3).isEmpty)
    }

    func typeReads(_ log: any EventLog) async throws {
        _ = try await log.append(
            command(
                event(Sample.a, type: "One"), event(Sample.a, type: "Two"), event(Sample.a, type: "Three"),
                event(Sample.b, type: "One")))
        let found = try await log.read(types: ["One", "Three"], after: .start, limit: 10)
        #expect(found.map(\.position.value) == [1, 3, 4])
        #expect(try await log.read(types: ["One", "Three"], after: Position(1), limit: 1).map(\.type) == ["Three"])
        #expect(try await log.read(types: [], after: .start, limit: 10).isEmpty)
    }

    func empty(_ log: any EventLog) async throws {
        #expect(try await log.head() == .start)
        #expect(try await log.all().isEmpty)
        #expect(try await log.heads(of: []).isEmpty)
        #expect(try await log.heads(of: [Sample.a]).map(\.version) == [0])
        #expect(try await log.append(AppendBatch(origin: nil, commands: [])).isEmpty)
    }

    func epoch(_ log: any EventLog) async throws {
        let first = try await log.epoch()
        #expect(!first.isEmpty)
        _ = try await log.append(command(event(Sample.a)))
        #expect(try await log.epoch() == first)
        #expect(try await log.shared(with: first) == Position(Int64.max))
        #expect(try await log.shared(with: "another") == nil)
    }
}
