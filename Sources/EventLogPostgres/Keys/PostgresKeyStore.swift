public import ChatApplication
public import ChatDomain
public import EventCodec
public import PostgresClient
public import Sealing

/// The sealing keys, the secrets and the numbers that the database keeps beside the log.
public struct PostgresKeyStore: Sendable {
    private let pool: PostgresPool
    private let watch: KeyDestructionWatch?

    /// Over a pool of connections.
    ///
    /// - Parameter watch: says when keys were destroyed; nil for a tool, which keeps none for long.
    public init(pool: PostgresPool, watch: KeyDestructionWatch? = nil) {
        self.pool = pool
        self.watch = watch
    }

    /// The secret under which names are hashed.
    public func namePepper() async throws(EventLogError) -> [UInt8] {
        let rows = try await pool.answer("select chat_private.secret('name-pepper')", [])
        guard rows.rowCount == 1, let secret = rows.bytes(0, 0) else { throw .refused("the name pepper is missing") }
        return secret
    }
}

extension PostgresKeyStore: SealingKeyStore {
    /// See `SealingKeyStore`.
    public func keys(for subjects: [SealSubject]) async throws(EventLogError) -> [SealSubject: StoredKey] {
        let rows = try await pool.answer(
            "select id, key from chat_private.keys_for($1, $2, $3, $4)",
            [
                .int8Array(subjects.map(\.user.value)), .textArray(subjects.map(\.purpose)),
                .textArray(subjects.map(\.quarter)), .byteaArray(subjects.map { _ in SealingKey.random().bytes }),
            ])
        guard rows.rowCount == subjects.count else { throw .unavailable("sealing keys are missing") }
        var keys: [SealSubject: StoredKey] = [:]
        for (row, subject) in subjects.enumerated() {
            guard let id = rows.int(row, 0), let key = rows.bytes(row, 1).flatMap(SealingKey.init) else { continue }
            keys[subject] = StoredKey(id: id, key: key)
        }
        return keys
    }

    /// See `SealingKeyStore`.
    public func keys(ids: [Int64]) async throws(EventLogError) -> [Int64: SealingKey] {
        let rows = try await pool.answer("select id, key from chat_private.keys_by_id($1)", [.int8Array(ids)])
        var keys: [Int64: SealingKey] = [:]
        for row in 0..<rows.rowCount {
            if let id = rows.int(row, 0), let key = rows.bytes(row, 1).flatMap(SealingKey.init) { keys[id] = key }
        }
        return keys
    }
}

extension PostgresKeyStore {
    /// See `SealingKeyStore`.
    public func destroyed(of ids: [Int64]) async throws(EventLogError) -> Set<Int64> {
        let rows = try await pool.answer(
            "select id from chat_private.keys_by_id($1) where key is null", [.int8Array(ids)])
        return Set((0..<rows.rowCount).compactMap { rows.int($0, 0) })
    }

    /// See `SealingKeyStore`.
    public func quarters(of ids: [Int64]) async throws(EventLogError) -> [Int64: Quarter] {
        let rows = try await pool.answer(
            "select id, quarter from chat_private.keys_by_id($1) where purpose = 'texts'", [.int8Array(ids)])
        return (0..<rows.rowCount).reduce(into: [:]) { quarters, row in
            if let id = rows.int(row, 0) { quarters[id] = rows.text(row, 1).flatMap { Quarter($0) } }
        }
    }

    /// See `SealingKeyStore`.
    public var generation: Int64 { watch?.number ?? 0 }

    /// Looks whether keys were destroyed, by whomever.
    public func look() async throws(EventLogError) {
        guard let watch else { return }
        let rows = try await pool.answer("select chat_private.destruction_number()", [])
        if let number = rows.int(0, 0) { watch.saw(number) }
    }

    /// The first keys that were destroyed although the log does not say so, for people; empty if there are none.
    public func unexplainedDestructions(limit: Int) async throws(EventLogError) -> [String] {
        let rows = try await pool.answer(
            "select user_id, purpose, quarter from chat_private.unexplained_destructions() limit $1",
            [.int8(Int64(limit))])
        return (0..<rows.rowCount).map { row in
            "user \(rows.int(row, 0) ?? 0), \(rows.text(row, 1) ?? "") \(rows.text(row, 2) ?? "")"
        }
    }
}

extension PostgresKeyStore: TextKeyDestroyer {
    /// See `SealingKeyDestroyer`.
    public func destroyPersonKey(of user: UserID) async throws(EventLogError) {
        _ = try await pool.answer("select id from chat_private.destroy_keys($1, array['person'])", [.int8(user.value)])
    }

    /// See `TextKeyDestroyer`.
    public func livingQuarters(of user: UserID?) async throws(EventLogError) -> [Quarter] {
        let rows = try await pool.answer(
            "select * from chat_private.living_quarters($1)", [user.map { .int8($0.value) } ?? .null])
        return (0..<rows.rowCount).compactMap { rows.text($0, 0).flatMap { Quarter($0) } }
    }

    /// See `TextKeyDestroyer`.
    public func destroyTexts(of user: UserID?, quarters: [Quarter]) async throws(EventLogError) -> Int64 {
        let rows = try await pool.answer(
            "select chat_private.destroy_texts($1, $2)",
            [user.map { .int8($0.value) } ?? .null, .textArray(quarters.map(\.description))])
        return rows.int(0, 0) ?? 0
    }
}

extension PostgresKeyStore: IdentifierSource {
    /// See `IdentifierSource`.
    public func nextUser() async throws(EventLogError) -> UserID {
        UserID(try await next("chat_log.user_ids"))
    }

    /// See `IdentifierSource`.
    public func nextGroup() async throws(EventLogError) -> GroupID {
        GroupID(try await next("chat_log.group_ids"))
    }

    private func next(_ sequence: String) async throws(EventLogError) -> Int64 {
        let rows = try await pool.answer("select nextval('\(sequence)')", [])
        guard let number = rows.int(0, 0) else { throw .unavailable("no number was given") }
        return number
    }
}

extension SealSubject {
    fileprivate var user: UserID {
        switch self {
        case .person(let user), .texts(let user, _): user
        }
    }

    fileprivate var purpose: String {
        switch self {
        case .person: "person"
        case .texts: "texts"
        }
    }

    fileprivate var quarter: String {
        switch self {
        case .person: ""
        case .texts(_, let quarter): quarter.description
        }
    }
}
