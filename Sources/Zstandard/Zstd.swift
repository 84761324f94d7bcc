import CZstd

/// The only file that calls libzstd: arrays go in, arrays come out, no pointer leaves.
enum Zstd {
    /// Bytes that one step writes at most.
    private static let pieceBytes = 128 * 1024

    /// The library's running compression, freed with its owner.
    @safe struct Compression: ~Copyable {
        private let context: OpaquePointer

        /// Nil without memory.
        init?(level: Int32) {
            guard let made = unsafe ZSTD_createCCtx() else { return nil }
            unsafe context = made
            _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
            // A frame that was altered is then told by the decompression itself.
            _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        }

        /// What the bytes come to so far; with `ends`, all of it. Nil if the library fails.
        func compress(_ bytes: [UInt8], ends: Bool) -> [UInt8]? {
            var taken = 0
            var output: [UInt8] = []
            while true {
                guard let step = step(bytes, taken, ends, &output) else { return nil }
                taken = step.taken
                if ends ? step.left == 0 : taken == bytes.count { return output }
            }
        }

        private func step(
            _ bytes: [UInt8], _ taken: Int, _ ends: Bool, _ output: inout [UInt8]
        ) -> (taken: Int, left: Int)? {
            var piece = [UInt8](repeating: 0, count: Zstd.pieceBytes)
            var source = unsafe ZSTD_inBuffer()
            var target = unsafe ZSTD_outBuffer()
            let left = unsafe bytes.withUnsafeBytes { input in
                unsafe piece.withUnsafeMutableBytes { space in
                    unsafe source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: taken)
                    unsafe target = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
                    return unsafe ZSTD_compressStream2(context, &target, &source, ends ? ZSTD_e_end : ZSTD_e_continue)
                }
            }
            guard ZSTD_isError(left) == 0 else { return nil }
            output += unsafe piece.prefix(target.pos)
            return unsafe (source.pos, left)
        }

        deinit { _ = unsafe ZSTD_freeCCtx(context) }
    }

    /// The library's running decompression, freed with its owner.
    @safe struct Decompression: ~Copyable {
        private let context: OpaquePointer

        /// Nil without memory.
        init?(windowLog: Int32) {
            guard let made = unsafe ZSTD_createDCtx() else { return nil }
            unsafe context = made
            _ = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, windowLog)
        }

        /// Decompresses from `start` until the input or a piece of output is used up. Nil if the bytes are not what a
        /// compression made; `ended` says whether a frame has just ended.
        func decompress(_ bytes: [UInt8], from start: Int) -> (output: [UInt8], taken: Int, ended: Bool)? {
            var piece = [UInt8](repeating: 0, count: Zstd.pieceBytes)
            var source = unsafe ZSTD_inBuffer()
            var target = unsafe ZSTD_outBuffer()
            let left = unsafe bytes.withUnsafeBytes { input in
                unsafe piece.withUnsafeMutableBytes { space in
                    unsafe source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: start)
                    unsafe target = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
                    return unsafe ZSTD_decompressStream(context, &target, &source)
                }
            }
            guard ZSTD_isError(left) == 0 else { return nil }
            return unsafe (Array(piece.prefix(target.pos)), source.pos, left == 0)
        }

        deinit { _ = unsafe ZSTD_freeDCtx(context) }
    }
}
