/// How a database's schema stands to the one that this program brings.
public enum SchemaState: Sendable, Hashable {
    /// The same.
    case current
    /// The same, and what newer migrations have added without taking anything from older programs.
    case extended(by: [String])
    /// These migrations are missing; `chatserver migrate` applies them. In an empty database, all.
    case older(missing: [String])
    /// The database holds migrations that this program does not know and may not go on with: it was migrated by a
    /// newer one.
    case newer(unknown: [String])
    /// These migrations were applied with another text: the program or the database is not what it says.
    case changed([String])

    /// Whether this program may work with the database.
    public var isServed: Bool {
        switch self {
        case .current, .extended: true
        case .older, .newer, .changed: false
        }
    }
}

/// Why a schema cannot be brought up to date.
public enum SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It was migrated by a newer program.
    case newer(unknown: [String])
    /// Applied migrations differ from this program's.
    case changed([String])

    /// What an operator needs to know.
    public var description: String {
        switch self {
        case .newer(let names): "the database was migrated by a newer program: \(names.joined(separator: ", "))"
        case .changed(let names): "these migrations were applied with another text: \(names.joined(separator: ", "))"
        }
    }
}
