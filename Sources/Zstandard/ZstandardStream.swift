/// What went wrong in this module.
public enum ZstandardError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The library has no memory, or fails in another way.
    case failed
    /// The bytes are not what a compression made, or were altered.
    case damaged
    /// The bytes end within a frame.
    case truncated

    /// One line for people.
    public var description: String {
        switch self {
        case .failed: "zstd failed"
        case .damaged: "the compressed data are damaged"
        case .truncated: "the compressed data end too early"
        }
    }
}

/// Compresses bytes that come piece by piece into one zstd frame (RFC 8878); memory does not grow with them.
public struct ZstandardCompressor: ~Copyable {
    /// The library's default: fast, and a fifth of the size for a log.
    public static let level = 3

    private let compression: Zstd.Compression

    /// - Throws: ``ZstandardError/failed``.
    public init() throws(ZstandardError) {
        guard let compression = Zstd.Compression(level: Int32(Self.level)) else { throw .failed }
        self.compression = compression
    }

    /// Takes the next bytes; gives what is ready, perhaps nothing.
    public mutating func update(_ bytes: [UInt8]) throws(ZstandardError) -> [UInt8] {
        guard let output = compression.compress(bytes, ends: false) else { throw .failed }
        return output
    }

    /// Ends the frame; gives the rest.
    public mutating func finish() throws(ZstandardError) -> [UInt8] {
        guard let output = compression.compress([], ends: true) else { throw .failed }
        return output
    }
}

/// Decompresses zstd frames that come piece by piece. Memory is bounded by ``windowLog``, whatever the frame asks for.
public struct ZstandardDecompressor: ~Copyable {
    /// The largest window of a frame, as a power of two: 128 MiB. Frames of ``ZstandardCompressor`` need 2 MiB.
    public static let windowLog = 27
    /// What every frame begins with.
    public static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    private let decompression: Zstd.Decompression
    private var isBetweenFrames = true

    /// - Throws: ``ZstandardError/failed``.
    public init() throws(ZstandardError) {
        guard let decompression = Zstd.Decompression(windowLog: Int32(Self.windowLog)) else { throw .failed }
        self.decompression = decompression
    }

    /// Takes the next bytes; hands what they hold to `body`, in pieces of at most 128 KiB.
    public mutating func update(
        _ bytes: [UInt8], _ body: ([UInt8]) throws -> Void
    ) throws {
        var taken = 0
        while true {
            guard let step = decompression.decompress(bytes, from: taken) else { throw ZstandardError.damaged }
            let isStill = step.taken == taken && step.output.isEmpty
            taken = step.taken
            if !isStill { isBetweenFrames = step.ended }
            if !step.output.isEmpty { try body(step.output) }
            if taken == bytes.count, step.output.isEmpty || step.ended { return }
            if isStill { return }
        }
    }

    /// Says that there are no more bytes.
    /// - Throws: ``ZstandardError/truncated``.
    public func finish() throws(ZstandardError) {
        guard isBetweenFrames else { throw .truncated }
    }
}
