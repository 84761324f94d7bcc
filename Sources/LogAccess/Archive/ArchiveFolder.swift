public import ChatApplication
public import ChatDomain
public import EventLogPostgres
import Foundation
import LogArchive
import Reactor
import Synchronization

/// A folder with archives of partitions, read segment by segment: a position is found without reading what is before it.
public final class ArchiveFolder: ArchivedEvents, Sendable {
    /// Segments that are kept decoded: with the largest, some 40 MiB.
    private static let kept = 4

    private let path: String
    private let records: [ArchiveRecord]
    private let pool = BlockingPool(name: "archive", threads: 2, queueLimit: 64)
    private let state = Mutex(State())

    private struct State {
        var archives: [Position: PartitionArchive] = [:]
        /// The segment that was used last is the last one.
        var segments: [[RecordedEvent]] = []
    }

    /// A folder in which these archives should be, in order.
    public init(_ path: String, _ records: [ArchiveRecord]) {
        self.path = path
        self.records = records
    }

    /// Archives of which a file is not there.
    public func missing() -> [String] {
        let files = FileManager.default
        return records.map(\.file).filter { name in
            let events = name.replacing(".manifest.json", with: PartitionWriter.eventsSuffix)
            return !files.fileExists(atPath: "\(path)/\(name)") || !files.fileExists(atPath: "\(path)/\(events)")
        }
    }

    /// See `ArchivedEvents`.
    public func events(after: Position, upTo: Position) async throws -> [RecordedEvent] {
        let position = after.advanced(by: 1)
        if let segment = cached(position) { return Self.part(of: segment, position, upTo) }
        let archive = try await archive(of: position)
        guard let number = archive.manifest.segment(of: position) else {
            throw ArchiveDefect(position, "no archive has it")
        }
        let segment = try await pool.run { try archive.events(ofSegment: number) }
        state.withLock { state in
            state.segments.append(segment)
            if state.segments.count > Self.kept { state.segments.removeFirst() }
        }
        return Self.part(of: segment, position, upTo)
    }

    private func cached(_ position: Position) -> [RecordedEvent]? {
        state.withLock { state in
            let index = state.segments.firstIndex { segment in
                segment.first.map { $0.position <= position } ?? false
                    && segment.last.map { $0.position >= position } ?? false
            }
            guard let index else { return nil }
            let segment = state.segments.remove(at: index)
            state.segments.append(segment)
            return segment
        }
    }

    private static func part(of segment: [RecordedEvent], _ from: Position, _ upTo: Position) -> [RecordedEvent] {
        guard let first = segment.first?.position, let last = segment.last?.position, from <= upTo else { return [] }
        let start = Int(from.value - first.value)
        let end = Int(min(upTo, last).value - first.value)
        return Array(segment[start...end])
    }

    private func archive(of position: Position) async throws -> PartitionArchive {
        guard let record = records.first(where: { $0.first <= position && position <= $0.last }) else {
            throw ArchiveDefect(position, "no archive has it")
        }
        if let known = state.withLock({ $0.archives[record.first] }) { return known }
        let opened = try await pool.run { [path] in try PartitionArchive.open(path, record) }
        state.withLock { $0.archives[record.first] = opened }
        return opened
    }
}
