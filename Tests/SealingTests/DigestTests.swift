import Sealing
import Testing

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

@Suite struct DigestTests {
    @Test func theDigestIsThatOfTheStandard() {
        // RFC 7693, appendix A.
        #expect(
            hex(Digest.blake2b(Array("abc".utf8), count: 64))
                == "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")
        #expect(hex(Digest.blake2b([])) == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")
    }

    @Test func aKeyMakesAnotherDigest() {
        let key = [UInt8](repeating: 7, count: 32)
        let other = [UInt8](repeating: 8, count: 32)
        let digests = [Digest.blake2b([1]), Digest.blake2b([1], key: key), Digest.blake2b([1], key: other)]
        #expect(Set(digests).count == 3)
        #expect(digests.allSatisfy { $0.count == 32 })
    }

    @Test(arguments: [[], [UInt8](repeating: 9, count: 32)])
    func piecesGiveTheDigestOfTheWhole(_ key: [UInt8]) {
        let whole = Randomness.bytes(1_000)
        var running = RunningDigest(key: key, count: 20)
        for start in stride(from: 0, to: whole.count, by: 137) {
            running.update(Array(whole[start..<min(start + 137, whole.count)]))
            running.update([])
        }
        let digest = running.finish()
        #expect(digest == Digest.blake2b(whole, key: key, count: 20))
    }

    @Test func noPieceAtAllIsTheDigestOfNothing() {
        let digest = RunningDigest().finish()
        #expect(digest == Digest.blake2b([]))
    }
}

@Suite struct RandomnessTests {
    @Test func randomBytesAreAsManyAsAskedForAndNeverRepeat() {
        #expect(Randomness.bytes(0).isEmpty)
        #expect(Randomness.bytes(33).count == 33)
        #expect(Set((0..<100).map { _ in Randomness.bytes(16) }).count == 100)
    }

    @Test func bothHalvesOfARandomNumberVary() {
        let numbers = (0..<100).map { _ in Randomness.uint64() }
        #expect(Set(numbers.map { $0 >> 32 }).count > 90)
        #expect(Set(numbers.map { $0 & 0xFFFF_FFFF }).count > 90)
    }

    @Test func manyThreadsMayAskFirst() async {
        let drawn = await withTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<32 { group.addTask { Randomness.bytes(16) } }
            return await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(drawn.count == 32)
    }

    @Test func equalityIsThatOfTheBytes() {
        #expect(ConstantTime.areEqual([], []))
        #expect(ConstantTime.areEqual([1, 2], [1, 2]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 3]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 2, 3]))
        #expect(!ConstantTime.areEqual([], [0]))
    }
}

@Suite struct Base64Tests {
    @Test func textsAreThoseOfTheStandard() {
        #expect(Base64.encode(Array("fo".utf8)) == "Zm8=")
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64.encode([]).isEmpty)
        #expect(Base64URL.encode([]).isEmpty)
    }

    @Test func everyLengthComesBack() {
        for count in 0..<70 {
            let bytes = Randomness.bytes(count)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: ["A", "Zm8", "Zm8==", "Zm8= ", " Zm8=", "Zm\n8=", "Z-8=", "Zm8=\u{0}", "Zm9=", "é"])
    func whatIsNoBase64IsRefused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["A", "Zm8=", "Zm8 ", "Z+8", "Z/8", "Zm9", "\u{0}"])
    func whatIsNoBase64URLIsRefused(_ text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
