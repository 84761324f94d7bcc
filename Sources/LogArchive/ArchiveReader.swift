import ChatApplication
public import ChatDomain
import JSONText

/// Why an archive is refused: the first line that is not what it must be.
public struct ArchiveFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line, from 1.
    public var line: Int
    /// What is wrong, without what stands in it.
    public var reason: String

    /// A failure at a line.
    public init(line: Int, _ reason: String) {
        self.line = line
        self.reason = reason
    }

    /// One line for people.
    public var description: String { "line \(line): \(reason)" }
}

/// Reads an archive that comes in pieces, and proves each line before it is given out: that it is what was written,
/// that it stands where it must, and that none is missing.
public struct ArchiveReader {
    /// The longest line, in bytes: some ten times that of the largest event.
    public static let longestLine = 16 * 1024 * 1024

    private var chain = ArchiveChain()
    private var rest: [UInt8] = []
    /// Lines that were read to the end.
    public private(set) var lines = 0
    private var header: ArchiveHeader?
    /// The position that the next event must have.
    public private(set) var next = Position(1)
    private var lastTime = Int64.min
    private var segmentFrom = Position(1)
    private var segments: Int64 = 0
    private var isEnded = false

    /// A reader at the file's beginning.
    public init() {}

    /// A reader behind a segment's end, in a file whose header is known.
    ///
    /// - Parameters:
    ///   - next: the first position of the segment that comes.
    ///   - segments: how many there are before it.
    ///   - digest: of all lines before it, in hexadecimal.
    public init(resuming header: ArchiveHeader, at next: Position, segments: Int64, digest: String) {
        self.header = header
        self.next = next
        self.segments = segments
        segmentFrom = next
        lines = 1
        chain = ArchiveChain(digest)
    }

    /// Takes the next bytes; gives the lines that they complete.
    public mutating func take(_ bytes: [UInt8]) throws(ArchiveFailure) -> [ArchiveLine] {
        var found: [ArchiveLine] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest.isEmpty ? Array(bytes[start..<end]) : rest + bytes[start..<end]
            rest = []
            found.append(try read(line))
            start = end + 1
        }
        rest += bytes[start...]
        guard rest.count <= Self.longestLine else { throw failure("the line is too long") }
        return found
    }

    /// Says that there are no more bytes.
    public func finish() throws(ArchiveFailure) {
        guard isEnded, rest.isEmpty else { throw failure("the file ends too early, or was added to") }
    }

    /// A failure at the line that would come next.
    public func failure(_ reason: String) -> ArchiveFailure { ArchiveFailure(line: lines + 1, reason) }

    private mutating func read(_ bytes: [UInt8]) throws(ArchiveFailure) -> ArchiveLine {
        guard !isEnded else { throw failure("there is something after the end") }
        let before = chain.text
        guard let object = chain.open(bytes) else {
            throw failure(
                lines == 0
                    ? "it is no exported log, or was altered"
                    : "it was altered, or a line before it is missing")
        }
        guard let members = try? JSONValue.parse(object).objectValue, let line = ArchiveLine(members) else {
            throw failure("it is no line of an exported log of version \(ArchiveHeader.version)")
        }
        if let reason = complaint(line, before) { throw failure(reason) }
        lines += 1
        return line
    }

    /// What speaks against a line whose sum is right, if anything: such a file was never exported as it is.
    private mutating func complaint(_ line: ArchiveLine, _ digest: String) -> String? {
        if case .header(let header) = line {
            guard lines == 0 else { return "it is a second header" }
            self.header = header
            next = header.from
            segmentFrom = header.from
            return nil
        }
        guard let header else { return "it should be the header" }
        switch line {
        case .header: return nil
        case .secret, .key, .remembered:
            return next == header.from ? nil : "it stands behind events"
        case .event(let event): return complaint(event)
        case .segment(let segment):
            guard segment.digest == digest, segment.number == segments + 1, segment.from == segmentFrom,
                segment.to == next.advanced(by: -1), segment.count > 0
            else { return "it tells other events than stand before it" }
            segments += 1
            segmentFrom = next
            return nil
        case .end(let end):
            guard end.digest == digest, segmentFrom == next, end.segments == segments,
                end.events == next.value - header.from.value, next == header.to.advanced(by: 1)
            else { return "it tells another file than stands before it" }
            isEnded = true
            return nil
        }
    }

    private mutating func complaint(_ event: RecordedEvent) -> String? {
        guard event.position == next else { return "the event at position \(next) should stand here" }
        guard event.recordedAt >= lastTime else { return "its time is before that of the event before it" }
        guard event.position.value - segmentFrom.value < Int64(ArchiveSegment.events) else {
            return "a segment should have ended here"
        }
        lastTime = event.recordedAt
        next = next.advanced(by: 1)
        return nil
    }
}
