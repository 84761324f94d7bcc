import ChatApplication
import ChatDomain

/// The newest events that were read, without a gap between them: what one reader of the log has had, the next one need
/// not ask for. Bounded by bytes of their payloads.
struct RecentEvents {
    private let limit: Int
    /// Those before `head` are forgotten.
    private var events: [RecordedEvent] = []
    private var head = 0
    private var bytes = 0

    init(bytes limit: Int) { self.limit = limit }

    /// The next of them after a position, at most so many, bounded as a page of the log is; nil if the log is to be asked.
    func page(after: Position, limit: Int) -> [RecordedEvent]? {
        guard head < events.count, limit > 0 else { return nil }
        let first = Int(after.value - events[head].position.value) + 1 + head
        guard first >= head, first < events.count else { return nil }
        var end = first
        var bytes = 0
        while end < events.count, end - first < limit, bytes < LogPage.bytes {
            bytes += events[end].payload.count
            end += 1
        }
        return Array(events[first..<end])
    }

    /// Takes a page of the log as it was read: positions have no gaps.
    mutating func add(_ page: [RecordedEvent]) {
        guard limit > 0, let first = page.first, let last = page.last else { return }
        if head < events.count, let newest = events.last, first.position <= newest.position.advanced(by: 1),
            first.position >= events[head].position
        {
            guard last.position > newest.position else { return }
            append(page.dropFirst(Int(newest.position.value - first.position.value) + 1))
        } else if last.position > (events.last?.position ?? .start) {
            self = RecentEvents(bytes: limit)
            append(page[...])
        }
    }

    private mutating func append(_ page: ArraySlice<RecordedEvent>) {
        events.append(contentsOf: page)
        bytes += page.reduce(0) { $0 + $1.weight }
        while bytes > limit, head < events.count {
            bytes -= events[head].weight
            head += 1
        }
        if head * 2 > events.count {
            events.removeFirst(head)
            head = 0
        }
    }
}

extension RecordedEvent {
    /// Bytes that it keeps in memory, about.
    fileprivate var weight: Int { payload.count + 300 }
}
