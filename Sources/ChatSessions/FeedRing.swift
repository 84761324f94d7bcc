import ChatApplication
import ChatDomain
import Reactor
import WireProtocol

/// The newest feed items of a loop, bounded in bytes: a session that has caught up almost finds the rest here.
struct FeedRing {
    private var items: [FeedItem] = []
    private var head = 0
    private var bytes = 0
    private let limit: Int
    /// Everything after this position is here.
    private(set) var start = Position.start
    /// Up to where the loop has been given everything.
    private(set) var end = Position.start

    init(limit: Int) { self.limit = limit }

    mutating func begin(at position: Position) {
        items = []
        head = 0
        bytes = 0
        start = position
        end = position
    }

    mutating func append(_ item: FeedItem) {
        items.append(item)
        bytes += item.weight
        while bytes > limit, head < items.count {
            bytes -= items[head].weight
            start = items[head].position
            items[head].line = []
            items[head].personal = [:]
            head += 1
        }
        if head > 64, head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
    }

    /// What a message said is shown to nobody who comes after it was taken back.
    mutating func forgetText(of message: Position) {
        guard message > start else { return }
        let places = items(after: message.advanced(by: -1)).indices
        for place in places where items[place].position == message || items[place].mark?.message == message {
            bytes -= items[place].weight
            items[place].line = Push.withoutText(items[place].line)
            bytes += items[place].weight
        }
    }

    mutating func advance(to position: Position) { end = max(end, position) }

    /// Whether everything after a position is here.
    func covers(after position: Position) -> Bool { position >= start && position <= end }

    /// The item at a position, if it is here.
    func item(at position: Position) -> FeedItem? {
        guard covers(after: position), position > start else { return nil }
        let found = items(after: position.advanced(by: -1)).first
        return found?.position == position ? found : nil
    }

    /// The items after a position, in order.
    func items(after position: Position) -> ArraySlice<FeedItem> {
        var low = head
        var high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle].position <= position { low = middle + 1 } else { high = middle }
        }
        return items[low...]
    }
}

extension FeedItem {
    /// Bytes that it keeps in memory, about.
    fileprivate var weight: Int { line.count + personal.values.reduce(0) { $0 + $1.count } + 200 }
}
