import ChatDomain

/// States at versions, bounded by two generations: what was not asked for during one is forgotten.
///
/// A stale entry is harmless: the guard fails, and the decision is made anew.
struct StateCache {
    private let limit: Int
    private var young: [StreamName: VersionedState] = [:]
    private var old: [StreamName: VersionedState] = [:]

    init(limit: Int) { self.limit = limit }

    mutating func find(_ stream: StreamName) -> VersionedState? {
        if let found = young[stream] { return found }
        guard let found = old[stream] else { return nil }
        store(stream, found)
        return found
    }

    mutating func store(_ stream: StreamName, _ state: VersionedState) {
        if young.count >= limit {
            old = young
            young = [:]
        }
        young[stream] = state
    }

    /// An answer may be older than what has been appended since the question.
    mutating func storeIfNewer(_ stream: StreamName, _ state: VersionedState) {
        if let present = find(stream), present.version > state.version { return }
        store(stream, state)
    }

    mutating func forget(_ stream: StreamName) {
        young[stream] = nil
        old[stream] = nil
    }

    mutating func forgetAll() {
        young = [:]
        old = [:]
    }
}
