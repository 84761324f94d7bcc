import ChatApplication
import ChatDomain
import ChatProjections
import EventCodec
import PostgresClient

/// One question on its way backwards through the log, in one transaction.
struct AuditSearch {
    private let filter: AuditFilter
    private let transaction: PostgresTransaction
    private let progress: AuditProgress
    private let openers: AuditOpeners
    private let limit: Int
    private let archived: ArchivedPart?
    private(set) var entries: [AuditEntry] = []
    /// The lives of the log, once they were asked for.
    private var lives: [(from: Position, epoch: String)] = []
    /// The addresses of sessions that are not folded yet.
    private var unfolded: [SessionID: String] = [:]

    init(
        _ filter: AuditFilter, _ transaction: PostgresTransaction, progress: AuditProgress, openers: AuditOpeners,
        limit: Int, archived: ArchivedPart?
    ) {
        self.archived = archived
        self.filter = filter
        self.transaction = transaction
        self.progress = progress
        self.openers = openers
        self.limit = limit
    }

    private var isDone: Bool { entries.count >= limit }

    /// Looks behind one position and up to another one; what is in archives comes last, for it is the oldest.
    mutating func run(after: Position, upTo: Position) async throws {
        let floor = archived?.last ?? .start
        if floor < upTo { try await runInDatabase(after: max(after, floor), upTo: upTo) }
        guard let archived, after < floor, !isDone else { return }
        try await runInArchive(try archived.source(), after: after, upTo: min(upTo, floor))
    }

    private mutating func runInDatabase(after: Position, upTo: Position) async throws {
        try await learnAddresses(upTo: upTo)
        // What is frequent is found at once without asking where it is.
        let end = max(after, min(progress.whole, upTo.advanced(by: -AuditLimits.frequent)))
        try await scan(after: end, upTo: upTo)
        let top = min(upTo, end)
        guard !isDone, after < top else { return }
        if case .direct(let one, let other) = filter.conversation {
            let read = [one, other].map { StreamName.read(.direct(one, other), by: $0) }
            try await follow(
                [.messages(.direct(one, other)), .marks(.direct(one, other))] + read, after: after, upTo: top)
        } else if let wanted = try await AuditWanted(filter, upTo: top, transaction) {
            try await walk(wanted, after: after, upTo: top)
        } else {
            try await scan(after: after, upTo: top)
        }
    }

    /// The events of a few streams, from the last ones, by the log's own index.
    private mutating func follow(_ streams: [StreamName], after: Position, upTo: Position) async throws {
        // The newest are wanted, not all: from the index's end, and not sorted first.
        _ = try await transaction.query("set local enable_bitmapscan = off")
        var top = upTo
        while after < top, !isDone {
            let prefilter = AuditPrefilter(
                filter, after: [.textArray(streams.map(\.value)), .int8(after.value), .int8(top.value)])
            let rows = try await transaction.query(
                """
                select e.* from unnest($1::text[]) s (stream) cross join lateral (
                    select \(EventRows.columns), epoch from chat.audit_log e
                    where e.stream = s.stream and e.position > $2 and e.position <= $3\(prefilter.sql)
                    order by e.position desc limit \(AuditLimits.page)) e
                order by e.position desc limit \(AuditLimits.page)
                """, prefilter.parameters)
            let last = try await take(rows)
            guard rows.rowCount == AuditLimits.page, let last else { break }
            top = last.advanced(by: -1)
        }
        _ = try await transaction.query("set local enable_bitmapscan to default")
    }

    /// Every event of a range, from its end.
    private mutating func scan(after: Position, upTo: Position) async throws {
        var top = upTo
        while after < top, !isDone {
            let bottom = max(after, top.advanced(by: -AuditLimits.tail))
            let prefilter = AuditPrefilter(filter, after: [.int8(bottom.value), .int8(top.value)])
            let rows = try await transaction.query(
                """
                select \(EventRows.columns), epoch from chat.audit_log e
                where e.position > $1 and e.position <= $2\(prefilter.sql)
                order by e.position desc limit \(AuditLimits.page)
                """, prefilter.parameters)
            let last = try await take(rows)
            top = rows.rowCount < AuditLimits.page ? bottom : last.map { $0.advanced(by: -1) } ?? bottom
        }
    }

    /// The spans that have the words, from the newest one.
    private mutating func walk(_ wanted: AuditWanted, after: Position, upTo: Position) async throws {
        let lowest = AuditProjection.span(of: after.advanced(by: 1))
        var highest = AuditProjection.span(of: upTo)
        var window = AuditLimits.firstSpans
        while lowest <= highest, !isDone {
            let from = max(lowest, highest - window + 1)
            let spans = try await wanted.spans(from: from, to: highest, transaction)
            var next = 0
            var count = AuditLimits.spansRead
            while next < spans.count, !isDone {
                let part = spans[next..<min(next + count, spans.count)]
                try await read(Array(part), after: after, upTo: upTo)
                next += part.count
                count = min(count * 2, AuditLimits.mostSpansRead)
            }
            highest = from - 1
            window *= 8
        }
    }

    private mutating func read(_ spans: [Int64], after: Position, upTo: Position) async throws {
        let prefilter = AuditPrefilter(
            filter, after: [.int8Array(spans.map { $0 }), .int8(after.value), .int8(upTo.value)])
        // Each range is read by itself, by the primary key, however many events the planner expects of it: without the
        // offset it would take the ranges for a condition on the whole log.
        let rows = try await transaction.query(
            """
            select e.* from unnest($1::bigint[]) s (span) cross join lateral (
                select \(EventRows.columns), epoch from chat.audit_log e
                where e.position > greatest(s.span * \(AuditProjection.span), $2)
                    and e.position <= least((s.span + 1) * \(AuditProjection.span), $3)\(prefilter.sql)
                offset 0) e
            order by e.position desc
            """, prefilter.parameters)
        _ = try await take(rows)
    }

    /// Adds what is meant of these rows; gives the last position among them.
    private mutating func take(_ rows: PostgresResult) async throws -> Position? {
        let events = try EventRows.events(rows)
        try await take(events) { row in rows.text(row, EventRows.columnCount) ?? "" }
        return events.last?.position
    }

    /// Adds what is meant of these events, whose epochs are known by their places.
    private mutating func take(_ events: [RecordedEvent], epoch: (Int) -> String) async throws {
        let opened = events.map { openers.opener($0, isFolded: $0.position <= progress.folded) }
        try await openers.keyring?.fetch(
            ids: zip(events, opened).compactMap { $1 == nil ? nil : EventCodec.keyID(of: $0.payload) })
        var found: [AuditEntry] = []
        for (row, event) in events.enumerated() {
            found.append(
                AuditEntry(event, epoch: epoch(row), opener: opened[row]))
        }
        // The address is asked for last: of most events it is known only through their sessions.
        var plain = filter
        plain.addresses = nil
        found = found.filter(plain.matches)
        try await AuditLookup.addAddresses(&found, unfolded: unfolded, transaction)
        entries += found.filter(filter.matches).prefix(limit - entries.count)
    }

    /// What is in archives has been folded, so spans say where to look; each is read from its segment.
    private mutating func runInArchive(
        _ files: any ArchivedEvents, after: Position, upTo: Position
    ) async throws {
        let whole = max(after, min(progress.whole, upTo))
        try await scanArchive(files, after: whole, upTo: upTo)
        guard !isDone, after < whole else { return }
        guard let wanted = try await AuditWanted(filter, upTo: whole, transaction) else {
            return try await scanArchive(files, after: after, upTo: whole)
        }
        let spans = try await wanted.spans(
            from: AuditProjection.span(of: after.advanced(by: 1)), to: AuditProjection.span(of: whole), transaction)
        for span in spans where !isDone {
            let bottom = max(after, Position(span * AuditProjection.span))
            let top = min(whole, Position((span + 1) * AuditProjection.span))
            try await scanArchive(files, after: bottom, upTo: top)
        }
    }

    /// Every event of a range of an archive, from its end.
    private mutating func scanArchive(
        _ files: any ArchivedEvents, after: Position, upTo: Position
    ) async throws {
        var top = upTo
        while after < top, !isDone {
            let bottom = max(after, top.advanced(by: -AuditLimits.tail))
            var events: [RecordedEvent] = []
            while events.last?.position ?? bottom < top {
                try Task.checkCancellation()
                events += try await files.events(after: events.last?.position ?? bottom, upTo: top)
            }
            events.reverse()
            if lives.isEmpty { lives = try await AuditLookup.lives(transaction) }
            let lives = lives
            try await take(events) { row in AuditLookup.epoch(of: events[row].position, lives) }
            top = bottom
        }
    }

    /// What is not folded yet says its address itself, as far as keys are at hand.
    private mutating func learnAddresses(upTo: Position) async throws {
        guard let keyring = openers.keyring, progress.folded < upTo else { return }
        let rows = try await transaction.query(
            """
            select \(EventRows.columns), epoch from chat.audit_log e
            where e.type = 'SessionOpened' and e.position > $1 and e.position <= $2
            """, [.int8(progress.folded.value), .int8(upTo.value)])
        let events = try EventRows.events(rows)
        try await keyring.fetch(ids: events.compactMap { EventCodec.keyID(of: $0.payload) })
        for event in events {
            guard case .sessionOpened(let opened) = AuditEntry(event, epoch: "", opener: keyring).event else {
                continue
            }
            unfolded[opened.session] = opened.address
        }
    }
}

/// Which spans a filter means.
struct AuditWanted {
    private let words: [Int32]
    private let alternatives: [[Int32]]
    private let sessions: [String]?
    private let positions: [Int64]

    /// Nil if any span may have what is meant.
    init?(_ filter: AuditFilter, upTo: Position, _ transaction: PostgresTransaction) async throws {
        words = filter.words
        alternatives = filter.alternatives
        guard let range = filter.addresses else {
            sessions = nil
            positions = []
            if words.isEmpty, alternatives.isEmpty { return nil }
            return
        }
        let rows = try await transaction.query(
            """
            select position, session from chat.audit_addresses
            where place between $1 and $2 and position <= $3 limit \(AuditLimits.sessions + 1)
            """, [.text(range.first), .text(range.last), .int8(upTo.value)])
        let isKnown = rows.rowCount <= AuditLimits.sessions
        sessions = isKnown ? rows.map { rows.text($0, 1) }.compactMap { $0 } : nil
        positions = isKnown ? rows.map { rows.int($0, 0) }.compactMap { $0 } : []
        if !isKnown, words.isEmpty, alternatives.isEmpty { return nil }
    }

    /// The spans that have what is wanted, from the newest one.
    func spans(from: Int64, to: Int64, _ transaction: PostgresTransaction) async throws -> [Int64] {
        let range: [PostgresValue] = [.int8(from), .int8(to)]
        var found: Set<Int64>?
        func meet(_ spans: Set<Int64>) { found = found?.intersection(spans) ?? spans }
        // To look into a row for a word costs the planner nothing, but costs PostgreSQL more than all else.
        let settings = ["enable_indexscan": "off", "cpu_operator_cost": "1", "max_parallel_workers_per_gather": "0"]
        for (name, value) in settings { _ = try await transaction.query("set local \(name) = \(value)") }
        if !words.isEmpty {
            let rows = try await transaction.query(
                "\(Self.select) and words @> $3", range + [.int4s(words)])
            meet(Self.numbers(rows))
        }
        for list in alternatives { meet(try await spans(ofAny: list, range, transaction)) }
        if let sessions {
            let said = sessions.map { AuditWords.session(SessionID($0)) }
            let own = positions.map { AuditProjection.span(of: Position($0)) }.filter { (from...to).contains($0) }
            meet(try await spans(ofAny: said, range, transaction).union(own))
        }
        for name in settings.keys { _ = try await transaction.query("set local \(name) to default") }
        return (found ?? []).sorted(by: >)
    }

    private static let select = "select span from chat.audit_spans where whole and span between $1 and $2"

    /// Each word is looked for by itself: of many at once the planner expects that nearly every span has one.
    private func spans(
        ofAny words: [Int32], _ range: [PostgresValue], _ transaction: PostgresTransaction
    ) async throws -> Set<Int64> {
        let rows = try await transaction.query(
            """
            select a.span from unnest($3::integer[]) w (word) cross join lateral (
                \(Self.select) and words @> array[w.word] offset 0) a
            """, range + [.int4s(words)])
        return Self.numbers(rows)
    }

    private static func numbers(_ rows: PostgresResult) -> Set<Int64> { Set(rows.map { rows.int($0, 0) ?? -1 }) }
}
