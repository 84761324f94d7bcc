import Sealing
import Testing

private func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

@Suite struct SigningTests {
    @Test func theSignatureIsThatOfTheStandard() throws {
        // RFC 8032, 7.1, test 2.
        let key = try #require(
            SigningKey(seed: bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")))
        #expect(
            key.verifyingKey.bytes == bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))
        #expect(
            key.sign([0x72])
                == bytes(
                    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"))
    }

    @Test func onlyTheKeysOwnSignatureOfTheSameBytesHolds() throws {
        let key = SigningKey.random()
        let signature = key.sign([1, 2, 3])
        #expect(key.verifyingKey.isSignature(signature, of: [1, 2, 3]))
        #expect(!key.verifyingKey.isSignature(signature, of: [1, 2, 4]))
        #expect(!SigningKey.random().verifyingKey.isSignature(signature, of: [1, 2, 3]))
        #expect(!key.verifyingKey.isSignature([], of: [1, 2, 3]))
        #expect(SigningKey(seed: key.seed)?.verifyingKey == key.verifyingKey)
        #expect(SigningKey(seed: [1]) == nil && VerifyingKey([1]) == nil)
    }
}
