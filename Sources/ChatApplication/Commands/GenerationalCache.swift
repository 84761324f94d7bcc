/// Values by key, bounded by two generations: what was not asked for during one is forgotten.
///
/// What was found or stored last is still there after the next `limit` - 1 others were stored.
struct GenerationalCache<Key: Hashable, Value> {
    private let limit: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    init(limit: Int) { self.limit = limit }

    /// What is stored, and young again.
    mutating func find(_ key: Key) -> Value? {
        if let found = young[key] { return found }
        guard let found = old[key] else { return nil }
        store(key, found)
        return found
    }

    /// What is stored.
    func peek(_ key: Key) -> Value? { young[key] ?? old[key] }

    mutating func store(_ key: Key, _ value: Value) {
        if young.count >= limit, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }

    mutating func forget(_ key: Key) {
        young[key] = nil
        old[key] = nil
    }

    mutating func forgetAll() {
        young = [:]
        old = [:]
    }
}
