/// Which statements are prepared on one connection. Bounded; names are never used twice.
struct StatementCache {
    /// A statement's text with the types of its parameters.
    struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    /// How to run a statement now.
    enum Plan: Equatable {
        case usePrepared(String)
        /// Prepare it under this name, then use it. `evicting` is to be deallocated before.
        case prepare(String, evicting: String?)
        /// Its preparation is still under way, and may fail: run it on its own.
        case sendUnprepared
    }

    private struct Entry {
        let name: String
        var confirmed: Bool
        var lastUse: UInt64
    }

    private let limit: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func plan(_ key: Key) -> Plan {
        uses += 1
        if let index = entries.index(forKey: key) {
            guard entries.values[index].confirmed else { return .sendUnprepared }
            entries.values[index].lastUse = uses
            return .usePrepared(entries.values[index].name)
        }
        guard entries.count < limit || makesRoom else { return .sendUnprepared }
        let evicted = entries.count < limit ? nil : evict()
        names += 1
        let name = "s\(names)"
        entries[key] = Entry(name: name, confirmed: false, lastUse: uses)
        return .prepare(name, evicting: evicted)
    }

    /// The server has prepared the statement.
    mutating func confirm(_ key: Key) { entries[key]?.confirmed = true }

    /// The statement could not be prepared, or its plan is void.
    mutating func forget(_ key: Key) { entries[key] = nil }

    private var makesRoom: Bool { entries.contains { $0.value.confirmed } }

    /// Linear in the size of the cache: evictions are rare, lookups are not.
    private mutating func evict() -> String? {
        let oldest = entries.filter { $0.value.confirmed }.min { $0.value.lastUse < $1.value.lastUse }
        guard let oldest else { return nil }
        entries[oldest.key] = nil
        return oldest.value.name
    }
}
