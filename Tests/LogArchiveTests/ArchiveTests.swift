import ChatApplication
import ChatDomain
import Testing

@testable import LogArchive

@Suite struct ArchiveTests {
    private static let header = ArchiveHeader(
        lineage: [
            .init(epoch: "e1", from: Position(1), at: 1_700_000_000_000_000),
            .init(epoch: "e2", from: Position(7), at: 1_700_000_000_000_001),
        ], from: Position(1), to: Position(7), users: 3, groups: 0, redacted: false)

    private static func event(_ position: Int64, payload: String = #"{"a":1}"#) -> RecordedEvent {
        RecordedEvent(
            position: Position(position), type: "MessageSent", schema: 2, stream: StreamName("messages:direct:1:2"),
            version: position, touched: position == 2 ? [StreamName("one"), StreamName("two")] : [],
            cause: Cause(
                actor: UserID(3), session: SessionID("s"), device: "pho\"ne\u{1F600}", reference: "k\u{0}"),
            node: position == 3 ? nil : NodeName("a"), recordedAt: 1_800_000_000_123_456 + position,
            payload: Array(payload.utf8))
    }

    private static let payloads = [
        #"{"a":1}"#, #"{"text":"é\n\u0000","n":-3,"list":[[1,null],true]}"#, #"{ "not": "as written" }"#, "no JSON",
        #"{"a":1.50}"#, "", #"{"same":1,"same":2}"#,
    ]

    private static func written() -> [UInt8] {
        var writer = ArchiveWriter(header)
        writer.add(ArchivedSecret(name: "name-pepper", value: [0, 255, 7]))
        writer.add(
            ArchivedKey(
                id: 4, user: UserID(3), purpose: "texts", quarter: "2026Q4", madeAt: 5, destroyedAt: nil,
                key: [1, 2, 3]))
        writer.add(
            ArchivedKey(
                id: 5, user: UserID(3), purpose: "person", quarter: "", madeAt: -5, destroyedAt: 77, key: nil))
        writer.add(
            RememberedKey(
                key: [UInt8](repeating: 9, count: 16), parameters: nil, position: Position(2), version: 1,
                recordedAt: 12, result: [123]))
        for (number, payload) in payloads.enumerated() { writer.add(event(Int64(number) + 1, payload: payload)) }
        _ = writer.finish()
        return writer.take()
    }

    private func read(_ bytes: [UInt8], piece: Int = .max) throws -> [ArchiveLine] {
        var reader = ArchiveReader()
        var lines: [ArchiveLine] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + min(piece, bytes.count), bytes.count)
            lines += try reader.take(Array(bytes[start..<end]))
            start = end
        }
        try reader.finish()
        return lines
    }

    private func failure(_ bytes: [UInt8]) -> Int? {
        do {
            _ = try read(bytes)
            return nil
        } catch {
            return (error as? ArchiveFailure)?.line
        }
    }

    @Test(arguments: [1, 13, 100_000])
    func everyLineComesBackAsItWas(_ piece: Int) throws {
        let bytes = Self.written()
        let lines = try read(bytes, piece: piece)
        #expect(lines.count == 14)
        var writer: ArchiveWriter?
        for line in lines {
            switch line {
            case .header(let header):
                #expect(header == Self.header)
                writer = ArchiveWriter(header)
            case .secret(let secret): writer?.add(secret)
            case .key(let key): writer?.add(key)
            case .remembered(let key): writer?.add(key)
            case .event(let event): writer?.add(event)
            case .segment(let segment): #expect(segment.count == 7 && segment.number == 1)
            case .end(let end): #expect(end == writer?.finish())
            }
        }
        #expect(writer?.take() == bytes)
    }

    @Test func aPayloadComesBackToTheByte() throws {
        let payloads = try read(Self.written()).compactMap { line in
            if case .event(let event) = line { String(decoding: event.payload, as: UTF8.self) } else { nil }
        }
        #expect(payloads == Self.payloads)
    }

    @Test func aPayloadStandsInItsLineAsJSON() {
        let text = String(decoding: Self.written(), as: UTF8.self)
        #expect(text.contains(#""payload":{"a":1},"sum":""#))
    }

    @Test func everyAlteredByteIsToldWithItsLine() {
        let bytes = Self.written()
        var line = 1
        for index in bytes.indices {
            var altered = bytes
            altered[index] ^= 1
            #expect(failure(altered) == line)
            if bytes[index] == UInt8(ascii: "\n") { line += 1 }
        }
    }

    @Test func everyMissingLineIsTold() {
        let lines = Self.written().split(separator: UInt8(ascii: "\n"))
        for missing in lines.indices {
            let rest = lines.indices.filter { $0 != missing }.flatMap { lines[$0] + [UInt8(ascii: "\n")] }
            #expect(failure(rest) == missing + 1)
        }
    }

    @Test func aFileThatEndsAnywhereBeforeItsEndIsRefused() {
        let bytes = Self.written()
        for count in 0..<bytes.count { #expect(failure(Array(bytes.prefix(count))) != nil) }
        #expect(failure(bytes + Array("\n".utf8)) == 15)
        #expect(failure(bytes + Array("x".utf8)) == 15)
    }

    @Test func linesOfAnotherFileDoNotFit() {
        let lines = Self.written().split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
        var doubled = lines
        doubled.insert(lines[5], at: 6)
        #expect(failure(doubled.flatMap { $0 }) == 7)
        var swapped = lines
        swapped.swapAt(7, 8)
        #expect(failure(swapped.flatMap { $0 }) == 8)
    }

    @Test func aSegmentEndsBeforeItGrowsTooLong() throws {
        let count: Int64 = 25
        var header = Self.header
        header.to = Position(count)
        var writer = ArchiveWriter(header, eventsPerSegment: 10)
        for position in 1...count { writer.add(Self.event(position)) }
        #expect(writer.finish().segments == 3)
        let segments = try read(writer.take(), piece: 65_536).compactMap { line in
            if case .segment(let segment) = line { segment.count } else { nil }
        }
        #expect(segments == [10, 10, 5])
    }

    @Test func aLogWithoutEventsComesBack() throws {
        var header = Self.header
        header.to = .start
        var writer = ArchiveWriter(header)
        #expect(writer.finish().events == 0)
        #expect(try read(writer.take()).count == 2)
    }

    @Test(arguments: [0, -1, 1, 951_782_400_000_000, 1_800_000_000_123_456, 4_107_542_399_999_999])
    func aTimeComesBackToTheMicrosecond(_ time: Int64) {
        #expect(ArchiveTime.microseconds(ArchiveTime.text(time)) == time)
    }

    @Test func onlyTimesAsTheyAreWrittenAreRead() {
        #expect(ArchiveTime.text(1_795_176_000_000_007) == "2026-11-20T12:00:00.000007Z")
        for text in ["2026-11-20T12:00:00Z", "2026-02-30T12:00:00.000007Z", "2026-11-20 12:00:00.000007Z", ""] {
            #expect(ArchiveTime.microseconds(text) == nil)
        }
    }
}
