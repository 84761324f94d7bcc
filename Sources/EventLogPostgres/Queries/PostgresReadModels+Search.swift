public import ChatApplication
public import ChatDomain
import ChatProjections
import PostgresClient

extension PostgresReadModels {
    /// The index gives the rows that have all pairs of the query, wherever they were said; with a conversation, only
    /// those that were said there. What is not the user's falls out then; that the pairs stand together is seen last.
    private static func searchQuery(_ index: String) -> String {
        """
        with mine as materialized (
            select conversation, after from (
                select 'direct:' || least(user_id, peer_id) || ':' || greatest(user_id, peer_id) as conversation,
                    0::bigint as after
                from chat_read.direct_conversations where user_id = $1
                union all
                select 'group:' || group_id, joined_position from chat_read.group_reads where user_id = $1) c
            where $6 = '' or conversation = $6),
        found as (
            select t.position
            from chat_read.message_texts t join mine m on m.conversation = t.conversation and t.position > m.after
            where \(index) @> $2
                and strpos(t.folded, $3) > 0 and t.position < $4
                and t.position > (select chat_log.archived())
            order by t.position desc limit $5)
        select p.position, f.position
        from (select position from chat_read.projections where live and projection = 'search') p
        left join found f on true
        order by f.position desc nulls last
        """
    }

    /// See `ReadModels`.
    public func search(_ request: SearchRequest, atLeast: Position) async throws(EventLogError) -> SearchPage {
        let stored = SearchText.stored(request.folded)
        let (index, sought) = try await index(request.conversation, stored)
        let rows = try await query(
            ["conversation"], atLeast: atLeast, Self.searchQuery(index),
            [
                .int8(request.user.value), sought, .text(stored),
                .int8(request.before?.value ?? Int64.max), .int8(Int64(request.limit) + 1),
                .text(request.conversation?.description ?? ""),
            ])
        let found = rows.map { rows.int($0, 1).map { Position($0) } }.compactMap { $0 }
        return SearchPage(
            positions: Array(found.prefix(request.limit)), more: found.count > request.limit,
            upTo: Position(rows.rowCount > 0 ? rows.int(0, 0) ?? 0 : 0))
    }

    /// What the index of the live set is over, and what of it is sought. Until the roll-out of version 3 it has words.
    private func index(
        _ conversation: Conversation?, _ stored: String
    ) async throws(EventLogError) -> (String, PostgresValue) {
        let rows = try await query(
            "select version from chat_read.projections where live and projection = 'search'", [])
        guard rows.rowCount > 0, let version = rows.int(0, 0), version < 3 else {
            let numbers = conversation.map { [SearchText.number(of: $0)] } ?? []
            return ("numbers", .int4s(numbers + SearchText.pairs(stored)))
        }
        let pairs = zip(stored.unicodeScalars, stored.unicodeScalars.dropFirst()).map { "\($0)\($1)" }
        let words = (conversation.map { [$0.description] } ?? []) + Set(pairs)
        return ("string_to_array(terms, E'\\x01')", .textArray(words))
    }
}
