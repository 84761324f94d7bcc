/// Immutable bytes with one storage, for a text that many streams send. Any thread.
@safe public final class SharedBytes: @unchecked Sendable {
    // Never written after init, which is what makes the class Sendable.
    let storage: UnsafeRawBufferPointer

    /// Copies `bytes`, once.
    public init(_ bytes: [UInt8]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        unsafe memory.copyBytes(from: bytes)
        unsafe storage = UnsafeRawBufferPointer(memory)
    }

    deinit {
        unsafe storage.deallocate()
    }

    /// The number of bytes.
    public var count: Int { unsafe storage.count }

    /// A copy of the bytes.
    public var bytes: [UInt8] { unsafe [UInt8](storage) }
}
