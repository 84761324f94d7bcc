public import ChatApplication
public import ChatDomain
import ChatProjections
import PostgresClient

extension PostgresReadModels {
    /// The user's conversations, and behind which position of each he or she may read.
    private static let mine = """
        with mine as materialized (
            select conversation, greatest(after, (select chat_log.archived())) as after from (
                select 'direct:' || least(user_id, peer_id) || ':' || greatest(user_id, peer_id) as conversation,
                    0::bigint as after
                from chat_read.direct_conversations where user_id = $1
                union all
                select 'group:' || group_id, joined_position from chat_read.group_reads where user_id = $1) c
            where $2 = '' or conversation = $2)
        """

    /// The next rows, those with the newest messages first. Of a row, what the user may not read, or is not below
    /// `before`, falls out entry by entry. Entries are fetched last: who has many conversations has many rows to sort.
    private static let blocksQuery = """
        \(mine),
        next as materialized (
            select b.conversation, b.block, b.newest, m.after
            from chat_read.search_blocks b join mine m on m.conversation = b.conversation
            where b.newest > m.after and b.newest > $3 and b.newest < $4 and b.oldest < $5
            order by b.newest desc limit $6)
        select n.newest, n.after, b.entries
        from next n join chat_read.search_blocks b on b.conversation = n.conversation and b.block = n.block
        order by n.newest desc
        """

    /// Edits of messages between two positions.
    private static let editsQuery = """
        \(mine)
        select e.message, e.position, e.signature
        from chat_read.search_edits e join mine m on m.conversation = e.conversation
        where e.message > m.after and e.message > $3 and e.message < $4
        """

    /// Rows that are read at once: few, for what is sought is often new, and then more and more. Of the longest texts one
    /// has 13 kB.
    private static let blocksAtOnce = (fewest: 64, most: 2_048)

    /// See `ReadModels`.
    public func search(_ request: SearchRequest, atLeast: Position) async throws(EventLogError) -> SearchPage {
        let state = try await query(
            "select position, version from chat_read.projections where live and projection = 'search'", [])
        guard state.rowCount > 0, let upTo = state.int(0, 0), state.int(0, 1) == Int64(SearchProjection.version) else {
            return SearchPage(candidates: [], more: false, upTo: .start)
        }
        var walk = SearchWalk(request, before: request.before ?? Position(.max))
        var count = min(max(request.atLeast, Self.blocksAtOnce.fewest), Self.blocksAtOnce.most)
        while true {
            let read = try await blocks(&walk, above: .start, below: walk.newest, limit: count, atLeast)
            let isAll = read < count
            if isAll { walk.newest = .start }
            if isAll || walk.known.count >= request.atLeast {
                // A block in which somebody spoke meanwhile may have leapt over the rows that were read.
                _ = try await blocks(&walk, above: walk.highest, below: Position(.max), limit: nil, atLeast)
                try await edits(&walk, atLeast)
                let known = walk.known.sorted(by: >)
                return SearchPage(
                    candidates: known.map { SearchPage.Candidate(message: $0, texts: walk.texts[$0] ?? []) },
                    more: !isAll, upTo: Position(upTo))
            }
            count = min(count * 4, Self.blocksAtOnce.most)
        }
    }

    /// Reads rows between two positions of their newest messages; returns how many.
    private func blocks(
        _ walk: inout SearchWalk, above: Position, below: Position, limit: Int?, _ atLeast: Position
    ) async throws(EventLogError) -> Int {
        let rows = try await query(
            ["conversation"], atLeast: atLeast, Self.blocksQuery,
            walk.asked + [
                .int8(above.value), .int8(below.value), .int8(walk.before.value),
                limit.map { .int8(Int64($0)) } ?? .null,
            ])
        for row in 0..<rows.rowCount {
            walk.take(rows.text(row, 2) ?? "", after: Position(rows.int(row, 1) ?? 0))
            let newest = Position(rows.int(row, 0) ?? 0)
            walk.highest = max(walk.highest, newest)
            if limit != nil { walk.newest = newest }
            // So many entries take a while, and clients wait on the same loop.
            if row % Self.blocksAtOnce.fewest == Self.blocksAtOnce.fewest - 1 { await Task.yield() }
        }
        return rows.rowCount
    }

    /// Reads the edits of all messages that were looked at.
    private func edits(_ walk: inout SearchWalk, _ atLeast: Position) async throws(EventLogError) {
        let rows = try await query(
            ["conversation"], atLeast: atLeast, Self.editsQuery,
            walk.asked + [.int8(walk.newest.value), .int8(walk.before.value)])
        for row in 0..<rows.rowCount {
            guard let signature = rows.text(row, 2), walk.sought.mayBeIn(signature.utf8.span),
                let message = rows.int(row, 0), let position = rows.int(row, 1)
            else { continue }
            walk.texts[Position(message), default: []].insert(Position(position))
        }
    }
}

/// A search on its way from the newest messages on.
private struct SearchWalk {
    let sought: TextSignature.Sought
    let before: Position
    /// Who asks, and where.
    let asked: [PostgresValue]
    /// The texts that may contain what is sought, by their messages.
    var texts: [Position: Set<Position>] = [:]
    /// Whatever stands above it was looked at.
    var newest = Position(.max)
    /// The newest message of any row that was read.
    var highest = Position.start

    init(_ request: SearchRequest, before: Position) {
        self.before = before
        sought = TextSignature.Sought(request.folded)
        asked = [.int8(request.user.value), .text(request.conversation?.description ?? "")]
    }

    mutating func take(_ entries: String, after: Position) {
        for message in SearchEntry.found(sought, in: entries) where message > after && message < before {
            texts[message, default: []].insert(message)
        }
    }

    /// Messages above which everything was looked at.
    var known: [Position] { texts.keys.filter { $0 > newest } }
}
