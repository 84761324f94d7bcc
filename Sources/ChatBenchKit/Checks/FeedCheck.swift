/// What was wrong with what clients were answered and shown. Any of it breaks a promise of the protocol.
struct Faults: Equatable {
    /// Answered as stored, and not shown to a recipient in time.
    var lost = 0
    /// Shown a second time in one session.
    var repeated = 0
    /// Shown with a position or `seq` that does not rise.
    var outOfOrder = 0
    /// Numbers of the conversation that a session neither saw nor was answered, between the first and the last.
    var gaps = 0
    /// Shown to somebody whom they do not concern, the sender's own session included.
    var misdelivered = 0
    /// Refused, and shown all the same.
    var contradicted = 0
    /// Neither answered nor refused in time.
    var unanswered = 0
    /// Sessions that ended.
    var disconnected = 0

    /// Every count with its name.
    var named: [(name: String, count: Int)] {
        [
            ("lost", lost), ("repeated", repeated), ("outOfOrder", outOfOrder), ("gaps", gaps),
            ("misdelivered", misdelivered), ("contradicted", contradicted), ("unanswered", unanswered),
            ("disconnected", disconnected),
        ]
    }

    var isEmpty: Bool { named.allSatisfy { $0.count == 0 } }

    static func += (left: inout Faults, right: Faults) {
        left.lost += right.lost
        left.repeated += right.repeated
        left.outOfOrder += right.outOfOrder
        left.gaps += right.gaps
        left.misdelivered += right.misdelivered
        left.contradicted += right.contradicted
        left.unanswered += right.unanswered
        left.disconnected += right.disconnected
    }
}

/// Checks what one session is shown of its one conversation during a run.
struct FeedCheck {
    /// The last position shown; what may be acknowledged.
    private(set) var position = 0
    /// What was found so far.
    private(set) var faults = Faults()
    /// What was shown of each member of the conversation.
    private(set) var seen: [MessageSet]
    private let own: Int
    private var lastSeq = 0
    private var seqs = (first: Int.max, last: 0, count: 0)

    /// - Parameters:
    ///   - members: How many take part in the conversation.
    ///   - own: The session's own number among them.
    init(members: Int, own: Int) {
        seen = Array(repeating: MessageSet(), count: members)
        self.own = own
    }

    /// Something of the feed was pushed.
    mutating func pushed(position: Int) {
        if position <= self.position { faults.outOfOrder += 1 }
        self.position = max(self.position, position)
    }

    /// A message of the run was pushed, of the member with this number (nil: of somebody else); true if it is new.
    /// Without a `seq` only the order of each sender's own messages can be checked.
    mutating func shown(member: Int?, number: Int, seq: Int?) -> Bool {
        guard let member, member != own else {
            faults.misdelivered += 1
            return false
        }
        let isInOrder = number > seen[member].last
        guard seen[member].insert(number) else {
            faults.repeated += 1
            return false
        }
        guard let seq else {
            if !isInOrder { faults.outOfOrder += 1 }
            return true
        }
        if seq <= lastSeq { faults.outOfOrder += 1 }
        lastSeq = max(lastSeq, seq)
        count(seq)
        return true
    }

    /// A message of the session's own was answered.
    mutating func answered(seq: Int) {
        count(seq)
    }

    private mutating func count(_ seq: Int) {
        seqs = (min(seqs.first, seq), max(seqs.last, seq), seqs.count + 1)
    }

    /// What was found, with the gaps in `seq` up to now.
    func finished() -> Faults {
        var all = faults
        if seqs.count > 0 { all.gaps += max(0, seqs.last - seqs.first + 1 - seqs.count) }
        return all
    }
}
