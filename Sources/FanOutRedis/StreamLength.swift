/// How many entries of a node's stream are kept: `RedisFanOut.streamLength`, and of large ones fewer, so that they come
/// to `RedisFanOut.streamBytes`. What another publisher added before is not known, and weighs nothing here.
struct StreamLength {
    private var weights: [Int] = []
    private var head = 0
    private var bytes = 0
    private var isCut = false

    private var count: Int { weights.count - head }

    /// Counts one more entry; gives how many may be kept, it included.
    mutating func add(_ weight: Int) -> Int {
        weights.append(weight)
        bytes += weight
        while count > 1, bytes > RedisFanOut.streamBytes {
            isCut = true
            forgetOldest()
        }
        if count > RedisFanOut.streamLength { forgetOldest() }
        if head > 64, head * 2 > weights.count {
            weights.removeFirst(head)
            head = 0
        }
        return isCut ? count : RedisFanOut.streamLength
    }

    private mutating func forgetOldest() {
        bytes -= weights[head]
        head += 1
    }
}
