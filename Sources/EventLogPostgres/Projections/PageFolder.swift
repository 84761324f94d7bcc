import ChatApplication
import ChatDomain
import ChatProjections

/// Folds pages of the log into stored sets, as statements. For one task at a time.
final class PageFolder {
    private let projections: [String: any Projection]
    private let decoding: EventDecoding

    init(_ kinds: [any Projection.Type], environment: ProjectionEnvironment, keys: any SealingKeyStore) {
        projections = Dictionary(
            kinds.map { ($0.name, $0.init(environment: environment)) }, uniquingKeysWith: { $1 })
        decoding = EventDecoding(keys: keys)
    }

    /// What the events come to for each of the sets, whose projections are among those.
    func pages(_ sets: [BuiltSet], _ events: [RecordedEvent]) async throws -> [FoldedPage] {
        guard let end = events.last?.position else {
            throw RebuildFailure.moved(sets.map { $0.kind.name }.joined(separator: ", "))
        }
        let decoded = try await decoding.decode(
            events, types: sets.reduce(into: []) { $0.formUnion($1.kind.eventTypes) },
            opened: sets.reduce(into: []) { $0.formUnion($1.kind.openedTypes) })
        return try sets.map { set in
            guard let projection = projections[set.kind.name] else { throw RebuildFailure.missing(set.kind.name) }
            let page = FoldedPage(projection, set: set.number, events: decoded, end: end)
            if let failure = page.failure {
                throw RebuildFailure.stuck(set.kind.name, failure.position, failure.error)
            }
            return page
        }
    }
}
