import ChatApplication
import ChatDomain

/// A community that registers, makes friends, meets in groups, comes, talks, and goes; event by event, and the same
/// for the same plan. It keeps to the rules of the deciders, so that nodes can go on where it ends.
struct History {
    /// What is to be appended next, and by whom.
    struct Draft {
        var event: ChatEvent
        var actor: Int?
        /// The conversation, of messages and what marks them.
        var talk: Int?
        var node = 0
    }

    static let nodes = [NodeName("history-a"), NodeName("history-b")]
    /// The term of a node that joined once.
    static let term: Int64 = 1
    /// How many messages back somebody reacts or edits.
    private static let memory = 2048
    /// How long a pause is by the hour of the day (UTC), in percent of the mean.
    private static let pauses: [Int64] = [
        220, 300, 380, 420, 400, 320, 180, 110, 80, 75, 75, 80, 70, 75, 80, 80, 75, 70, 65, 60, 60, 70, 100, 150,
    ]

    let plan: HistoryPlan
    let credentials: Credentials
    var random: SeededNumbers
    var words = HistoryWords()
    private(set) var position: Int64 = 0
    private(set) var time = HistoryPlan.begin
    private var messagesLeft: Int
    var people: [HistoryPerson] = []
    /// Who has a session, and for each user the place therein.
    var online: [Int] = []
    var places: [Int?] = []
    var talks: [HistoryTalk] = []
    var groups: [HistoryGroup] = []
    var friendships = 0
    var memberships = 0
    /// Who blocks whom, with their conversation.
    var blocked: [(by: Int, user: Int, talk: Int)] = []
    /// The last messages, in a ring.
    var recent: [HistoryMessage] = []
    /// Reactions that may be taken back.
    var reactions: [HistoryReaction] = []
    /// Of every stream but those of messages and their marks, which conversations count themselves.
    private(set) var heads: [StreamName: HistoryHead] = [:]
    /// What follows by itself, the next one last.
    private var following: [Draft] = []

    init(_ plan: HistoryPlan, pepper: [UInt8]) {
        self.plan = plan
        credentials = Credentials(pepper: pepper)
        random = SeededNumbers(seed: plan.seed)
        messagesLeft = plan.messages
    }

    /// The next event; nil behind the last one.
    mutating func next() -> HistoryEvent? {
        let left = plan.events - Int(position)
        guard left > 0 else { return nil }
        pause()
        let index = Int(position)
        if index < Self.nodes.count {
            return append(Draft(event: .nodeJoined(NodeJoined(node: Self.nodes[index])), node: index))
        }
        if left <= Self.nodes.count {
            let index = Self.nodes.count - left
            return append(Draft(event: .nodeLost(NodeLost(node: Self.nodes[index], graceful: true)), node: index))
        }
        if let draft = following.popLast() { return append(draft) }
        if random.below(left - Self.nodes.count) < messagesLeft, let draft = say() { return append(draft) }
        return append(live())
    }

    private mutating func pause() {
        let hour = Int(time / 3_600_000_000 % 24)
        time += 1 + Int64(random.below(Int(2 * plan.interval * Self.pauses[hour] / 100)))
    }

    /// Events that may still come behind the next one.
    var room: Int { plan.events - Int(position) - Self.nodes.count - 1 }

    /// Says what comes after the next event, before anything else does.
    mutating func follow(with drafts: [Draft]) { following = drafts.reversed() }

    /// How many there are to be by now of what there shall be in all: a fifth from the start, all after four fifths.
    func due(_ total: Int) -> Int {
        min(total, max(2, total / 5 + Int(Int64(total) * position / Int64(plan.events))))
    }

    func state(of stream: StreamName) -> StreamState? { heads[stream]?.state }

    func isKnown(_ stream: StreamName) -> Bool { heads[stream] != nil }
}

// MARK: - Appending

extension History {
    private mutating func append(_ draft: Draft) -> HistoryEvent {
        position += 1
        let place = draft.event.place ?? EventPlace(.acknowledgements(Self.nodes[draft.node]))
        for stream in place.touched { _ = advance(stream, draft.event) }
        var event = HistoryEvent(
            event: draft.event, stream: place.stream, touched: place.touched, position: position, version: 0,
            time: time)
        event.version = count(draft, in: place.stream)
        sign(&event, draft)
        return event
    }

    /// The version of the event in its stream.
    private mutating func count(_ draft: Draft, in stream: StreamName) -> Int64 {
        guard let talk = draft.talk else { return advance(stream, draft.event) }
        guard case .messageSent(let sent) = draft.event, let sender = draft.actor else {
            talks[talk].markCount += 1
            talks[talk].lastMark = position
            return talks[talk].markCount
        }
        messagesLeft -= 1
        talks[talk].seq += 1
        talks[talk].lastPosition = position
        talks[talk].lastSender = sender
        let seq = talks[talk].seq
        remember(
            HistoryMessage(
                talk: talk, sender: sender,
                reference: MessageReference(
                    conversation: sent.conversation, seq: seq, position: Position(position))))
        if talks[talk].group == nil, let other = talks[talk].members.first(where: { $0 != sender }) {
            people[other].undelivered[talk] = seq
        }
        return seq
    }

    private mutating func remember(_ message: HistoryMessage) {
        if recent.count < Self.memory {
            recent.append(message)
        } else {
            recent[Int(position) % Self.memory] = message
        }
    }

    private mutating func advance(_ stream: StreamName, _ event: ChatEvent) -> Int64 {
        var head = heads[stream] ?? HistoryHead()
        head.version += 1
        head.position = position
        head.state = StreamState.evolve(head.state, stream: stream, event: event, at: time)
        heads[stream] = head
        return head.version
    }

    /// Who caused it: a user's session, the one that just began, or a node.
    private func sign(_ event: inout HistoryEvent, _ draft: Draft) {
        event.node = Self.nodes[draft.node]
        guard let actor = draft.actor else { return }
        event.actor = people[actor].id
        guard let session = people[actor].session else { return }
        event.session = session.id
        event.device = session.device
        event.node = Self.nodes[session.node]
    }
}
