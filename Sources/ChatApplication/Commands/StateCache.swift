import ChatDomain

/// States at versions. A stale entry is harmless: the guard fails, and the decision is made anew.
typealias StateCache = GenerationalCache<StreamName, VersionedState>

extension StateCache {
    /// An answer may be older than what has been appended since the question.
    mutating func storeIfNewer(_ stream: StreamName, _ state: VersionedState) {
        if let present = find(stream), present.version > state.version { return }
        store(stream, state)
    }
}
