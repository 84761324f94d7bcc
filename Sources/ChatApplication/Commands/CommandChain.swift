/// A command that waits to be decided, or to be appended. Shared by the queues of its machine, so that moving it
/// between them copies nothing.
final class WaitingCommand {
    let id: Int
    let chain: Int
    let request: CommandRequest
    /// When it came, in microseconds since 1970 UTC.
    let submittedAt: Int64
    /// When it is given up, likewise.
    let deadline: Int64
    /// Conflicts that it has met.
    var attempts = 0

    init(_ id: Int, _ chain: Int, _ request: CommandRequest, at now: Int64, deadline: Int64) {
        self.id = id
        self.chain = chain
        self.request = request
        submittedAt = now
        self.deadline = deadline
    }
}

/// The commands of one chain that are not decided yet, in order. Taking the first one costs the same however many wait.
struct CommandChain {
    private var items: [WaitingCommand] = []
    private var head = 0
    /// Whether the first one waits for something that is under way.
    var isBlocked = false
    /// Whether the chain stands in the machine's list of those to look at.
    var isReady = false

    var first: WaitingCommand? { head < items.count ? items[head] : nil }

    var isEmpty: Bool { head == items.count }

    mutating func append(_ waiting: WaitingCommand) { items.append(waiting) }

    mutating func removeFirst() -> WaitingCommand? {
        guard let first else { return nil }
        head += 1
        if head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
        return first
    }

    mutating func prepend(_ waiting: [WaitingCommand]) {
        items.replaceSubrange(0..<head, with: waiting)
        head = 0
    }
}
