/// First come, first served within a lane, and the lanes take turns: a long one holds up nobody in another.
struct FairQueue<Element: Sendable>: Sendable {
    private var lanes: [String: Line<Element>] = [:]
    /// The lanes that hold something; the first one's turn is next.
    private var turns = Line<String>()
    private(set) var count = 0

    func count(in lane: String) -> Int { lanes[lane]?.count ?? 0 }

    mutating func append(_ element: Element, lane: String) {
        count += 1
        if lanes[lane] == nil { turns.append(lane) }
        lanes[lane, default: Line()].append(element)
    }

    mutating func popFirst() -> Element? {
        guard let lane = turns.popFirst(), let element = lanes[lane]?.popFirst() else { return nil }
        count -= 1
        if count(in: lane) == 0 { lanes[lane] = nil } else { turns.append(lane) }
        return element
    }
}

/// First in, first out, in constant time on average.
private struct Line<Element: Sendable>: Sendable {
    private var items: [Element] = []
    private var head = 0

    var count: Int { items.count - head }

    mutating func append(_ item: Element) { items.append(item) }

    mutating func popFirst() -> Element? {
        guard head < items.count else { return nil }
        defer {
            head += 1
            if head * 2 >= items.count {
                items.removeFirst(head)
                head = 0
            }
        }
        return items[head]
    }
}
