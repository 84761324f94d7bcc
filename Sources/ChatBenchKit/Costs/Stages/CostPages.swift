import ChatApplication
import ChatDomain

/// Pages of a log: the same messages again and again, at ever higher positions and numbers in their conversations.
struct CostPages: Sequence, IteratorProtocol {
    private var pages: ArraySlice<[RecordedEvent]>

    init(_ events: [RecordedEvent], after position: Int64, count: Int, of size: Int) {
        var versions: [StreamName: Int64] = [:]
        var last = position
        var place = 0
        let made = (0..<count).map { _ in
            (0..<size).map { _ in
                var event = events[place]
                place = (place + 1) % events.count
                last += 1
                event.position = Position(last)
                event.version = versions[event.stream, default: 0] + 1
                versions[event.stream] = event.version
                return event
            }
        }
        pages = made[...]
    }

    mutating func next() -> [RecordedEvent]? { pages.popFirst() }
}
