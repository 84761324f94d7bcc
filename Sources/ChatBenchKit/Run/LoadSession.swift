/// One client's part in a run: what it sends, and what it is answered and shown. Confined to the generator's loop.
final class LoadSession {
    /// The session's connection.
    let client: any LoadClient
    /// What it was shown.
    private(set) var check: FeedCheck
    /// Its messages that are stored.
    private(set) var stored = MessageSet()
    /// Its messages that the server refused.
    private(set) var refused = MessageSet()

    private unowned let run: LoadRun
    private let template: any MessageTemplate
    /// The first client of its conversation; the others follow.
    private let firstMember: Int
    private let members: Int
    /// For each message when it was to leave; 0 once it is answered.
    private var intended: [Int64] = []
    /// For each message how many have not got it yet: the recipients, and the sender its answer.
    private var missing: [Int32] = []
    private var acknowledged = 0

    init(client: any LoadClient, run: LoadRun, template: any MessageTemplate, firstMember: Int, members: Int) {
        self.client = client
        self.run = run
        self.firstMember = firstMember
        self.members = members
        self.template = template
        check = FeedCheck(members: members, own: client.index - firstMember)
    }

    /// Sends the next message.
    func send(intended time: Int64) {
        client.send(template.line(number: intended.count, intended: time))
        intended.append(time)
        missing.append(Int32(members))
        run.sent += 1
    }

    // MARK: what the client tells

    /// The server has the message with this number for good.
    func answered(_ number: Int, seq: Int?, at now: Int64) {
        guard let time = settle(number) else { return }
        stored.insert(number)
        if let seq { check.answered(seq: seq) }
        run.answered(intended: time, at: now)
        arrived(number)
    }

    /// The server did not take the message with this number.
    func refused(_ number: Int, _ reason: String) {
        run.note(reason)
        guard settle(number) != nil else { return }
        refused.insert(number)
        run.refusals += 1
        run.settledLater(self)
    }

    /// Something came at this position of the feed.
    func pushed(position: Int) {
        check.pushed(position: position)
    }

    /// A message came; `seq` is its number in the conversation, where the protocol has such.
    func shown(_ bytes: [UInt8], _ text: Range<Int>, seq: Int?, at now: Int64) {
        guard let stamp = Stamp.read(bytes, text), stamp.run == run.number else { return }
        if client.isShownItsOwn, stamp.sender == client.index { return }
        let member = stamp.sender - firstMember
        let isMember = member >= 0 && member < members
        guard check.shown(member: isMember ? member : nil, number: stamp.number, seq: seq) else { return }
        run.delivered(stamp, at: now)
    }

    func note(_ text: String) {
        run.note(text)
    }

    func disconnected() {
        run.disconnected(client.farewell)
    }

    // MARK: what the run asks

    /// One of those who are to get a message, or its answer, has got it.
    func arrived(_ number: Int) {
        guard missing.indices.contains(number) else { return }
        missing[number] -= 1
        if missing[number] == 0 { run.settled(self) }
    }

    /// When the message was to leave, the first time that it is asked for.
    private func settle(_ number: Int) -> Int64? {
        guard intended.indices.contains(number), intended[number] != 0 else { return nil }
        defer { intended[number] = 0 }
        return intended[number]
    }

    /// Acknowledges what was shown since the last time.
    func acknowledge() {
        guard check.position > acknowledged else { return }
        acknowledged = check.position
        client.acknowledge(position: acknowledged)
    }

    /// What is still open.
    var unanswered: Int { intended.count - stored.count - refused.count }
}
