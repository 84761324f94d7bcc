import ChatApplication
import ChatProjections
import CommandLineTool
import EventLogPostgres
import LogAccess
import PostgresClient
import UnicodeText

/// A subcommand whose arguments make sense.
protocol ReplayCommand: Sendable {
    /// Whether the database must have this program's schema.
    var needsSchema: Bool { get }
    /// Whether it opens what is sealed, to make tables of it.
    var folds: Bool { get }
    /// Does it, and says how the program ends.
    func run(_ database: LogAccess) async throws -> ExitCode
}

extension ReplayCommand {
    /// Most commands look at the log.
    var needsSchema: Bool { true }
    /// Some only look at tables.
    var folds: Bool { false }
}

extension LogAccess {
    /// What rebuilds and verifications work with, over a connection of their own.
    func means(_ connection: PostgresConnection) -> ProjectionRebuild.Means {
        ProjectionRebuild.Means(
            connection: connection, log: log, keys: keys,
            environment: ProjectionEnvironment { UnicodeText.foldKey($0) }, host: HostName.current)
    }
}

/// The projections that a command line names.
enum ProjectionArguments {
    /// Their names, for people.
    static var known: String { names.joined(separator: ", ") }

    static var names: [String] { ProjectionCatalog.all.map { $0.name } }

    /// As a command takes them: any number.
    static var declared: Argument { Argument("PROJECTION", .any, words: names) }

    /// Those that were named, each once; all if none was.
    static func chosen(_ invocation: Invocation) throws(UsageError) -> [any Projection.Type] {
        var chosen: [any Projection.Type] = []
        for name in invocation.arguments where !chosen.contains(where: { $0.name == name }) {
            chosen.append(try projection(name))
        }
        return chosen.isEmpty ? ProjectionCatalog.all : chosen
    }

    /// The one of this name.
    static func projection(_ name: String) throws(UsageError) -> any Projection.Type {
        guard let kind = ProjectionCatalog.named(name) else {
            throw UsageError("there is no projection \(DisplayText.printable(name)); there are \(known)")
        }
        return kind
    }
}
