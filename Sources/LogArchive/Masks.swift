import ChatApplication
import Sealing

/// Masks: the same value always gives the same one, in every export of the same log. They are made under a key that
/// only the log's own secret gives, so that nobody without it can try out names and texts.
struct Masks: Sendable {
    private static let keyBytes = 32
    private let key: [UInt8]
    /// How names are hashed in the redacted copy.
    private let credentials: Credentials
    /// The secret of the redacted copy.
    let namePepper: [UInt8]

    init(secret: [UInt8]) {
        key = Digest.blake2b(Array("redaction".utf8), key: secret, count: Self.keyBytes)
        namePepper = Digest.blake2b(Array("name-pepper".utf8), key: key, count: Self.keyBytes)
        credentials = Credentials(pepper: namePepper)
    }

    /// Made from the hash of a name, which every event that concerns the name has: so all forms of a name that count
    /// as one have one mask, and the name of somebody who was deleted has one too.
    func name(_ digest: String) -> String { "u" + word("name", digest, 15) }

    /// The hash under which the masked name is found in the copy.
    func nameDigest(_ digest: String) -> String { credentials.digest(ofName: name(digest)) }

    /// No password fits it.
    func passwordHash(_ hash: String) -> String { "masked " + word("password", hash, 24) }

    /// No token fits it.
    func tokenDigest(_ digest: String) -> String { Hexadecimal.text(bytes("token", digest, 32)) }

    /// A device's name.
    func device(_ name: String) -> String { "d" + word("device", name, 15) }

    /// A client's key for a command, or the id of a request.
    func reference(_ reference: String) -> String { word("reference", reference, 26) }

    /// An address of the same family, from a range that nobody has.
    func address(_ address: String) -> String {
        let hash = bytes("address", address, 16).map(Int.init)
        guard address.contains(":") else { return "10.\(hash[0]).\(hash[1]).\(hash[2])" }
        let groups = (0..<4).map { String(hash[2 * $0] << 8 | hash[2 * $0 + 1], radix: 16) }
        return "2001:db8::" + groups.joined(separator: ":")
    }

    /// A text of as many scalars, each in UTF-8 as long as the one that it stands for; white space stays.
    func text(_ text: String) -> String {
        for attempt in 0..<Self.attempts {
            let masked = shape(text, seed: bytes("text \(attempt)", text, 32))
            // Of a short text, the mask could be the text.
            if masked != text { return masked }
        }
        return text
    }

    private static let attempts = 64

    private func shape(_ text: String, seed: [UInt8]) -> String {
        var stream = seed
        var used = 0
        var masked = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if used == stream.count {
                stream = Digest.blake2b(stream, key: key, count: 64)
                used = 0
            }
            masked.append(Self.letter(like: scalar, stream[used]))
            used += 1
        }
        return String(masked)
    }

    /// Only letters that no normalization joins or changes.
    private static func letter(like scalar: Unicode.Scalar, _ byte: UInt8) -> Unicode.Scalar {
        if scalar.properties.isWhitespace { return scalar }
        let (first, count): (UInt32, UInt32) =
            switch scalar.value {
            case 0x30...0x39: (0x30, 10)  // digits
            case 0x41...0x5A: (0x41, 26)  // capital letters
            case ..<0x80: (0x61, 26)  // small letters, also for punctuation
            case ..<0x800: (0x430, 32)  // Cyrillic
            case ..<0x10000: (0x4E00, 200)  // Chinese
            default: (0x20000, 200)  // Chinese beyond the basic plane
            }
        return Unicode.Scalar(first + UInt32(byte) % count) ?? scalar
    }

    private func bytes(_ kind: String, _ value: String, _ count: Int) -> [UInt8] {
        Digest.blake2b(Array("\(kind)\u{0}\(value)".utf8), key: key, count: count)
    }

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// Letters and digits, five bits each.
    private func word(_ kind: String, _ value: String, _ count: Int) -> String {
        String(decoding: bytes(kind, value, 32).prefix(count).map { Self.alphabet[Int($0 & 31)] }, as: UTF8.self)
    }
}
