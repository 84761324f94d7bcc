public import ChatDomain
import JSONText

/// What an archive of a partition is, beside its events: where each segment stands, and what proves the whole.
///
/// The events' file is an exported log without keys, of which the header, each segment and the end are zstd frames of
/// their own: so a position is found without reading what comes before it.
public struct ArchiveManifest: Sendable, Hashable {
    /// The format's name.
    public static let format = "parley-archive"
    /// The format's version; another one is refused.
    public static let version: Int64 = 1

    /// A segment of the events' file.
    public struct Segment: Sendable, Hashable {
        /// Its first event's position.
        public var from: Position
        /// Where its frame begins in the file, in bytes.
        public var offset: Int64
        /// The frame's length in bytes.
        public var bytes: Int64
        /// The BLAKE2b of all lines before it, in hexadecimal.
        public var digest: String

        /// A segment.
        public init(from: Position, offset: Int64, bytes: Int64, digest: String) {
            self.from = from
            self.offset = offset
            self.bytes = bytes
            self.digest = digest
        }
    }

    /// The header of the events' file: its positions and lives.
    public var header: ArchiveHeader
    /// The events' file; its name, without a folder.
    public var file: String
    /// The file's length in bytes.
    public var bytes: Int64
    /// The BLAKE2b of all its lines but the last, in hexadecimal.
    public var digest: String
    /// The root of the Merkle tree over all events, in hexadecimal.
    public var root: String
    /// The file of the seals over these events; its name, without a folder.
    public var sealsFile: String
    /// How many seals there are.
    public var seals: Int64
    /// The SHA-256 of the lines of that file, in hexadecimal.
    public var sealsDigest: String
    /// The segments, in order.
    public var segments: [Segment]

    /// A manifest.
    public init(
        header: ArchiveHeader, file: String, bytes: Int64, digest: String, root: String, sealsFile: String,
        seals: Int64, sealsDigest: String, segments: [Segment]
    ) {
        self.header = header
        self.file = file
        self.bytes = bytes
        self.digest = digest
        self.root = root
        self.sealsFile = sealsFile
        self.seals = seals
        self.sealsDigest = sealsDigest
        self.segments = segments
    }

    /// The number of the segment that a position is in, from 0; nil if it is in none.
    public func segment(of position: Position) -> Int? {
        guard position >= header.from, position <= header.to else { return nil }
        var (low, high) = (0, segments.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if segments[middle].from <= position { low = middle } else { high = middle - 1 }
        }
        return segments.isEmpty ? nil : low
    }

    /// The last position of a segment.
    public func last(ofSegment number: Int) -> Position {
        number + 1 < segments.count ? segments[number + 1].from.advanced(by: -1) : header.to
    }

    /// The life of the log that a position belongs to.
    public func epoch(of position: Position) -> String {
        header.lineage.last { $0.from <= position }?.epoch ?? ""
    }
}

// MARK: - Names

extension ArchiveManifest {
    /// What the names of all files of an archive begin with: `events-FROM-TO`, in 16 digits each, so that names sort.
    public static func stem(_ from: Position, _ to: Position) -> String {
        func digits(_ position: Position) -> String {
            let text = "\(position.value)"
            return String(repeating: "0", count: max(0, 16 - text.count)) + text
        }
        return "events-\(digits(from))-\(digits(to))"
    }

    /// The name of a manifest.
    public static func name(_ from: Position, _ to: Position) -> String { stem(from, to) + ".manifest.json" }
}

// MARK: - JSON

extension ArchiveManifest {
    /// The manifest as it is written: one JSON object and a line's end.
    public var encoded: [UInt8] {
        var object: JSONObject = [
            "format": .string(Self.format), "formatVersion": .integer(Self.version),
            "epoch": .string(header.epoch), "lineage": .array(header.lineage.map(\.json)),
            "from": .integer(header.from.value), "to": .integer(header.to.value), "file": .string(file),
            "bytes": .integer(bytes), "digest": .string(digest), "root": .string(root),
            "sealsFile": .string(sealsFile), "seals": .integer(seals), "sealsDigest": .string(sealsDigest),
        ]
        object["segments"] = .array(
            segments.map { segment in
                [
                    "from": .integer(segment.from.value), "offset": .integer(segment.offset),
                    "bytes": .integer(segment.bytes), "digest": .string(segment.digest),
                ]
            })
        return JSONValue.object(object).encoded() + [UInt8(ascii: "\n")]
    }

    /// Nil if the bytes are no manifest of this version.
    public init?(_ bytes: [UInt8]) {
        guard let object = try? JSONValue.parse(bytes).objectValue, object["format"]?.stringValue == Self.format,
            object["formatVersion"]?.intValue == Self.version,
            let lives = object["lineage"]?.arrayValue, let from = object["from"]?.intValue,
            let to = object["to"]?.intValue, let file = object["file"]?.stringValue,
            let length = object["bytes"]?.intValue, let digest = object["digest"]?.stringValue,
            let root = object["root"]?.stringValue, let sealsFile = object["sealsFile"]?.stringValue,
            let seals = object["seals"]?.intValue, let sealsDigest = object["sealsDigest"]?.stringValue,
            let items = object["segments"]?.arrayValue
        else { return nil }
        let lineage = lives.compactMap { $0.objectValue.flatMap { ArchiveHeader.Life($0) } }
        let segments = items.compactMap { Segment($0) }
        guard lineage.count == lives.count, segments.count == items.count else { return nil }
        self.init(
            header: ArchiveHeader(
                lineage: lineage, from: Position(from), to: Position(to), users: 0, groups: 0, redacted: false),
            file: file, bytes: length, digest: digest, root: root, sealsFile: sealsFile, seals: seals,
            sealsDigest: sealsDigest, segments: segments)
        guard isConsistent else { return nil }
    }

    /// Whether segments follow each other in position and place, and names stay in their folder.
    private var isConsistent: Bool {
        guard header.from.value >= 1, segments.first?.from == header.from,
            segments.last.map({ $0.from <= header.to })
                ?? false
        else { return false }
        for (one, next) in zip(segments, segments.dropFirst()) {
            guard one.from < next.from, one.bytes > 0, one.offset + one.bytes == next.offset else { return false }
        }
        return [file, sealsFile].allSatisfy { !$0.contains("/") && !$0.isEmpty }
    }
}

extension ArchiveManifest.Segment {
    fileprivate init?(_ value: JSONValue) {
        guard let from = value["from"]?.intValue, let offset = value["offset"]?.intValue,
            let bytes = value["bytes"]?.intValue, let digest = value["digest"]?.stringValue, offset > 0, bytes > 0
        else { return nil }
        self.init(from: Position(from), offset: offset, bytes: bytes, digest: digest)
    }
}

extension ArchiveHeader.Life {
    var json: JSONValue {
        ["epoch": .string(epoch), "from": .integer(from.value), "at": .string(ArchiveTime.text(at))]
    }

    init?(_ life: JSONObject) {
        guard let epoch = life["epoch"]?.stringValue, let from = life["from"]?.intValue,
            let at = life["at"]?.stringValue.flatMap(ArchiveTime.microseconds)
        else { return nil }
        self.init(epoch: epoch, from: Position(from), at: at)
    }
}
