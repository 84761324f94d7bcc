public import ChatApplication
public import ChatDomain
import ChatProjections
import PostgresClient

extension PostgresReadModels {
    /// The next rows of the user's conversations, those with the newest messages first. Of a row, what is not the
    /// user's (`after`), not below `before`, or in archive files only falls out entry by entry.
    private static let blocksQuery = """
        with mine as materialized (
            select conversation, after from (
                select 'direct:' || least(user_id, peer_id) || ':' || greatest(user_id, peer_id) as conversation,
                    0::bigint as after
                from chat_read.direct_conversations where user_id = $1
                union all
                select 'group:' || group_id, joined_position from chat_read.group_reads where user_id = $1) c
            where $2 = '' or conversation = $2)
        select b.newest, greatest(m.after, chat_log.archived()), b.entries
        from chat_read.search_blocks b join mine m on m.conversation = b.conversation
        where b.newest > m.after and b.newest < $3 and b.oldest < $4
        order by b.newest desc limit $5
        """

    /// Rows that are read at once: few, for what is sought is often new, and then more and more.
    private static let blocksAtOnce = (fewest: 64, most: 2_048)

    /// See `ReadModels`.
    public func search(_ request: SearchRequest, atLeast: Position) async throws(EventLogError) -> SearchPage {
        let state = try await query(
            "select position, version from chat_read.projections where live and projection = 'search'", [])
        guard state.rowCount > 0, let upTo = state.int(0, 0), state.int(0, 1) == Int64(SearchProjection.version) else {
            return SearchPage(candidates: [], more: false, upTo: .start)
        }
        let before = request.before ?? Position(.max)
        let sought = TextSignature.Sought(request.folded)
        var found: [Position: [Position]] = [:]
        // Whatever stands above it was looked at.
        var newest = Position(.max)
        var count = min(max(request.atLeast, Self.blocksAtOnce.fewest), Self.blocksAtOnce.most)
        while true {
            let rows = try await query(
                ["conversation"], atLeast: atLeast, Self.blocksQuery,
                [
                    .int8(request.user.value), .text(request.conversation?.description ?? ""), .int8(newest.value),
                    .int8(before.value), .int8(Int64(count)),
                ])
            for row in 0..<rows.rowCount {
                let after = rows.int(row, 1) ?? 0
                for entry in SearchEntry.found(sought, in: rows.text(row, 2) ?? "")
                where entry.message.value > after && entry.message < before {
                    found[entry.message, default: []].append(entry.text)
                }
                newest = Position(rows.int(row, 0) ?? 0)
                // So many entries take a while, and clients wait on the same loop.
                if row % Self.blocksAtOnce.fewest == Self.blocksAtOnce.fewest - 1 { await Task.yield() }
            }
            let isAll = rows.rowCount < count
            let known = found.keys.filter { isAll || $0 > newest }.sorted(by: >)
            if isAll || known.count >= request.atLeast {
                return SearchPage(
                    candidates: known.map { SearchPage.Candidate(message: $0, texts: found[$0] ?? []) }, more: !isAll,
                    upTo: Position(upTo))
            }
            count = min(count * 4, Self.blocksAtOnce.most)
        }
    }
}
