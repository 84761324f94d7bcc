public import ChatApplication
import ChatDomain
import CommandLineTool
import Foundation
import Hashing
import JSONText
public import LogArchive
public import LogProof
import Sealing
import Zstandard

/// Writes the archive of one partition: a file of events, one of seals, and the manifest, which appears last. Each
/// appears under its name when it is whole and on the disk; until then it has `.part` behind it.
public final class PartitionWriter {
    static let eventsSuffix = ".jsonl.zst"
    private static let sealsSuffix = ".seals.jsonl.zst"

    private let folder: String
    private let header: ArchiveHeader
    private let stem: String
    private let events: FileAside
    private let seals: FileAside
    private var writer: ArchiveWriter
    private var tree = GrowingTree()
    private var segments: [ArchiveManifest.Segment] = []
    /// The segment that is being written.
    private var from: Position
    private var digest: String
    private var sealLines = SHA256Lines()
    private var sealCompressor: ZstandardCompressor

    /// Begins files in a folder, which is made if there is none.
    public init(_ folder: String, _ header: ArchiveHeader) throws {
        self.folder = folder
        self.header = header
        stem = ArchiveManifest.stem(header.from, header.to)
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ToolFailure(.failed, "folder \(DisplayText.printable(folder)) cannot be made")
        }
        events = try FileAside("\(folder)/\(stem)\(Self.eventsSuffix)")
        seals = try FileAside("\(folder)/\(stem)\(Self.sealsSuffix)")
        writer = ArchiveWriter(header)
        from = header.from
        digest = writer.digest
        sealCompressor = try ZstandardCompressor()
        try events.write(try Self.frame(writer.take()))
    }

    /// Adds the next events.
    public func add(_ page: [RecordedEvent]) throws {
        for event in page {
            writer.add(event)
            tree.add(MerkleTree.leaf(EventLeaf.bytes(of: event)[...]))
            if writer.segments > Int64(segments.count) { try endSegment(next: event.position.advanced(by: 1)) }
        }
    }

    /// Adds the next seals.
    public func add(_ page: [Seal]) throws {
        for seal in page {
            let line = JSONValue.object(seal.json).encoded() + [UInt8(ascii: "\n")]
            sealLines.add(line)
            try seals.write(try sealCompressor.update(line))
        }
    }

    /// Ends the files and lets them appear, the manifest last.
    public func finish() throws -> ArchiveManifest {
        writer.endSegment()
        if writer.segments > Int64(segments.count) { try endSegment(next: header.to.advanced(by: 1)) }
        let end = writer.finish()
        try events.write(try Self.frame(writer.take()))
        try seals.write(try sealCompressor.finish())
        let manifest = ArchiveManifest(
            header: header, file: stem + Self.eventsSuffix, bytes: events.count, digest: end.digest,
            root: Hexadecimal.text(tree.root.bytes), sealsFile: stem + Self.sealsSuffix, seals: sealLines.count,
            sealsDigest: sealLines.digest, segments: segments)
        let last = try FileAside("\(folder)/\(ArchiveManifest.name(header.from, header.to))")
        try last.write(manifest.encoded)
        for file in [events, seals, last] { try file.appear() }
        try FileAside.synchronize(folder)
        return manifest
    }

    /// Removes what was begun.
    public func abandon() {
        events.abandon()
        seals.abandon()
    }

    private func endSegment(next: Position) throws {
        let frame = try Self.frame(writer.take())
        segments.append(.init(from: from, offset: events.count, bytes: Int64(frame.count), digest: digest))
        try events.write(frame)
        from = next
        digest = writer.digest
    }

    private static func frame(_ bytes: [UInt8]) throws -> [UInt8] {
        var compressor = try ZstandardCompressor()
        return try compressor.update(bytes) + compressor.finish()
    }
}

/// What the lines of a file come to: the SHA-256 of each one's digest behind that of the lines before it.
struct SHA256Lines {
    private(set) var count: Int64 = 0
    private var chain = SHA256Digest.zero

    mutating func add(_ line: [UInt8]) {
        chain = SHA256.digest(chain.bytes + line)
        count += 1
    }

    var digest: String { Hexadecimal.text(chain.bytes) }
}

/// A file that appears under its name when it is whole and on the disk, readable by its owner only.
final class FileAside {
    private let path: String
    private let partial: String
    private let handle: FileHandle
    private(set) var count: Int64 = 0

    init(_ path: String) throws {
        self.path = path
        partial = path + ".part"
        try? FileManager.default.removeItem(atPath: partial)
        _ = FileManager.default.createFile(atPath: partial, contents: nil, attributes: [.posixPermissions: 0o600])
        guard let handle = FileHandle(forWritingAtPath: partial) else { throw Self.failure(path) }
        self.handle = handle
    }

    func write(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        do { try handle.write(contentsOf: Data(bytes)) } catch { throw Self.failure(path) }
        count += Int64(bytes.count)
    }

    func appear() throws {
        do {
            try handle.synchronize()
            try handle.close()
            if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
            try FileManager.default.moveItem(atPath: partial, toPath: path)
        } catch {
            throw Self.failure(path)
        }
    }

    func abandon() {
        try? handle.close()
        try? FileManager.default.removeItem(atPath: partial)
    }

    /// What appeared in a folder is there after a loss of power, too.
    static func synchronize(_ folder: String) throws {
        guard let handle = FileHandle(forReadingAtPath: folder) else { throw failure(folder) }
        do {
            try handle.synchronize()
            try handle.close()
        } catch {
            throw failure(folder)
        }
    }

    private static func failure(_ path: String) -> ToolFailure {
        ToolFailure(.failed, "\(DisplayText.printable(path)) cannot be written")
    }
}
