import ChatApplication
import ChatDomain
import Testing

extension EventLogContract {
    func positionsHaveNoGaps(_ log: any EventLog) async throws {
        let first = try await log.append(
            command(event(Sample.a), event(Sample.b)), command(), command(event(Sample.a)))
        let second = try await log.append(command(event(Sample.c)))
        #expect(first.map(\.name) == ["appended", "appended", "appended"])
        #expect(first.map { $0.receipt?.position?.value } == [1, nil, 3])
        #expect(second.first?.receipt?.position == Position(4))
        #expect(try await log.all().map(\.position.value) == [1, 2, 3, 4])
        #expect(try await log.head() == Position(4))
    }

    func refusedLeavesNoGap(_ log: any EventLog) async throws {
        let outcomes = try await log.append(
            command(event(Sample.a)), command(guards: [Guard(Sample.a, 9)], event(Sample.b), event(Sample.b)),
            command(event(Sample.c)))
        #expect(outcomes.map { $0.receipt?.position?.value } == [1, nil, 2])
        #expect(try await log.all().map(\.stream) == [Sample.a, Sample.c])
        #expect(try await log.version(Sample.b) == 0)
    }

    func versionsCount(_ log: any EventLog) async throws {
        let outcomes = try await log.append(
            command(event(Sample.a), event(Sample.b), event(Sample.a)), command(event(Sample.a)))
        #expect(outcomes.map { $0.receipt?.version } == [1, 3])
        let later = try await log.append(command(event(Sample.b)))
        #expect(later.first?.receipt?.version == 2)
        #expect(try await log.all().map(\.version) == [1, 1, 2, 3, 2])
        #expect(try await log.heads(of: [Sample.b, Sample.c, Sample.a]).map(\.version) == [2, 0, 3])
    }

    func timeNeverFalls(_ log: any EventLog) async throws {
        var receipts: [Int64?] = []
        for _ in 1...5 {
            receipts += try await log.append(command(event(Sample.a)), command()).map { $0.receipt?.recordedAt }
        }
        let times = try await log.all().map(\.recordedAt)
        #expect(times == times.sorted())
        #expect(receipts == times.flatMap { [$0, $0] })
    }

    func readAsAppended(_ log: any EventLog) async throws {
        let cause = Cause(actor: UserID(3), session: SessionID("s"), device: "phone", reference: "key-1")
        let payload = Array(#"{ "z":1, "a":"\#u{e4} \u0000" }"#.utf8)
        let stored = EncodedEvent(
            stream: Sample.a, touched: [Sample.b, Sample.c], type: "GroupCreated", schema: 3, payload: payload)
        _ = try await log.append(
            AppendCommand(chain: 1, events: [stored], cause: cause), AppendCommand(chain: 2, events: [event(Sample.b)]))
        let events = try await log.all()
        let read = try #require(events.first)
        #expect(read.type == "GroupCreated" && read.schema == 3 && read.stream == Sample.a && read.version == 1)
        #expect(read.touched == [Sample.b, Sample.c])
        #expect(read.cause == cause)
        #expect(read.node == nil)
        #expect(read.payload == payload)
        #expect(events.last?.cause == Cause())
        #expect(events.last?.touched == [])
        #expect(events.last?.version == 2)
    }

    func largeBatch(_ log: any EventLog) async throws {
        let commands = (0..<1_000).map { number in
            AppendCommand(
                chain: number, guards: [Guard(StreamName("member:7:\(number)"), 0), Guard(Sample.c, Int64(number))],
                events: [event(StreamName("member:7:\(number)"), touching: [Sample.c])])
        }
        let outcomes = try await log.append(AppendBatch(origin: nil, commands: commands))
        #expect(outcomes.map { $0.receipt?.position?.value } == (1...1_000).map { $0 })
        #expect(try await log.version(Sample.c) == 1_000)
        #expect(try await log.all().map(\.position.value) == Array(1...1_000))
    }
}
