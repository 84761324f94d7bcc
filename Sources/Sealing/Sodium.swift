import CSodium

/// The only file that calls libsodium: arrays go in, arrays come out, no pointer leaves.
///
/// Every function may be called from any thread. The first call prepares the library, once for the process.
enum Sodium {
    /// A global constant is computed once, however many threads ask first.
    private static let prepared: Void = {
        precondition(sodium_init() >= 0, "libsodium cannot start: no source of randomness")
    }()

    static func randomBytes(_ count: Int) -> [UInt8] {
        _ = prepared
        var bytes = [UInt8](repeating: 0, count: count)
        unsafe randombytes_buf(&bytes, count)
        return bytes
    }

    static func randomUInt64() -> UInt64 {
        _ = prepared
        return UInt64(randombytes_random()) << 32 | UInt64(randombytes_random())
    }

    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        _ = prepared
        guard left.count == right.count else { return false }
        return unsafe sodium_memcmp(left, right, left.count) == 0
    }
}

// MARK: - Passwords

extension Sodium {
    /// Nil when the memory that the cost asks for is not to be had.
    static func passwordHash(_ password: [UInt8], operations: UInt64, memory: Int) -> String? {
        _ = prepared
        var output = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let status = unsafe password.withUnsafeBytes { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                var none: CChar = 0
                guard let start = characters.baseAddress else {
                    return unsafe crypto_pwhash_str(&output, &none, 0, operations, memory)
                }
                return unsafe crypto_pwhash_str(&output, start, UInt64(password.count), operations, memory)
            }
        }
        guard status == 0 else { return nil }
        return String(decoding: output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func passwordMatches(_ password: [UInt8], hash: String) -> Bool {
        _ = prepared
        // The library reads the hash as a C array of this fixed size.
        guard hash.utf8.count < Int(crypto_pwhash_STRBYTES) else { return false }
        var stored = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        for (index, byte) in hash.utf8.enumerated() { stored[index] = CChar(bitPattern: byte) }
        return unsafe password.withUnsafeBytes { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                var none: CChar = 0
                guard let start = characters.baseAddress else {
                    return unsafe crypto_pwhash_str_verify(stored, &none, 0) == 0
                }
                return unsafe crypto_pwhash_str_verify(stored, start, UInt64(password.count)) == 0
            }
        }
    }
}

// MARK: - Sealed boxes

extension Sodium {
    static let keyBytes = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)
    static let nonceBytes = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    static let tagBytes = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)

    /// Nonce, ciphertext and tag in one array.
    static func seal(_ plain: [UInt8], key: [UInt8], context: [UInt8]) -> [UInt8] {
        _ = prepared
        precondition(key.count == keyBytes)
        let total = nonceBytes + plain.count + tagBytes
        return unsafe [UInt8](unsafeUninitializedCapacity: total) { buffer, filled in
            guard let nonce = buffer.baseAddress else { return }
            let cipher = unsafe nonce + nonceBytes
            unsafe randombytes_buf(nonce, nonceBytes)
            _ = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                cipher, nil, plain, UInt64(plain.count), context, UInt64(context.count), nil, nonce, key)
            filled = total
        }
    }

    /// Nil when the box was not sealed under this key and context, or was changed since.
    static func open(_ box: [UInt8], key: [UInt8], context: [UInt8]) -> [UInt8]? {
        _ = prepared
        precondition(key.count == keyBytes)
        let plainCount = box.count - nonceBytes - tagBytes
        guard plainCount >= 0 else { return nil }
        var isAuthentic = false
        let plain = unsafe [UInt8](unsafeUninitializedCapacity: plainCount) { buffer, filled in
            isAuthentic = unsafe box.withUnsafeBufferPointer { input in
                guard let nonce = input.baseAddress else { return false }
                let cipher = unsafe nonce + nonceBytes
                return unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                    buffer.baseAddress, nil, nil, cipher, UInt64(plainCount + tagBytes), context,
                    UInt64(context.count), nonce, key) == 0
            }
            filled = isAuthentic ? plainCount : 0
        }
        return isAuthentic ? plain : nil
    }
}

// MARK: - Digests

extension Sodium {
    static let digestKeyLimit = Int(crypto_generichash_KEYBYTES_MAX)
    static let digestSizes = Int(crypto_generichash_BYTES_MIN)...Int(crypto_generichash_BYTES_MAX)

    static func blake2b(_ bytes: [UInt8], key: [UInt8], count: Int) -> [UInt8] {
        _ = prepared
        var digest = [UInt8](repeating: 0, count: count)
        let status = unsafe crypto_generichash(
            &digest, count, bytes, UInt64(bytes.count), key.isEmpty ? nil : key, key.count)
        precondition(status == 0)
        return digest
    }

    /// The library's running state: aligned as it demands, wiped and freed with its owner.
    @safe struct DigestState: ~Copyable {
        private let state: UnsafeMutableRawPointer

        private static let size = crypto_generichash_statebytes()
        /// The alignment that the header declares for the state's type.
        private static let alignment = 64

        init(key: [UInt8], count: Int) {
            _ = prepared
            unsafe state = .allocate(byteCount: Self.size, alignment: Self.alignment)
            let status = unsafe crypto_generichash_init(
                OpaquePointer(state), key.isEmpty ? nil : key, key.count, count)
            precondition(status == 0)
        }

        func update(_ bytes: [UInt8]) {
            _ = unsafe crypto_generichash_update(OpaquePointer(state), bytes, UInt64(bytes.count))
        }

        func finish(count: Int) -> [UInt8] {
            var digest = [UInt8](repeating: 0, count: count)
            let status = unsafe crypto_generichash_final(OpaquePointer(state), &digest, count)
            precondition(status == 0)
            return digest
        }

        deinit {
            unsafe sodium_memzero(state, Self.size)
            unsafe state.deallocate()
        }
    }
}

// MARK: - Signatures

extension Sodium {
    static let seedBytes = Int(crypto_sign_ed25519_SEEDBYTES)
    static let publicKeyBytes = Int(crypto_sign_ed25519_PUBLICKEYBYTES)
    static let secretKeyBytes = Int(crypto_sign_ed25519_SECRETKEYBYTES)
    static let signatureBytes = Int(crypto_sign_ed25519_BYTES)

    static func keyPair(seed: [UInt8]) -> (secret: [UInt8], published: [UInt8]) {
        _ = prepared
        precondition(seed.count == seedBytes)
        var published = [UInt8](repeating: 0, count: publicKeyBytes)
        var secret = [UInt8](repeating: 0, count: secretKeyBytes)
        _ = unsafe crypto_sign_ed25519_seed_keypair(&published, &secret, seed)
        return (secret, published)
    }

    static func sign(_ bytes: [UInt8], secret: [UInt8]) -> [UInt8] {
        _ = prepared
        precondition(secret.count == secretKeyBytes)
        var signature = [UInt8](repeating: 0, count: signatureBytes)
        _ = unsafe crypto_sign_ed25519_detached(&signature, nil, bytes, UInt64(bytes.count), secret)
        return signature
    }

    static func isSigned(_ bytes: [UInt8], signature: [UInt8], published: [UInt8]) -> Bool {
        _ = prepared
        guard signature.count == signatureBytes, published.count == publicKeyBytes else { return false }
        return unsafe crypto_sign_ed25519_verify_detached(signature, bytes, UInt64(bytes.count), published) == 0
    }
}

// MARK: - Base64

extension Sodium {
    static let base64Standard = Int32(sodium_base64_VARIANT_ORIGINAL)
    static let base64URL = Int32(sodium_base64_VARIANT_URLSAFE_NO_PADDING)

    static func encode(_ bytes: [UInt8], variant: Int32) -> String {
        _ = prepared
        // The library's count includes the terminating NUL.
        let capacity = sodium_base64_encoded_len(bytes.count, variant)
        var text = [CChar](repeating: 0, count: capacity)
        _ = unsafe sodium_bin2base64(&text, capacity, bytes, bytes.count, variant)
        return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Nil unless the whole text is of this variant.
    static func decode(_ text: String, variant: Int32) -> [UInt8]? {
        _ = prepared
        let characters = text.utf8.map { CChar(bitPattern: $0) }
        var bytes = [UInt8](repeating: 0, count: characters.count)
        var count = 0
        // Without a place to say where it stopped, the library refuses a text that it did not read to its end.
        let status = unsafe sodium_base642bin(
            &bytes, bytes.count, characters, characters.count, nil, &count, nil, variant)
        guard status == 0 else { return nil }
        bytes.removeSubrange(count...)
        return bytes
    }
}
