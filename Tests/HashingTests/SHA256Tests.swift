import Hashing
import Sealing
import Testing

@Suite struct SHA256Tests {
    @Test func theDigestIsThatOfTheStandard() {
        // FIPS 180-4's examples.
        #expect(
            Hexadecimal.text(SHA256.digest(Array("abc".utf8)).bytes)
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Hexadecimal.text(SHA256.digest([]).bytes)
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            Hexadecimal.text(
                SHA256.digest(Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)).bytes)
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    }

    @Test func aTagIsAByteAheadOfTheRest() {
        let bytes: [UInt8] = [9, 8, 7, 6]
        #expect(SHA256.digest(tag: 7, bytes[1...]) == SHA256.digest([7, 8, 7, 6]))
        let (left, right) = (SHA256.digest([1]), SHA256.digest([2]))
        #expect(SHA256.digest(tag: 1, left, right) == SHA256.digest([1] + left.bytes + right.bytes))
    }

    @Test func aDigestComesBackFromItsBytes() {
        let digest = SHA256.digest([1, 2, 3])
        #expect(SHA256Digest(digest.bytes) == digest)
        #expect(digest.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } == digest.prefix)
        #expect(SHA256Digest(digest.bytes.dropLast()) == nil)
        #expect(SHA256Digest.zero.bytes == [UInt8](repeating: 0, count: 32))
    }
}
