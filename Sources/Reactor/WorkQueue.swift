/// Something for a loop to run: a task's job as the runtime gave it, without a closure around it, or a body.
enum Work: Sendable {
    case job(UnownedJob)
    case body(@Sendable () -> Void)
}

/// A first-in, first-out queue that keeps its storage.
///
/// Not bounded by count: the runtime's jobs can be neither refused nor dropped. What creates tasks bounds them.
struct WorkQueue: Sendable {
    private var items: [Work] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }

    mutating func append(_ work: Work) {
        items.append(work)
    }

    /// Moves everything out of `other`, behind what is here.
    mutating func takeAll(of other: inout WorkQueue) {
        if isEmpty {
            swap(&self, &other)
            return
        }
        items.append(contentsOf: other.items[other.head...])
        other.removeAll()
    }

    mutating func popFirst() -> Work? {
        guard head < items.count else { return nil }
        let work = items[head]
        head += 1
        if head == items.count {
            removeAll()
        } else if head >= WorkQueue.compactionThreshold && head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
        return work
    }

    private mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        head = 0
    }

    private static let compactionThreshold = 4096
}
