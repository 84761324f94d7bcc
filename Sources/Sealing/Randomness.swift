/// Unpredictable numbers from the system's generator, for keys, tokens and epochs.
public enum Randomness {
    /// As many random bytes as asked for.
    public static func bytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0)
        return Sodium.randomBytes(count)
    }

    /// A random number, every value alike.
    public static func uint64() -> UInt64 {
        Sodium.randomUInt64()
    }
}

/// Comparison of secrets.
public enum ConstantTime {
    /// Whether both hold the same bytes; the time taken depends on their lengths only.
    public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        Sodium.areEqual(left, right)
    }
}

/// Base64 (RFC 4648, section 4): with padding, nothing else tolerated.
public enum Base64 {
    /// The text of the bytes.
    public static func encode(_ bytes: [UInt8]) -> String {
        Sodium.encode(bytes, variant: Sodium.base64Standard)
    }

    /// The bytes of the text; nil when anything in it is no base64, white space included.
    public static func decode(_ text: String) -> [UInt8]? {
        Sodium.decode(text, variant: Sodium.base64Standard)
    }
}

/// Base64url (RFC 4648, section 5): without padding, fit for tokens and addresses.
public enum Base64URL {
    /// The text of the bytes.
    public static func encode(_ bytes: [UInt8]) -> String {
        Sodium.encode(bytes, variant: Sodium.base64URL)
    }

    /// The bytes of the text; nil when anything in it is no base64url, padding included.
    public static func decode(_ text: String) -> [UInt8]? {
        Sodium.decode(text, variant: Sodium.base64URL)
    }
}
