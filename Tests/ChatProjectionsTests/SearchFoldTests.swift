import ChatDomain
import ChatProjections
import ChatTestKit
import Testing

@Suite struct SearchFoldTests {
    private let direct = Conversation.direct(UserID(3), UserID(9))

    private func message(_ text: String?, by sender: Int64 = 3) -> ChatEvent {
        .messageSent(MessageSent(conversation: direct, from: UserID(sender), text: text))
    }

    private func rows(_ script: LogScript) -> [[ColumnValue]] {
        script.tables.rows(SearchProjection.blocks).values.sorted { $0[1].sqlText ?? "" < $1[1].sqlText ?? "" }
    }

    /// Where something may be found.
    private func found(_ sought: String, _ script: LogScript) -> [Int64] {
        rows(script).flatMap {
            SearchEntry.found(TextSignature.Sought(sought), in: $0[5].sqlText ?? "").map(\.value)
        }
    }

    @Test func aRowHasTheMessagesOfABlock() throws {
        var script = LogScript([SearchProjection.self])
        var positions: [Int64] = []
        for number in 0..<2 * SearchProjection.blockLength + 1 {
            positions.append(try script.log(message("Message \(number)")))
        }
        let length = Int(SearchProjection.blockLength)
        let blocks = rows(script)
        #expect(blocks.map { $0[1] } == [.integer(0), .integer(1), .integer(2)])
        #expect(blocks.map { $0[2] } == [0, length, 2 * length].map { .integer(positions[$0]) })
        #expect(blocks.map { $0[3] } == [length - 1, 2 * length - 1, 2 * length].map { .integer(positions[$0]) })
        #expect(blocks.map { $0[4] } == [.boolean(true), .boolean(true), .boolean(false)])
        #expect(found("message", script) == positions)
        #expect(found("message 17", script).contains(positions[17]))
        #expect(found("quarterly", script).isEmpty)
    }

    private func edits(_ script: LogScript) -> [[ColumnValue]] {
        Array(script.tables.rows(SearchProjection.edits).values)
    }

    @Test func theLastEditOfAMessageHasARow() throws {
        var script = LogScript([SearchProjection.self])
        let message = try script.log(message("first"))
        let reference = MessageReference(conversation: direct, seq: 1, position: Position(message))
        func edit(_ text: String?) throws -> Int64 {
            try script.log(.messageEdited(MessageEdited(message: reference, by: UserID(3), text: text)))
        }
        _ = try edit("Changed")
        let last = try edit("Changed again")
        let row = try #require(edits(script).first)
        #expect(row[0...4] == [.text("direct:3:9"), .integer(1), .integer(message), .integer(last), .integer(3)])
        #expect(row[6] == .text(TextSignature.of("changed again")) && edits(script).count == 1)
        #expect(found("first", script) == [message])
        _ = try edit(nil)
        #expect(edits(script).isEmpty)
    }

    @Test func aTextWhoseKeyIsGoneHasNoEntryAndStillItsPlace() throws {
        var script = LogScript([SearchProjection.self])
        let first = try script.log(message(nil))
        #expect(rows(script).map { $0[5] } == [.text("")])
        let second = try script.log(message("there"))
        #expect(rows(script)[0][2...3] == [.integer(first), .integer(second)])
        #expect(found("there", script) == [second])
    }

    @Test func entriesGoWithTheirKeys() throws {
        var script = LogScript([SearchProjection.self])
        let three = try script.log(message("by three"))
        let nine = try script.log(message("by nine", by: 9))
        let thirty = try script.log(message("by thirty", by: 30))
        let reference = MessageReference(conversation: direct, seq: 2, position: Position(nine))
        try script.log(.messageEdited(MessageEdited(message: reference, by: UserID(9), text: "edited by nine")))
        let quarter = String(try #require(rows(script)[0][5].sqlText?.split(separator: ",")[2]))
        func destroy(_ user: Int64?, _ quarters: String...) throws {
            try script.log(
                .keyDestroyed(KeyDestroyed(user: user.map { UserID($0) }, purpose: .texts, quarters: quarters)))
        }
        try destroy(3, "1969Q4")
        try destroy(nil, "1969Q4", "1969Q3", ".*")
        try script.log(.keyDestroyed(KeyDestroyed(user: UserID(3), purpose: .person)))
        #expect(found("by", script) == [three, nine, thirty])
        try destroy(3, "1969Q4", quarter)
        #expect(found("by", script) == [nine, thirty] && edits(script).count == 1)
        try destroy(9, quarter)
        #expect(found("by", script) == [thirty] && edits(script).isEmpty)
        try destroy(nil, quarter)
        #expect(rows(script).map { $0[5] } == [.text("")])
    }

    /// However the log is cut into stretches, and whichever of these go on with one another.
    @Test func stretchesThatGoOnComeToWhatTheirEventsComeToOneByOne() throws {
        var random = SeededRandom.announced(for: "stretches that go on")
        let events = anything(900, &random)
        let projection = SearchProjection(environment: ProjectionEnvironment { $0.lowercased() })
        let oneByOne = try InMemoryTables(folding: events, by: projection)
        for _ in 1...20 {
            var tables = InMemoryTables(SearchProjection.tables)
            var kept = projection.stretch()
            var rest = events[...]
            while !rest.isEmpty {
                var stretch = projection.stretch()
                for event in rest.prefix(random.number(1...200)) {
                    stretch.add(event)
                    rest = rest.dropFirst()
                }
                tables.apply(kept.goOn(with: stretch))
                if random.oneIn(5) {
                    tables.apply(kept.changes())
                    kept = projection.stretch()
                }
            }
            tables.apply(kept.changes())
            for table in SearchProjection.tables { #expect(tables.rows(table) == oneByOne.rows(table)) }
        }
    }

    @Test func aRowIsKeptUntilItIsWhole() {
        let projection = SearchProjection(environment: ProjectionEnvironment { $0 })
        func stretch(_ seqs: ClosedRange<Int64>) -> SearchStretch {
            var stretch = projection.stretch()
            for seq in seqs { stretch.add(projected(message("text"), seq, seq)) }
            return stretch
        }
        var kept = projection.stretch()
        #expect(kept.goOn(with: stretch(1...3)).operations.isEmpty)
        #expect(kept.goOn(with: stretch(4...SearchProjection.blockLength + 1)).operations.count == 1)
        #expect(kept.changes().operations.count == 1)
    }

    /// Messages of a few conversations, edits, and keys that go.
    private func anything(_ count: Int64, _ random: inout SeededRandom) -> [ProjectedEvent] {
        let places = [direct, .group(GroupID(5)), .group(GroupID(6))]
        var seqs: [Conversation: Int64] = [:]
        return (1...count).map { position in
            let place = places[random.number(0...2)]
            let user = UserID(Int64(random.number(1...3)))
            let event: ChatEvent
            if random.oneIn(60) {
                event = .keyDestroyed(
                    KeyDestroyed(user: random.oneIn(2) ? user : nil, purpose: .texts, quarters: ["1970Q1"]))
            } else if random.oneIn(6), let seq = seqs[place] {
                let message = MessageReference(conversation: place, seq: seq, position: Position(position))
                let text = random.oneIn(3) ? nil : "edit \(position)"
                return projected(.messageEdited(MessageEdited(message: message, by: user, text: text)), position, 0)
            } else {
                seqs[place, default: 0] += 1
                event = .messageSent(
                    MessageSent(conversation: place, from: user, text: random.oneIn(9) ? nil : "text \(position)"))
            }
            return projected(event, position, seqs[place] ?? 0)
        }
    }

    private func projected(_ event: ChatEvent, _ position: Int64, _ version: Int64) -> ProjectedEvent {
        ProjectedEvent(
            event, position: Position(position), recordedAt: position, stream: StreamName("any"), version: version)
    }
}
