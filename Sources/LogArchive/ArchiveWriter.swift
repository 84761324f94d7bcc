public import ChatApplication
import ChatDomain
import JSONText

/// Writes an archive line by line; ends segments by itself. Memory holds what was not taken yet.
public struct ArchiveWriter {
    private var chain = ArchiveChain()
    private var output: [UInt8] = []
    private var segment = Segment(number: 1)
    private var events: Int64 = 0

    /// The segment that is being written.
    private struct Segment {
        var number: Int64
        var from: Position?
        var to: Position = .start
        var bytes = 0
    }

    private let eventsPerSegment: Int

    /// Begins with the header.
    public init(_ header: ArchiveHeader) { self.init(header, eventsPerSegment: ArchiveSegment.events) }

    init(_ header: ArchiveHeader, eventsPerSegment: Int) {
        self.eventsPerSegment = eventsPerSegment
        write(.header(header))
    }

    /// Adds a secret.
    public mutating func add(_ secret: ArchivedSecret) { write(.secret(secret)) }

    /// Adds a sealing key.
    public mutating func add(_ key: ArchivedKey) { write(.key(key)) }

    /// Adds what is remembered of an idempotency key.
    public mutating func add(_ key: RememberedKey) { write(.remembered(key)) }

    /// Adds the next event.
    public mutating func add(_ event: RecordedEvent) {
        let before = output.count
        write(.event(event))
        segment.from = segment.from ?? event.position
        segment.to = event.position
        segment.bytes += output.count - before
        events += 1
        let count = segment.to.value - (segment.from ?? segment.to).value + 1
        if count >= Int64(eventsPerSegment) || segment.bytes >= ArchiveSegment.bytes { endSegment() }
    }

    /// How many segments were ended.
    public var segments: Int64 { segment.number - 1 }

    /// The BLAKE2b of all lines so far, in hexadecimal.
    public var digest: String { chain.text }

    /// Adds the end of the last segment, and of the file.
    public mutating func finish() -> ArchiveEnd {
        endSegment()
        let end = ArchiveEnd(events: events, segments: segment.number - 1, digest: chain.text)
        write(.end(end))
        return end
    }

    /// Bytes written and not yet taken.
    public var byteCount: Int { output.count }

    /// Takes what was written so far.
    public mutating func take() -> [UInt8] {
        defer { output = [] }
        return output
    }

    /// Ends the segment, if there are events in it.
    public mutating func endSegment() {
        guard let from = segment.from else { return }
        write(.segment(ArchiveSegment(number: segment.number, from: from, to: segment.to, digest: chain.text)))
        segment = Segment(number: segment.number + 1)
    }

    private mutating func write(_ line: ArchiveLine) {
        output += chain.seal(JSONValue.object(line.members).encoded())
        output.append(UInt8(ascii: "\n"))
    }
}
