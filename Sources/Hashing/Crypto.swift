import CCrypto

/// The only file that calls libcrypto for digests. Every function may be called from any thread.
enum Crypto {
    static func digest(tag: UInt8?, _ bytes: ArraySlice<UInt8>) -> SHA256Digest {
        var digest = SHA256Digest()
        unsafe withUnsafeMutableBytes(of: &digest) { output in
            unsafe bytes.withUnsafeBytes { input in
                unsafe ccrypto_sha256(
                    tag.map { Int32($0) } ?? -1, input.baseAddress, input.count, nil, 0,
                    output.assumingMemoryBound(to: UInt8.self).baseAddress)
            }
        }
        return digest
    }

    static func digest(tag: UInt8, _ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        var digest = SHA256Digest()
        unsafe withUnsafeMutableBytes(of: &digest) { output in
            unsafe withUnsafeBytes(of: left) { left in
                unsafe withUnsafeBytes(of: right) { right in
                    unsafe ccrypto_sha256(
                        Int32(tag), left.baseAddress, left.count, right.baseAddress, right.count,
                        output.assumingMemoryBound(to: UInt8.self).baseAddress)
                }
            }
        }
        return digest
    }

    /// Of 32 bytes.
    static func digest(copying bytes: [UInt8]) -> SHA256Digest {
        precondition(bytes.count == SHA256Digest.size)
        var digest = SHA256Digest()
        unsafe withUnsafeMutableBytes(of: &digest) { output in unsafe output.copyBytes(from: bytes) }
        return digest
    }

    static func bytes(_ digest: SHA256Digest) -> [UInt8] { unsafe withUnsafeBytes(of: digest) { unsafe Array($0) } }
}
