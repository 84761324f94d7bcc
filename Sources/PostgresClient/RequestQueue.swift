/// The order of requests on one connection, as a pure machine: submit, ask for the next step, report its end.
///
/// Ordinary requests are sent while answers to earlier ones are still to come. An exclusive request (a script, a COPY)
/// waits until none is outstanding, and nothing is sent until it has ended. A hold (a transaction) lets only its own
/// requests pass until it is released. Otherwise first come, first served.
struct RequestQueue<Request> {
    enum Kind: Equatable {
        case ordinary
        case exclusive
        case hold
    }

    /// What the runner is to do now.
    enum Step {
        case send(Request)
        case startExclusive(Request)
        case grantHold(Request)
    }

    struct Item {
        let id: UInt64
        let kind: Kind
        let request: Request
    }

    private let inFlightLimit: Int
    private var waiting = Fifo<Item>()
    private var held = Fifo<Item>()
    private var inFlight = Fifo<Item>()
    private var exclusive: UInt64?
    private var holder: UInt64?
    private var releasing = false

    init(inFlightLimit: Int) {
        self.inFlightLimit = inFlightLimit
    }

    var waitingCount: Int { waiting.count + held.count }
    var isIdle: Bool { inFlight.isEmpty && exclusive == nil && holder == nil && waitingCount == 0 }

    /// The request whose answer comes next.
    var oldestInFlight: Request? { inFlight.first?.request }

    /// Adds a request; `holder` is the identifier of the hold that it belongs to.
    mutating func submit(_ id: UInt64, _ kind: Kind, _ request: Request, holder: UInt64? = nil) {
        let item = Item(id: id, kind: kind, request: request)
        if holder == nil { waiting.append(item) } else { held.append(item) }
    }

    mutating func nextStep() -> Step? {
        guard exclusive == nil, let next = holder == nil ? waiting.first : held.first else { return nil }
        switch next.kind {
        case .ordinary:
            guard inFlight.count < inFlightLimit else { return nil }
            takeNext()
            inFlight.append(next)
            return .send(next.request)
        case .exclusive:
            guard inFlight.isEmpty else { return nil }
            takeNext()
            exclusive = next.id
            return .startExclusive(next.request)
        case .hold:
            takeNext()
            holder = next.id
            return .grantHold(next.request)
        }
    }

    private mutating func takeNext() {
        if holder == nil { waiting.removeFirst() } else { held.removeFirst() }
        endReleasedHold()
    }

    /// The answer to the oldest request in flight is complete.
    mutating func finishOldest() { inFlight.removeFirst() }

    mutating func finishExclusive(_ id: UInt64) {
        if exclusive == id { exclusive = nil }
    }

    /// Whether requests of this hold are accepted.
    func isHeld(by id: UInt64?) -> Bool { holder == id && !releasing }

    /// Ends a hold, when what it has queued is sent.
    mutating func release(_ id: UInt64) {
        guard holder == id else { return }
        releasing = true
        endReleasedHold()
    }

    private mutating func endReleasedHold() {
        guard releasing && held.isEmpty else { return }
        (holder, releasing) = (nil, false)
    }

    /// Takes out a request that was not sent yet.
    mutating func withdraw(_ id: UInt64) -> Request? {
        waiting.remove { $0.id == id }?.request ?? withdrawHeld(id)
    }

    private mutating func withdrawHeld(_ id: UInt64) -> Request? {
        defer { endReleasedHold() }
        return held.remove { $0.id == id }?.request
    }

    /// Finds a request whose answer is still to come.
    func inFlight(_ id: UInt64) -> Request? { inFlight.find { $0.id == id }?.request }

    /// Takes everything out, in order: the connection is gone.
    mutating func abandonAll() -> [Request] {
        defer {
            (waiting, held, inFlight) = (Fifo(), Fifo(), Fifo())
            (exclusive, holder, releasing) = (nil, nil, false)
        }
        return (inFlight.all + held.all + waiting.all).map(\.request)
    }
}

/// First in, first out, in constant time on average.
struct Fifo<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : elements[head] }
    var all: [Element] { elements[head...].compactMap { $0 } }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func removeFirst() {
        precondition(!isEmpty, "nothing is queued")
        elements[head] = nil
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64 && head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
    }

    func find(_ matches: (Element) -> Bool) -> Element? { all.first(where: matches) }

    mutating func remove(_ matches: (Element) -> Bool) -> Element? {
        for index in head..<elements.count {
            if let element = elements[index], matches(element) {
                elements.remove(at: index)
                return element
            }
        }
        return nil
    }
}
