import ChatApplication
public import ChatDomain
public import EventLogPostgres
import Foundation
import Hashing
public import LogArchive
import Sealing
import Zstandard

/// The archive of one partition, as it is read: its manifest, and any segment of its events by itself.
public struct PartitionArchive: Sendable {
    /// What the archive says of itself.
    public let manifest: ArchiveManifest
    /// The SHA-256 of the manifest, in hexadecimal.
    public let digest: String
    private let folder: String

    /// Opens the archive of positions; its header and its end are read, too.
    /// - Throws: `ArchiveDefect`.
    public static func open(_ folder: String, from: Position, to: Position) throws -> PartitionArchive {
        let name = ArchiveManifest.name(from, to)
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
            throw ArchiveDefect(from, "\(name) is missing")
        }
        let bytes = Array(data)
        guard let manifest = ArchiveManifest(bytes), manifest.header.from == from, manifest.header.to == to else {
            throw ArchiveDefect(from, "\(name) is not the manifest of positions \(from) to \(to)")
        }
        let archive = PartitionArchive(
            manifest: manifest, digest: Hexadecimal.text(SHA256.digest(bytes).bytes), folder: folder)
        try archive.checkEnds()
        return archive
    }

    /// Opens an archive that the database knows.
    /// - Throws: `ArchiveDefect` also if it is another one.
    public static func open(_ folder: String, _ record: ArchiveRecord) throws -> PartitionArchive {
        let archive = try open(folder, from: record.first, to: record.last)
        guard archive.digest == record.manifest else {
            throw ArchiveDefect(record.first, "\(record.file) is not the manifest that was recorded")
        }
        return archive
    }

    /// The events of a segment, each line proven.
    func events(ofSegment number: Int) throws -> [RecordedEvent] {
        let segment = manifest.segments[number]
        var reader = ArchiveReader(
            resuming: manifest.header, at: segment.from, segments: Int64(number), digest: segment.digest)
        let plain = try read(segment.offset, segment.bytes, at: segment.from)
        let lines = try taking(plain, &reader)
        let events = lines.compactMap { if case .event(let event) = $0 { event } else { nil } }
        guard case .segment? = lines.last, events.count == lines.count - 1,
            events.last?.position == manifest.last(ofSegment: number)
        else { throw defect(reader.next, "a segment has other events than the manifest says") }
        return events
    }

    /// The header is the manifest's; the end says what the manifest says; and there is nothing else in the file.
    private func checkEnds() throws {
        let (from, to) = (manifest.header.from, manifest.header.to)
        guard let first = manifest.segments.first, let last = manifest.segments.last else { return }
        var opening = ArchiveReader()
        guard case .header(manifest.header)? = try taking(try read(0, first.offset, at: from), &opening).first else {
            throw defect(from, "its header is another one than the manifest says")
        }
        let end = last.offset + last.bytes
        guard end < manifest.bytes else { throw defect(from, "the manifest says nothing of its end") }
        let ending = try read(end, manifest.bytes - end, at: last.from)
        var reader = ArchiveReader(
            resuming: manifest.header, at: to.advanced(by: 1), segments: Int64(manifest.segments.count),
            digest: manifest.digest)
        guard case .end? = try taking(ending, &reader).last, try size() == manifest.bytes else {
            throw defect(last.from, "its end is another one than the manifest says")
        }
    }

    private func size() throws -> Int64? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(manifest.file)")
        return (attributes?[.size] as? NSNumber)?.int64Value
    }

    private func taking(_ plain: [UInt8], _ reader: inout ArchiveReader) throws -> [ArchiveLine] {
        do throws(ArchiveFailure) {
            return try reader.take(plain)
        } catch {
            throw defect(max(reader.next, manifest.header.from), error.reason)
        }
    }

    /// A frame, decompressed.
    private func read(_ offset: Int64, _ count: Int64, at position: Position) throws -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: "\(folder)/\(manifest.file)") else {
            throw ArchiveDefect(position, "\(manifest.file) is missing")
        }
        defer { try? handle.close() }
        var plain: [UInt8] = []
        do {
            try handle.seek(toOffset: UInt64(offset))
            let data = try handle.read(upToCount: Int(count)) ?? Data()
            guard data.count == count else { throw defect(position, "it ends too early") }
            var decompressor = try ZstandardDecompressor()
            try decompressor.update(Array(data)) { plain += $0 }
            try decompressor.finish()
        } catch let error as ZstandardError {
            throw defect(position, "\(error)")
        } catch let error as ArchiveDefect {
            throw error
        } catch {
            throw defect(position, "it cannot be read")
        }
        return plain
    }

    private func defect(_ position: Position, _ reason: String) -> ArchiveDefect {
        ArchiveDefect(position, "\(manifest.file): \(reason)")
    }
}
