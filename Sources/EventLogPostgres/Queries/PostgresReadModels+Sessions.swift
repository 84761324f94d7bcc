public import ChatApplication
public import ChatDomain
import PostgresClient

extension PostgresReadModels {
    /// See `ReadModels`.
    public func sessions(
        of user: UserID, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> SessionsPage {
        let open = try await query(
            ["session"], atLeast: atLeast,
            """
            select session, device, node, opened_at, address from chat_read.sessions
            where user_id = $1 order by opened_position limit $2
            """, [.int8(user.value), .int8(Int64(limit) + 1)])
        let devices = try await query(
            "select device, last_seen, online from chat_read.devices where user_id = $1 order by device",
            [.int8(user.value)])
        let sessions = open.map { row in
            SessionsPage.Session(
                id: SessionID(open.text(row, 0) ?? ""), device: open.text(row, 1),
                node: NodeName(open.text(row, 2) ?? ""), openedAt: open.timestamp(row, 3) ?? 0,
                address: open.text(row, 4))
        }
        return SessionsPage(
            sessions: Array(sessions.prefix(limit)), more: sessions.count > limit,
            devices: devices.map { row in
                SessionsPage.Device(
                    name: devices.text(row, 0) ?? "", lastSeen: devices.timestamp(row, 1) ?? 0,
                    isOnline: devices.bool(row, 2) ?? false)
            })
    }
}
