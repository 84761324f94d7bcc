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
    private let opening: AuditOpening
    private let limit: Int
    private(set) var entries: [AuditEntry] = []
    /// The addresses of sessions that are not folded yet.
    private var unfolded: [SessionID: String] = [:]

    init(
        _ filter: AuditFilter, _ transaction: PostgresTransaction, progress: AuditProgress, opening: AuditOpening,
        limit: Int
    ) {
        self.filter = filter
        self.transaction = transaction
        self.progress = progress
        self.opening = opening
        self.limit = limit
    }

    private var isDone: Bool { entries.count >= limit }

    /// Looks behind one position and up to another one.
    mutating func run(after: Position, upTo: Position) async throws {
        try await learnAddresses(upTo: upTo)
        let end = max(after, progress.whole)
        try await scan(after: end, upTo: upTo)
        let top = min(upTo, end)
        guard !isDone, after < top else { return }
        if let wanted = try await AuditWanted(filter, upTo: top, transaction) {
            try await walk(wanted, after: after, upTo: top)
        } else {
            try await scan(after: after, upTo: top)
        }
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
        let rows = try await transaction.query(
            """
            select e.* from unnest($1::bigint[]) s (span) cross join lateral (
                select \(EventRows.columns), epoch from chat.audit_log e
                where e.position > s.span * \(AuditProjection.span)
                    and e.position <= s.span * \(AuditProjection.span) + \(AuditProjection.span)
                    and e.position > $2 and e.position <= $3\(prefilter.sql)) e
            order by e.position desc
            """, prefilter.parameters)
        _ = try await take(rows)
    }

    /// Adds what is meant of these rows; gives the last position among them.
    private mutating func take(_ rows: PostgresResult) async throws -> Position? {
        let events = try EventRows.events(rows)
        let openers = events.map { opening.opener($0, isFolded: $0.position <= progress.folded) }
        try await opening.keyring?.fetch(
            ids: zip(events, openers).compactMap { $1 == nil ? nil : EventCodec.keyID(of: $0.payload) })
        var found: [AuditEntry] = []
        for (row, event) in events.enumerated() {
            do throws(EventCodecError) {
                let epoch = rows.text(row, EventRows.columnCount) ?? ""
                found.append(try AuditEntry(event, epoch: epoch, opener: openers[row]))
            } catch {
                throw EventLogError.refused("the event at position \(event.position) cannot be read: \(error)")
            }
        }
        // The address is asked for last: of most events it is known only through their sessions.
        var plain = filter
        plain.addresses = nil
        found = found.filter(plain.matches)
        try await AuditLookup.addAddresses(&found, unfolded: unfolded, transaction)
        entries += found.filter(filter.matches).prefix(limit - entries.count)
        return events.last?.position
    }

    /// What is not folded yet says its address itself, as far as keys are at hand.
    private mutating func learnAddresses(upTo: Position) async throws {
        guard let keyring = opening.keyring, progress.folded < upTo else { return }
        let rows = try await transaction.query(
            """
            select \(EventRows.columns), epoch from chat.audit_log e
            where e.type = 'SessionOpened' and e.position > $1 and e.position <= $2
            """, [.int8(progress.folded.value), .int8(upTo.value)])
        let events = try EventRows.events(rows)
        try await keyring.fetch(ids: events.compactMap { EventCodec.keyID(of: $0.payload) })
        for event in events {
            guard let entry = try? AuditEntry(event, epoch: "", opener: keyring),
                case .sessionOpened(let opened) = entry.event
            else { continue }
            unfolded[opened.session] = opened.address
        }
    }
}

/// Which spans a filter means.
struct AuditWanted {
    private let words: [String]
    private let alternatives: [[String]]
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
        var parameters: [PostgresValue] = [.int8(from), .int8(to)]
        var sql = "select span from chat.audit_spans where whole and span between $1 and $2"
        func parameter(_ value: PostgresValue) -> String {
            parameters.append(value)
            return "$\(parameters.count)"
        }
        let indexed = AuditProjection.indexed
        if !words.isEmpty { sql += " and \(indexed) @> \(parameter(.textArray(words)))" }
        for list in alternatives { sql += " and \(indexed) && \(parameter(.textArray(list)))" }
        if let sessions {
            let said = parameter(.textArray(sessions.map { AuditWords.session(SessionID($0)) }))
            let own = parameter(.int8Array(positions.map { AuditProjection.span(of: Position($0)) }))
            sql += " and (\(indexed) && \(said) or span = any(\(own)))"
        }
        // To look into a row for a word costs the planner nothing, but costs PostgreSQL more than all else.
        _ = try await transaction.query("set local enable_indexscan = off")
        _ = try await transaction.query("set local cpu_operator_cost = 1")
        let rows = try await transaction.query(sql + " order by span desc", parameters)
        _ = try await transaction.query("set local enable_indexscan = on")
        _ = try await transaction.query("set local cpu_operator_cost to default")
        return rows.map { rows.int($0, 0) }.compactMap { $0 }
    }
}
