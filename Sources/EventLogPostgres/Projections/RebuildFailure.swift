public import ChatDomain
public import ChatProjections

/// Why a rebuild or a rollback did not come to its end. The live tables are as they were.
public enum RebuildFailure: Error, Sendable, CustomStringConvertible {
    /// Another one is running; who, if that could be seen.
    case busy(String?)
    /// There is no such projection.
    case unknown(String)
    /// The projection was never migrated.
    case missing(String)
    /// The fold cannot take an event.
    case stuck(String, Position, ProjectionError)
    /// The new set was taken away meanwhile.
    case moved(String)
    /// A table holds another number of rows than were folded for it.
    case incomplete(String, folded: Int, stored: Int)
    /// Somebody's transaction holds the views open for too long.
    case held(String?)
    /// No set is kept that could come back.
    case nothingKept([String])
    /// The set is of a version that this program does not know.
    case otherVersion(String, Int)

    /// The live tables are of a version that is newer than the program's.
    case newer(String, Int)

    /// The set would have to be folded from events that are in archive files only.
    case archived(String, Position)

    /// One line for people.
    public var description: String {
        switch self {
        case .busy(let who): "another rebuild or rollback is running" + (who.map { " (\($0))" } ?? "")
        case .unknown(let name): "there is no projection \(name)"
        case .missing(let name): "projection \(name) has no tables yet: run chatserver migrate"
        case .stuck(let name, let position, let error):
            "projection \(name) cannot take the event at position \(position): \(error)"
        case .moved(let name): "the new tables of projection \(name) were changed by somebody else"
        case .incomplete(let table, let folded, let stored):
            "table \(table) holds \(stored) rows where \(folded) were folded"
        case .held(let who):
            "a transaction holds the read tables open" + (who.map { " (\($0))" } ?? "")
                + "; what was built is kept, and the next run goes on from it"
        case .nothingKept(let names):
            "no earlier tables are kept for \(names.joined(separator: ", "))"
        case .otherVersion(let name, let version):
            "the earlier tables of projection \(name) are of version \(version): use the chat-replay of that version"
        case .newer(let name, let version):
            "the tables of projection \(name) are of version \(version), which is newer than this program"
        case .archived(let name, let position):
            "positions up to \(position) are in archive files only: run this program's chat-replay rebuild \(name) "
                + "--archive DIR"
        }
    }
}
