public import ChatApplication
public import ChatDomain
import EventCodec

/// Events that were moved out of the database, as whoever has the files reads them.
public protocol ArchivedEvents: Sendable {
    /// Some of the events behind `after` and up to `upTo`, in order: one at least, and as many as are at hand.
    /// - Throws: ``ArchiveDefect``, if they are not what was written, or the file is missing.
    func events(after: Position, upTo: Position) async throws -> [RecordedEvent]
}

/// An archive file is not what was written, from a position on.
public struct ArchiveDefect: Error, Sendable, CustomStringConvertible {
    /// The first event that cannot be read.
    public var position: Position
    /// What is wrong, and with which file.
    public var reason: String

    /// A defect.
    public init(_ position: Position, _ reason: String) {
        self.position = position
        self.reason = reason
    }

    /// One line for people.
    public var description: String { "position \(position): \(reason)" }
}

/// The positions that are read from archive files, and not from the database.
public struct ArchivedPart: Sendable {
    /// The first one.
    public var first: Position
    /// The last one.
    public var last: Position
    /// The names of the archives that have them, in order.
    public var files: [String]
    /// How they are read; nil if the files are not at hand.
    public var events: (any ArchivedEvents)?

    /// A part.
    public init(first: Position = Position(1), last: Position, files: [String], events: (any ArchivedEvents)?) {
        self.first = first
        self.last = last
        self.files = files
        self.events = events
    }

    /// Names of files that are told at once.
    private static let namesTold = 3

    /// That the files are needed.
    public var missing: String {
        let names = files.prefix(Self.namesTold).joined(separator: ", ")
        let more = files.count > Self.namesTold ? " and \(files.count - Self.namesTold) more" : ""
        return "positions \(first) to \(last) are in archive files only: \(names)\(more); give --archive DIR with them"
    }

    /// Whether a position behind `after` is one of these.
    func concerns(after: Position) -> Bool { after < last }

    /// The files.
    func source() throws(EventLogError) -> any ArchivedEvents {
        guard let events else { throw .refused(missing) }
        return events
    }

    /// Hands out the events behind one position and up to another one, as far as they are archived; until `body` has
    /// enough. Gives the last position that was looked at.
    func scan(
        after: Position, upTo: Position, _ body: ([RecordedEvent]) async throws -> Bool
    ) async throws -> Position {
        let source = try source()
        let end = min(upTo, last)
        var position = after
        while position < end {
            try Task.checkCancellation()
            let events = try await source.events(after: position, upTo: end)
            guard let found = events.last?.position, events.first?.position == position.advanced(by: 1) else {
                throw ArchiveDefect(position.advanced(by: 1), "the archive does not have it")
            }
            position = found
            if try await !body(events) { break }
        }
        return position
    }

    /// The first events behind a position that are meant, at most `limit` or `LogPage.bytes`; and how far it looked.
    func page(
        after: Position, upTo: Position, limit: Int, where isMeant: (RecordedEvent) -> Bool = { _ in true }
    ) async throws(EventLogError) -> (events: [RecordedEvent], isFull: Bool) {
        var found: [RecordedEvent] = []
        var bytes = 0
        var isFull = limit <= 0
        do {
            _ = try await scan(after: after, upTo: upTo) { events in
                for event in events where isMeant(event) {
                    if isFull { break }
                    found.append(event)
                    bytes += event.payload.count
                    isFull = found.count >= limit || bytes >= LogPage.bytes
                }
                return !isFull
            }
        } catch {
            throw EventLogError(archive: error)
        }
        return (found, isFull)
    }
}

extension EventLogError {
    /// Whatever went wrong with a file, it does not go well a moment later.
    init(archive error: any Error) {
        switch error {
        case let error as EventLogError: self = error
        case let error as ArchiveDefect: self = .refused("\(error)")
        case is CancellationError: self = .unavailable("interrupted")
        default: self = .refused("an archive cannot be read: \(error)")
        }
    }
}

extension StreamName {
    /// Whether the database keeps all events of this stream when partitions are dropped: migrations/0018_archives.sql.
    var isKept: Bool { value.hasPrefix("account:") || value.hasPrefix("group:") || value == "erasures" }
}
