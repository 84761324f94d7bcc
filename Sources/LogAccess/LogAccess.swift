import ChatApplication
public import ChatDomain
public import CommandLineTool
public import EventLogPostgres
public import PostgresClient
public import Reactor

/// The log and what lies beside it, as a tool outside the cluster reaches them.
public struct LogAccess: Sendable {
    /// The log; a read waits for its answer as long as it takes.
    public let log: PostgresEventLog
    /// The sealing keys.
    public let keys: PostgresKeyStore
    /// The pool of both.
    public let pool: PostgresPool
    /// What of the log is in archives only; nil if all is in the database.
    public let archived: ArchivedPart?
    let folder: ArchiveFolder?
    private let conninfo: String
    private let program: String
    private let loop: EventLoop

    /// Connections of the pool: the log is read and appended, and keys are fetched, through it.
    private static let poolSize = 6
    private static let patience = Duration.seconds(10)

    /// Opens the database of the option `--database`.
    ///
    /// - Parameters:
    ///   - program: the tool's name, which the database shows.
    ///   - requiringSchema: whether a database whose schema is not this program's is refused.
    public static func open(
        _ invocation: Invocation, program: String, requiringSchema: Bool, on loop: EventLoop
    ) async throws -> LogAccess {
        let conninfo = try invocation.required("database")
        let pool = PostgresPool(conninfo, applicationName: program, size: poolSize, on: loop) {
            try await LogConnection.prepare($0)
        }
        let access = LogAccess(
            log: PostgresEventLog(appends: pool, reads: pool, patience: nil), keys: PostgresKeyStore(pool: pool),
            pool: pool, archived: nil, folder: nil, conninfo: conninfo, program: program, loop: loop)
        guard requiringSchema else { return access }
        let connection = try await access.connect()
        guard try await SchemaMigrator(connection).state().isServed else {
            throw ToolFailure(
                .failed, "the schema is not the one of this program: run chatserver migrate, or use its own \(program)")
        }
        try await observeLife(connection)
        await connection.close()
        return try await access.knowingArchives(invocation)
    }

    /// The same, with a part of the log that is in archives only.
    func with(_ archived: ArchivedPart, _ folder: ArchiveFolder?) -> LogAccess {
        LogAccess(
            log: PostgresEventLog(appends: pool, reads: pool, patience: nil, archived: archived), keys: keys,
            pool: pool, archived: archived, folder: folder, conninfo: conninfo, program: program, loop: loop)
    }

    /// What this tool may append to a log that was restored must not pass for the life before.
    private static func observeLife(_ connection: PostgresConnection) async throws {
        let may = try await connection.query(
            "select not pg_is_in_recovery() and has_function_privilege('chat_log.observe_epoch()', 'execute')")
        if may.bool(0, 0) == true { _ = try await LogLife.observe(connection) }
    }

    /// A connection for one user alone, on the tool's loop or another.
    public func connect(on other: EventLoop? = nil) async throws -> PostgresConnection {
        let connection = try await PostgresConnection.connect(
            conninfo, applicationName: program, on: other ?? loop, timeout: Self.patience)
        try await LogConnection.prepare(connection)
        return connection
    }

    /// Refuses a database in which sealing keys were destroyed although the log does not say so: what they sealed would
    /// pass for erased.
    public func requireExplainedDestructions() async throws {
        let lost = try await keys.unexplainedDestructions(limit: 3)
        guard !lost.isEmpty else { return }
        throw ToolFailure(
            .failed,
            "sealing keys were destroyed although the log does not say so (\(lost.joined(separator: "; "))): bring "
                + "chat_private.sealing_keys back from a backup, or have chat-audit erase say it")
    }
}

extension LogAccess {
    /// Who has something done with this tool.
    public func origin() async throws -> ReplayOrigin {
        let role = try await pool.withConnection { try await $0.query("select session_user::text").text(0, 0) }
        return ReplayOrigin(role: role ?? "", host: HostName.current)
    }

    /// The user of this id or name; ends with 1 if there is none.
    public func user(_ text: String) async throws -> UserID {
        if let id = Int64(text) {
            let account = try await log.heads(of: [.account(UserID(id))]).first
            if account?.version ?? 0 > 0 { return UserID(id) }
        } else {
            let digest = Credentials(pepper: try await keys.namePepper()).digest(ofName: text)
            let name = try await log.heads(of: [.name(digest: digest)]).first?.decodedState
            if case .name(let state)? = name, let owner = state.owner { return owner }
        }
        throw ToolFailure(.negative, "there is no user \(DisplayText.printable(text))")
    }
}
