import ChatApplication
import ChatDomain
import EventCodec
import Foundation
import LogArchive
import Testing

/// The recorded logs, as files. What they fold to is tested by `chat-replay golden`.
@Suite struct GoldenLogTests {
    private struct Stored: Hashable, CustomStringConvertible {
        var type: String
        var schema: Int
        var description: String { "\(type) \(schema)" }
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../replay/golden").standardizedFileURL

    /// What no run at rest leaves behind: a rebuild that failed, and the first event of a copy.
    private static let unrecorded: Set<EventType> = [.replayFailed, .logImported, .logArchived]

    private func events() throws -> [(log: String, stored: Stored)] {
        var found: [(log: String, stored: Stored)] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) {
            let log = Self.folder.appendingPathComponent("\(name)/log.jsonl")
            var reader = ArchiveReader()
            for line in try reader.take(Array(try Data(contentsOf: log))) {
                if case .event(let event) = line {
                    found.append((name, Stored(type: event.type, schema: event.schema)))
                }
            }
            try reader.finish()
        }
        return found
    }

    @Test func everyTypeIsRecordedInEverySchemaThatWasEverWritten() throws {
        let recorded = Set(try events().map(\.stored))
        let written = Set(
            EventType.allCases.filter { !Self.unrecorded.contains($0) }.flatMap { type in
                EventCodec.storedSchemas(of: type).map { Stored(type: type.rawValue, schema: $0) }
            })
        #expect(written.subtracting(recorded).isEmpty)
        #expect(recorded.subtracting(written).isEmpty)
    }
}
