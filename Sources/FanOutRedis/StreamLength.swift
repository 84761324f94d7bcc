/// How many entries of a node's stream are kept: so many that their items and watermarks come to
/// `RedisFanOut.streamLength`, or to `RedisFanOut.streamBytes`. What another publisher added before is not known, and
/// weighs nothing here.
struct StreamLength {
    private var entries: [(bytes: Int, items: Int)] = []
    private var head = 0
    private var bytes = 0
    private var items = 0
    private var isCut = false

    private var count: Int { entries.count - head }

    /// Counts one more entry; gives how many may be kept, it included.
    mutating func add(_ weight: Int, items added: Int) -> Int {
        entries.append((weight, added))
        bytes += weight
        items += added
        while count > 1, bytes > RedisFanOut.streamBytes || items > RedisFanOut.streamLength {
            isCut = true
            forgetOldest()
        }
        if head > 64, head * 2 > entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return isCut ? count : RedisFanOut.streamLength
    }

    private mutating func forgetOldest() {
        bytes -= entries[head].bytes
        items -= entries[head].items
        head += 1
    }
}
