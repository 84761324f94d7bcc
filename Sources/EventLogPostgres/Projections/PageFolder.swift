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

    /// What the events come to for one of the projections; nil if there are none.
    func page(_ name: String, set: Int, _ events: [RecordedEvent]) async throws -> FoldedPage? {
        guard let projection = projections[name], let end = events.last?.position else { return nil }
        let kind = type(of: projection)
        let decoded = try await decoding.decode(events, types: kind.eventTypes, opened: kind.openedTypes)
        let page = FoldedPage(projection, set: set, events: decoded, end: end)
        if let failure = page.failure { throw RebuildFailure.stuck(name, failure.position, failure.error) }
        return page
    }
}
