import Testing

@testable import Zstandard

@Suite struct ZstandardTests {
    private func compressed(_ pieces: [[UInt8]]) throws -> [UInt8] {
        var compressor = try ZstandardCompressor()
        var output: [UInt8] = []
        for piece in pieces { output += try compressor.update(piece) }
        output += try compressor.finish()
        return output
    }

    private func decompressed(_ bytes: [UInt8], piece: Int = 1_000) throws -> [UInt8] {
        var decompressor = try ZstandardDecompressor()
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try decompressor.update(Array(bytes[start..<min(start + piece, bytes.count)])) { output += $0 }
        }
        try decompressor.finish()
        return output
    }

    private static let sample = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 % 251 &* ($0 / 9_973)) }

    @Test(arguments: [1, 7, 4_096, 1_000_000])
    func whatWasCompressedInAnyPiecesComesBack(_ piece: Int) throws {
        let pieces = stride(from: 0, to: Self.sample.count, by: max(piece, 97)).map {
            Array(Self.sample[$0..<min($0 + max(piece, 97), Self.sample.count)])
        }
        let bytes = try compressed(pieces)
        #expect(bytes.starts(with: ZstandardDecompressor.magic) && bytes.count < Self.sample.count / 2)
        #expect(try decompressed(bytes, piece: piece) == Self.sample)
    }

    @Test func nothingAndTwoFramesComeBack() throws {
        #expect(try decompressed(try compressed([])).isEmpty)
        let twice = try compressed([[1, 2, 3]]) + compressed([[4]])
        #expect(try decompressed(twice) == [1, 2, 3, 4])
        #expect(try decompressed(twice, piece: 1) == [1, 2, 3, 4])
    }

    @Test func whatEndsTooEarlyIsTold() throws {
        let bytes = try compressed([Self.sample])
        for count in [3, bytes.count / 2, bytes.count - 1] {
            #expect(throws: ZstandardError.truncated) { try decompressed(Array(bytes.prefix(count))) }
        }
    }

    @Test func alteredContentIsTold() throws {
        let plain = Array("the same again, and the same again".utf8)
        let bytes = try compressed([plain])
        // Bits of the header may mean nothing.
        for index in bytes.indices.dropFirst(8) {
            var altered = bytes
            altered[index] ^= 0x40
            #expect(throws: (any Error).self) { try decompressed(altered) }
        }
    }
}
