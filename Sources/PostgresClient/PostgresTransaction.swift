/// A transaction that holds its connection: other callers' requests wait until it has ended.
public struct PostgresTransaction: PostgresSession {
    /// The connection that is held. Its own methods wait for the transaction's end: do not await them inside.
    public let connection: PostgresConnection
    let holder: UInt64

    /// Runs one statement in the transaction. After a failure only the end of the transaction is possible.
    public func query(
        _ sql: String, _ parameters: [PostgresValue] = [], timeout: Duration? = nil
    ) async throws(PostgresError) -> PostgresResult {
        try await connection.query(sql, parameters, timeout: timeout, holder: holder)
    }

    /// As `PostgresConnection.execute(script:timeout:)`, in the transaction. The script must not end it.
    public func execute(script: String, timeout: Duration? = nil) async throws(PostgresError) {
        try await connection.execute(script: script, timeout: timeout, holder: holder)
    }

    /// As `PostgresConnection.copyIn(_:from:)`, in the transaction.
    public func copyIn(_ statement: String, from next: () async throws -> [UInt8]?) async throws -> Int {
        try await connection.copyIn(statement, holder: holder, from: next)
    }

    /// As `PostgresConnection.copyOut(_:_:)`, in the transaction.
    public func copyOut(_ statement: String, _ body: (PostgresResult) async throws -> Void) async throws -> Int {
        try await connection.copyOut(statement, holder: holder, body)
    }
}

extension PostgresConnection {
    /// Runs `body` between BEGIN and COMMIT, or ROLLBACK when it throws, on the caller's executor.
    ///
    /// - Parameter begin: the opening statement, as `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`.
    /// - Throws: what `body` threw; or a `PostgresError`, `connectionLost` from the commit meaning that it is unknown
    ///   whether the transaction was committed.
    public nonisolated func transaction<Value>(
        begin: String = "BEGIN", _ body: (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        let transaction = PostgresTransaction(connection: self, holder: try await hold())
        do {
            _ = try await transaction.query(begin)
            let value = try await body(transaction)
            guard try await transaction.query("COMMIT").commandTag == "COMMIT" else {
                throw PostgresError(.server, "a statement of the transaction had failed", sqlState: "25P02")
            }
            await release(transaction.holder)
            return value
        } catch {
            await rollBack(transaction.holder)
            throw error
        }
    }

    private func hold() async throws(PostgresError) -> UInt64 {
        let turn = newRequest(.turn)
        let id = turn.id
        _ = try await perform(turn, .hold, timeout: nil, holder: nil)
        return id
    }

    private func release(_ holder: UInt64) {
        queue.release(holder)
        advance()
    }

    /// Waited for even by a cancelled task: who gets the connection next must find it outside a transaction.
    private func rollBack(_ holder: UInt64) async {
        let request = newRequest(.query(StatementCache.Key(sql: "ROLLBACK", types: []), ParameterBlock([])))
        if isOpen {
            _ = try? await perform(request, .ordinary, timeout: nil, holder: holder, uncancellable: true)
        }
        release(holder)
    }
}
