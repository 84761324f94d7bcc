import ChatDomain
import ChatProjections
import ChatTestKit
import Testing

@Suite struct AuditFoldTests {
    private func refused(_ user: Int64?, from address: String?) -> ChatEvent {
        .loginRefused(
            LoginRefused(user: user.map(UserID.init), counts: [.badCredentials: 1], since: 1, address: address))
    }

    private func opened(_ user: Int64, _ session: String, from address: String?) -> ChatEvent {
        .sessionOpened(
            SessionOpened(
                user: UserID(user), session: SessionID(session), device: "phone", node: NodeName("a"), term: 1,
                tokenDigest: "t", address: address))
    }

    private func addresses(_ script: LogScript) -> [String] {
        script.rows(AuditProjection.addresses).map { row in
            row.split(separator: " ").filter { !$0.hasPrefix("place=") && !$0.hasPrefix("quarter=") }.joined(
                separator: " ")
        }
    }

    @Test func aSpanIsWholeWithItsLastEventAndHoldsTheWordsOfAll() throws {
        var script = LogScript([AuditProjection.self])
        for number in 1...AuditProjection.span {
            try script.log(.nodeJoined(NodeJoined(node: NodeName("n\(number)"))))
            let row = try #require(script.tables.rows(AuditProjection.spans).values.first)
            #expect(row[1] == .boolean(number == AuditProjection.span))
        }
        try script.log(.close(3, "s1"), actor: 3)
        let rows = script.tables.rows(AuditProjection.spans)
        func words(_ span: Int64) -> [Int32] {
            guard case .integers(let words)? = rows[RowKey([.integer(span)])]?[2] else { return [] }
            return words
        }
        let first = words(0)
        for number in 1...AuditProjection.span { #expect(first.contains(AuditWords.node(NodeName("n\(number)")))) }
        #expect(zip(first, first.dropFirst()).allSatisfy { $0 < $1 })
        #expect(words(1).contains(AuditWords.user(UserID(3))))
        #expect(rows[RowKey([.integer(1)])]?[1] == .boolean(false))
    }

    @Test func theRowsDoNotDependOnThePagesInWhichTheLogIsFolded() {
        var events: [ProjectedEvent] = []
        for position in 1...(AuditProjection.span * 3 + 5) {
            let sent = MessageSent(
                conversation: .group(GroupID(position % 5 + 1)), from: UserID(position % 7 + 1), text: nil)
            events.append(
                ProjectedEvent(
                    .messageSent(sent), position: Position(position), recordedAt: position,
                    stream: .messages(sent.conversation), version: position, actor: sent.from,
                    session: SessionID("s\(position % 3)"), device: "d", node: NodeName("a")))
        }
        let projection = AuditProjection(environment: ProjectionEnvironment { $0 })
        func folded(pages: Int) -> [RowKey: [ColumnValue]] {
            var tables = InMemoryTables(AuditProjection.tables)
            for start in stride(from: 0, to: events.count, by: pages) {
                var batch = RowBatch()
                for event in events[start..<min(start + pages, events.count)] {
                    var changes = RowChanges()
                    try? projection.apply(event, into: &changes)
                    batch.add(changes)
                }
                // A page of many events comes to a row or two for each span.
                let steps = batch.take()
                #expect(steps.count <= 3)
                for step in steps { tables.apply(step) }
            }
            return tables.rows(AuditProjection.spans)
        }
        let whole = folded(pages: events.count)
        #expect(whole.count == 4)
        for pages in [1, 7, 128, 200] { #expect(folded(pages: pages) == whole) }
    }

    @Test func aStretchComesToWhatItsEventsComeToOneByOne() throws {
        var random = SeededRandom.announced(for: "stretches")
        let events = (1...(AuditProjection.span * 3 + 17)).map { anything(at: $0, &random) }
        let projection = AuditProjection(environment: ProjectionEnvironment { $0 })
        let oneByOne = try InMemoryTables(folding: events, by: projection)
        for _ in 1...20 {
            var tables = InMemoryTables(AuditProjection.tables)
            var rest = events[...]
            while !rest.isEmpty {
                var stretch = projection.stretch()
                for event in rest.prefix(random.number(1...300)) {
                    if let envelope = envelope(of: event), random.oneIn(2) {
                        stretch.add(envelope, text: nil)
                    } else {
                        try stretch.add(event)
                    }
                    rest = rest.dropFirst()
                }
                tables.apply(stretch.changes())
            }
            for table in AuditProjection.tables { #expect(tables.rows(table) == oneByOne.rows(table)) }
        }
    }

    /// What an envelope says of a message whose sender is its actor.
    private func envelope(of event: ProjectedEvent) -> MessageEnvelope? {
        guard case .messageSent(let sent) = event.event, event.actor == sent.from else { return nil }
        let message = SentMessage(
            conversation: sent.conversation, sender: sent.from, seq: event.version, position: event.position)
        return MessageEnvelope(
            message,
            codes: .init(
                device: event.device, node: event.node?.value, session: event.session?.value))
    }

    private func anything(at position: Int64, _ random: inout SeededRandom) -> ProjectedEvent {
        let user = Int64(random.number(1...40))
        let places: [Conversation] = [
            .group(GroupID(1_234_567_890)), .direct(UserID(user), UserID(41)), .direct(UserID(0), UserID(user)),
        ]
        let sent = ChatEvent.messageSent(
            MessageSent(conversation: places[random.number(0...2)], from: UserID(user), text: nil))
        let others = [
            opened(user, "s\(position)", from: "192.0.2.\(user)"), refused(nil, from: "192.0.2.1"),
            .accountDeleted(AccountDeleted(user: UserID(user), nameDigest: "d", ended: [])),
        ]
        return ProjectedEvent(
            random.oneIn(4) ? others[random.number(0...2)] : sent, position: Position(position), recordedAt: position,
            stream: StreamName("any"), version: position, actor: random.oneIn(5) ? nil : UserID(user),
            session: random.oneIn(3) ? nil : SessionID("s\(random.number(1...9))"),
            device: random.oneIn(3) ? nil : "phone", node: random.oneIn(3) ? nil : NodeName("node-\(user)"))
    }

    @Test func anAddressGoesWithThePersonAndThatOfNobodyWithItsQuarter() throws {
        var script = LogScript([AuditProjection.self])
        try script.log(opened(3, "s1", from: "192.0.2.7"), actor: 3)
        try script.log(opened(9, "s2", from: "2001:db8::1"), actor: 9)
        try script.log(refused(3, from: "192.0.2.8"))
        try script.log(refused(nil, from: "192.0.2.9"))
        try script.log(refused(9, from: nil))
        let all = [
            "position=1 user_id=3 session=s1 address=192.0.2.7", "position=2 user_id=9 session=s2 address=2001:db8::1",
            "position=3 user_id=3 address=192.0.2.8", "position=4 address=192.0.2.9",
        ]
        #expect(addresses(script) == all)
        try script.log(.accountDeleted(AccountDeleted(user: UserID(3), nameDigest: "d", ended: [])))
        #expect(addresses(script) == [all[1], all[3]])
        try script.log(.keyDestroyed(KeyDestroyed(user: UserID(9), purpose: .person)))
        #expect(addresses(script) == [all[3]])
        let row = try #require(script.tables.rows(AuditProjection.addresses).values.first)
        let quarter = try #require(row[5].sqlText)
        func end(_ user: UserID?, _ quarter: String) throws {
            try script.log(.keyDestroyed(KeyDestroyed(user: user, purpose: .texts, quarters: [quarter])))
        }
        try end(UserID(3), quarter)
        try end(nil, "1969Q4")
        #expect(addresses(script) == [all[3]])
        try end(nil, quarter)
        #expect(addresses(script).isEmpty)
    }

    @Test func whatIsSaidIsInAWordOfItsOwn() {
        let (three, group) = (UserID(3), GroupID(3))
        let words = [
            AuditWords.user(three), AuditWords.receiver(three), AuditWords.group(group), AuditWords.type("3"),
            AuditWords.device("3"), AuditWords.node(NodeName("3")), AuditWords.outcome("3"),
            AuditWords.session(SessionID("3")), AuditWords.user(UserID(4)), AuditWords.user(UserID(3 << 40)),
            AuditWords.device("4"),
        ]
        #expect(Set(words).count == words.count)
    }
}
