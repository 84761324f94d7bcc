import ChatApplication
public import ChatDomain
public import ChatProjections
import PostgresClient

/// Fills a new set of one or more projections beside the live ones, in one reading of the log.
final class SetBuilder {
    private let projections: [any Projection]
    private var tables: InMemoryTables
    private let decoding: EventDecoding
    /// How far the tables in memory are.
    private(set) var position = Position.start

    init(_ kinds: [any Projection.Type], environment: ProjectionEnvironment, keys: any SealingKeyStore) {
        projections = kinds.map { $0.init(environment: environment) }
        tables = InMemoryTables(kinds.flatMap { $0.tables })
        decoding = EventDecoding(keys: keys)
    }

    /// Folds a page in memory.
    func fold(_ events: [RecordedEvent]) async throws {
        guard let end = events.last?.position else { return }
        let decoded = try await decode(events)
        for projection in projections {
            let failure = projection.fold(decoded) { tables.apply($0) }
            if let failure { throw RebuildFailure.stuck(type(of: projection).name, failure.position, failure.error) }
        }
        position = end
    }

    /// The rows that stand in memory.
    func rows(_ table: TableSpec) -> [RowKey: [ColumnValue]] { tables.rows(table) }

    /// Forgets the rows, once they stand in the database.
    func forgetRows() { tables = InMemoryTables([]) }

    /// What a page comes to for one of the projections, as statements on its set.
    func page(_ name: String, set: Int, _ events: [RecordedEvent]) async throws -> FoldedPage? {
        guard let projection = projections.first(where: { type(of: $0).name == name }), let end = events.last?.position
        else { return nil }
        let page = FoldedPage(projection, set: set, events: try await decode(events), end: end)
        if let failure = page.failure { throw RebuildFailure.stuck(name, failure.position, failure.error) }
        return page
    }

    private func decode(_ events: [RecordedEvent]) async throws(EventLogError) -> [DecodedEvent] {
        let kinds = projections.map { type(of: $0) }
        return try await decoding.decode(
            events, types: kinds.reduce(into: []) { $0.formUnion($1.eventTypes) },
            opened: kinds.reduce(into: []) { $0.formUnion($1.openedTypes) })
    }

    /// Copies a table's rows into its stored set, in pieces of bounded size.
    func copy(_ table: TableSpec, set: Int, through transaction: PostgresTransaction) async throws {
        let rows = tables.rows(table)
        guard !rows.isEmpty else { return }
        var iterator = rows.values.makeIterator()
        var encoder = PostgresCopyEncoder()
        var ended = false
        let types = table.columns.map(\.type)
        _ = try await transaction.copyIn("copy \(table.qualified(set)) from stdin (format binary)") {
            if ended { return nil }
            while encoder.byteCount < Self.pieceBytes {
                guard let row = iterator.next() else {
                    ended = true
                    return encoder.finish()
                }
                encoder.append(zip(types, row).map { $0.exactly($1) })
            }
            return encoder.take()
        }
    }

    /// Bytes handed to a COPY at once.
    private static let pieceBytes = 256 * 1024
}

/// Why a rebuild did not come to its end. The live tables are as they were.
public enum RebuildFailure: Error, Sendable, CustomStringConvertible {
    /// Another one is running.
    case busy
    /// There is no such projection.
    case unknown(String)
    /// The projection was never migrated.
    case missing(String)
    /// The fold cannot take an event.
    case stuck(String, Position, ProjectionError)
    /// The new set was taken away meanwhile.
    case moved(String)

    /// One line for people.
    public var description: String {
        switch self {
        case .busy: "another rebuild is running"
        case .unknown(let name): "there is no projection \(name)"
        case .missing(let name): "projection \(name) has no tables yet: run chatserver migrate"
        case .stuck(let name, let position, let error):
            "projection \(name) cannot take the event at position \(position): \(error)"
        case .moved(let name): "the new tables of projection \(name) were changed by somebody else"
        }
    }
}
