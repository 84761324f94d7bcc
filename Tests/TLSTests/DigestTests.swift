import TLS
import Testing

@Suite struct DigestTests {
    // The examples of FIPS 180-4.
    @Test func theDigestIsSHA1() {
        #expect(Base64Text.encode(SHA1.digest(Array("abc".utf8))) == "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")
        #expect(Base64Text.encode(SHA1.digest([])) == "2jmj7l5rSw0yVb/vlWAYkK/YBwk=")
        let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(Base64Text.encode(SHA1.digest(million)) == "NKqXPNTE2qT2Husr260nMWU0AW8=")
    }

    // The examples of RFC 4648, section 10.
    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
    func bytesBecomeBase64(_ plain: String, _ text: String) {
        #expect(Base64Text.encode(Array(plain.utf8)) == text)
    }
}
