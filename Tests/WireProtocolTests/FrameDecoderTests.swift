import Testing
import WireProtocol

@Suite struct FrameDecoderTests {
    private func outputs(_ pieces: [String], limit: Int = 8) -> [FrameDecoder.Output] {
        var decoder = FrameDecoder(limit: limit)
        return pieces.flatMap { decoder.push(Array($0.utf8)) }
    }

    private func frames(_ lines: String...) -> [FrameDecoder.Output] { lines.map { .frame(Array($0.utf8)) } }

    @Test func linesEndWithALineFeedWithOrWithoutACarriageReturn() {
        #expect(outputs(["ab\ncd\r\nef"]) == frames("ab", "cd"))
    }

    @Test func emptyLinesAreIgnored() {
        #expect(outputs(["\n\r\n\na\n\r\n"]) == frames("a"))
    }

    @Test func aLineMayComeByteByByte() {
        #expect(outputs("ab\r\ncd\n".unicodeScalars.map { String($0) }) == frames("ab", "cd"))
    }

    @Test func theLineEndDoesNotCountForTheLimit() {
        #expect(outputs(["12345678\n"]) == frames("12345678"))
        #expect(outputs(["12345678\r\n"]) == frames("12345678"))
        #expect(outputs(["12345678", "\r", "\n"]) == frames("12345678"))
    }

    @Test func aLineOverTheLimitIsTooLargeHoweverItEnds() {
        #expect(outputs(["123456789\n"]) == [.tooLarge])
        #expect(outputs(["123456789\r\n"]) == [.tooLarge])
        #expect(outputs(["12345678\r\r\n"]) == [.tooLarge])
        #expect(outputs(["12345678\rx\n"]) == [.tooLarge])
    }

    @Test func aLineIsTooLargeBeforeItsEndComes() {
        #expect(outputs(["1234", "56789"]) == [.tooLarge])
        #expect(outputs(["12345678\r", "x"]) == [.tooLarge])
    }

    @Test func linesBeforeOneThatIsTooLargeAreGivenAndNoneAfterIt() {
        #expect(outputs(["a\n123456789\nb\n", "c\n"]) == frames("a") + [.tooLarge])
    }

    @Test func noMoreIsKeptOfALineThanTheLimitAllows() {
        var decoder = FrameDecoder(limit: 8)
        for _ in 0..<100 {
            _ = decoder.push(Array(repeating: 0x78, count: 7))
            #expect(decoder.buffered <= 9)
        }
    }
}
