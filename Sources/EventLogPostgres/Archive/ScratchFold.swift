import ChatApplication
import ChatDomain
public import ChatProjections
import EventCodec
public import LogArchive
public import PostgresClient
import Sealing

/// Folds an archive into tables of a schema that nobody else sees, in any database that may be written to, whatever it
/// holds. The schema is made and dropped in one transaction: nothing is left behind, however it ends.
public struct ScratchFold: Sendable {
    /// Events of one page: few, so that a short log has several.
    private static let page = 50
    private static let schema = "chat_scratch"

    private let connection: PostgresConnection
    private let environment: ProjectionEnvironment

    /// A fold over a connection that may make a schema.
    public init(_ connection: PostgresConnection, environment: ProjectionEnvironment) {
        self.connection = connection
        self.environment = environment
    }

    /// Why an archive cannot be folded.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// One line for people.
        public let description: String
    }

    /// The tables of all projections after the events of the archive. It is held in memory: for short logs.
    public func run(_ lines: [ArchiveLine]) async throws -> [TableRows] {
        var keys = KeysOfArchive()
        var events: [RecordedEvent] = []
        for line in lines {
            if case .event(let event) = line { events.append(event) }
            if case .key(let key) = line { keys.keys[key.id] = key.key.flatMap(SealingKey.init) }
        }
        let decoding = EventDecoding(keys: keys)
        return try await connection.transaction { transaction in
            _ = try await transaction.query("CREATE SCHEMA \(Self.schema)")
            var tables: [TableRows] = []
            for kind in ProjectionCatalog.all {
                try await fold(kind, events, decoding, transaction)
                for table in kind.tables {
                    tables.append(try await TableRows.read(table, Self.inScratch(table.qualified(1)), transaction))
                }
            }
            _ = try await transaction.query("DROP SCHEMA \(Self.schema) CASCADE")
            return tables
        }
    }

    private func fold(
        _ kind: any Projection.Type, _ events: [RecordedEvent], _ decoding: EventDecoding,
        _ transaction: PostgresTransaction
    ) async throws {
        for statement in ProjectionSchema.createTables(kind, set: 1) + ProjectionSchema.createIndexes(kind, set: 1) {
            _ = try await transaction.query(Self.inScratch(statement))
        }
        let projection = kind.init(environment: environment)
        for start in stride(from: 0, to: events.count, by: Self.page) {
            let page = events[start..<min(start + Self.page, events.count)]
            let decoded = try await decoding.decode(Array(page), types: kind.eventTypes, opened: kind.openedTypes)
            let folded = FoldedPage(projection, set: 1, events: decoded, end: page[page.endIndex - 1].position)
            if let failure = folded.failure {
                throw Failure(
                    description: "projection \(kind.name) cannot take the event at position \(failure.position): "
                        + failure.error.reason)
            }
            for statement in folded.statements {
                _ = try await transaction.query(Self.inScratch(statement.text), statement.parameters)
            }
        }
    }

    /// Statements name every table with its schema, and nothing else with that schema; values are parameters.
    private static func inScratch(_ statement: String) -> String {
        statement.replacing("chat_read.\"", with: "\(schema).\"")
    }
}

/// The keys that an archive brings.
private struct KeysOfArchive: SealingKeyStore {
    var keys: [Int64: SealingKey] = [:]

    func keys(for subjects: [SealSubject]) async throws(EventLogError) -> [SealSubject: StoredKey] {
        throw .refused("a fold seals nothing")
    }

    func keys(ids: [Int64]) async throws(EventLogError) -> [Int64: SealingKey] {
        keys.filter { ids.contains($0.key) }
    }
}
