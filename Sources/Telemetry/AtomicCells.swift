import Synchronization

/// A fixed row of atomic counts, which Swift's arrays cannot hold. The only unsafe code of the metrics.
@safe final class AtomicCells: @unchecked Sendable {
    private let cells: UnsafeMutableBufferPointer<Atomic<UInt64>>

    init(count: Int) {
        unsafe cells = .allocate(capacity: count)
        for index in 0..<count { unsafe cells.initializeElement(at: index, to: Atomic(0)) }
    }

    deinit {
        unsafe cells.deinitialize()
        unsafe cells.deallocate()
    }

    func increment(_ index: Int) {
        unsafe precondition(index >= 0 && index < cells.count)
        unsafe cells[index].wrappingAdd(1, ordering: .relaxed)
    }

    /// Each count by itself: counts of one moment may be some steps apart.
    func load() -> [UInt64] {
        unsafe (0..<cells.count).map { unsafe cells[$0].load(ordering: .relaxed) }
    }
}
