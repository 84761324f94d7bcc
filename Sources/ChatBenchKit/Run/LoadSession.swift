import JSONText

/// One client's part in a run: what it sends, and what it is answered and shown. Confined to the generator's loop.
final class LoadSession: LineReceiver {
    /// The session's connection.
    let client: BenchClient
    /// What it was shown.
    private(set) var check: FeedCheck
    /// Its messages that are stored.
    private(set) var stored = MessageSet()
    /// Its messages that the server refused.
    private(set) var refused = MessageSet()

    private unowned let run: LoadRun
    private let template: RequestTemplate
    /// The first client of its conversation; the others follow.
    private let firstMember: Int
    private let members: Int
    /// For each message when it was to leave; 0 once it is answered.
    private var intended: [Int64] = []
    /// For each message how many have not got it yet: the recipients, and the sender its answer.
    private var missing: [Int32] = []
    private var acknowledged = 0

    init(client: BenchClient, run: LoadRun, target: RequestTemplate.Target, firstMember: Int, members: Int) {
        self.client = client
        self.run = run
        self.firstMember = firstMember
        self.members = members
        template = RequestTemplate(target: target, run: run.number, sender: client.index, size: run.plan.size)
        check = FeedCheck(members: members, own: client.index - firstMember)
    }

    /// Sends the next message.
    func send(intended time: Int64) {
        client.write(template.line(number: intended.count, intended: time))
        intended.append(time)
        missing.append(Int32(members))
        run.sent += 1
    }

    /// Takes a line that came at `now`.
    func take(_ bytes: [UInt8], _ range: Range<Int>, at now: Int64) {
        let line = LineScanner.scan(bytes, range)
        switch line.kind {
        case .answer: answered(line, at: now)
        case .refusal: refused(line, Array(bytes[range]))
        case .push: pushed(line, bytes, range, at: now)
        case .unreadable: run.note("unreadable line")
        }
    }

    private func answered(_ line: ScannedLine, at now: Int64) {
        guard let time = settle(line.id) else { return }
        stored.insert(line.id)
        check.answered(seq: line.seq)
        run.answered(intended: time, at: now)
        arrived(line.id)
    }

    /// One of those who are to get a message, or its answer, has got it.
    func arrived(_ number: Int) {
        guard missing.indices.contains(number) else { return }
        missing[number] -= 1
        if missing[number] == 0 { run.settled(self) }
    }

    private func refused(_ line: ScannedLine, _ bytes: [UInt8]) {
        let error = (try? JSONValue.parse(bytes))?["error"].map { ServerRefusal($0) }
        run.note(error.map { "\($0.code) \($0.reason)" } ?? "unreadable refusal")
        guard settle(line.id) != nil else { return }
        refused.insert(line.id)
        run.refusals += 1
        run.settledLater(self)
    }

    /// When the message was to leave, the first time that it is asked for.
    private func settle(_ number: Int) -> Int64? {
        guard intended.indices.contains(number), intended[number] != 0 else { return nil }
        defer { intended[number] = 0 }
        return intended[number]
    }

    private func pushed(_ line: ScannedLine, _ bytes: [UInt8], _ range: Range<Int>, at now: Int64) {
        guard line.seq != 0, !line.text.isEmpty else { return pushedOther(line, bytes, range) }
        check.pushed(position: line.position)
        guard let stamp = Stamp.read(bytes, line.text), stamp.run == run.number else { return }
        let member = stamp.sender - firstMember
        let isMember = member >= 0 && member < members
        guard check.shown(member: isMember ? member : nil, number: stamp.number, seq: line.seq) else { return }
        run.delivered(stamp, at: now)
    }

    private func pushedOther(_ line: ScannedLine, _ bytes: [UInt8], _ range: Range<Int>) {
        let method = bytes[line.method]
        if method.elementsEqual("goaway".utf8) { return client.noteFarewell(bytes, range) }
        if line.position > 0, !method.elementsEqual("caughtup".utf8) { check.pushed(position: line.position) }
    }

    /// Acknowledges what was shown since the last time.
    func acknowledge() {
        guard check.position > acknowledged else { return }
        acknowledged = check.position
        client.write(
            Array(#"{"jsonrpc":"2.0","method":"ack","params":{"position":\#(acknowledged)}}"#.utf8) + [10])
    }

    func disconnected() {
        run.disconnected(client.farewell)
    }

    /// What is still open.
    var unanswered: Int { intended.count - stored.count - refused.count }
}
