public import Sealing

/// The public keys of nodes that may seal, as whoever verifies got them from elsewhere than the database.
public struct TrustedKeys: Sendable {
    private let keys: Set<VerifyingKey>

    /// These keys.
    public init(_ keys: [VerifyingKey]) { self.keys = Set(keys) }

    /// The keys of a file: one a line in base64, as `chat-audit keygen` prints it; what follows a space is a remark, and
    /// so is a line that begins with `#`. Nil if another line is no key, or there is none.
    public init?(text: String) {
        var keys: [VerifyingKey] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let word = String(line.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
            if word.isEmpty || word.hasPrefix("#") { continue }
            guard let key = Base64.decode(word).flatMap({ VerifyingKey($0) }) else { return nil }
            keys.append(key)
        }
        guard !keys.isEmpty else { return nil }
        self.init(keys)
    }

    /// What is wrong with a seal's signature; nil if one of these keys made it.
    public func defect(of seal: Seal) -> String? {
        guard keys.contains(seal.head.key) else {
            return "seal \(seal.head.number) names a key that is not among the public keys"
        }
        return seal.isSigned ? nil : "the signature of seal \(seal.head.number) is wrong"
    }
}
