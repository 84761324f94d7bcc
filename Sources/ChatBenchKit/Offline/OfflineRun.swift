import JSONText
import Telemetry

/// One run of messages to users who are away. Confined to the generator's loop.
final class OfflineRun {
    let plan: OfflinePlan
    /// From the beginning of a user's connection to its first message, in nanoseconds.
    let firstTimes = Histogram(unit: .seconds)
    /// The same of those who come back once more.
    let laterTimes = Histogram(unit: .seconds)
    /// When the last answer or message came.
    private(set) var lastTime: Int64 = 0
    /// Why it cannot go on.
    private(set) var failure: String?
    private let number: Int
    private var isOver = false
    private var answers = 0
    private var arrivals = 0
    /// Users who have come back once more.
    private var comebacks = 0
    private var receivers: [Receiver] = []

    init(plan: OfflinePlan, number: Int) {
        (self.plan, self.number) = (plan, number)
    }

    var isStored: Bool { answers == plan.users * plan.messages }
    var isDrained: Bool { arrivals >= (plan.users + comebacks) * plan.messages }
    /// What was wrong with what was shown.
    var faults: Faults {
        receivers.reduce(into: Faults()) { all, receiver in
            all += receiver.check.finished()
            all.lost += plan.messages - receiver.check.seen[0].count
        }
    }

    /// Lets each of the writers begin, to the one with its own place among those who are away.
    func store(from writers: [BenchClient], to away: [BenchClient]) {
        for (writer, recipient) in zip(writers, away) {
            let session = Writer(
                writer, self,
                RequestTemplate(
                    target: .user(recipient.user), run: number, sender: writer.index, size: plan.size))
            writer.session = session
            for _ in 0..<min(plan.window, plan.messages) { session.send() }
        }
    }

    /// What checks and counts what a user is shown who has come back.
    func receiver(of client: BenchClient, begun: Int64) -> any LineReceiver {
        let receiver = Receiver(client, self, begun: begun, times: isOver ? laterTimes : firstTimes)
        if isOver { comebacks += 1 }
        receivers.append(receiver)
        return receiver
    }

    /// From now on, who comes back does it once more.
    func beginComebacks() { isOver = true }

    /// Lets go of the clients' receivers, which hold the run for as long as something may come for them.
    func end() { receivers = [] }

    private func failed(_ reason: String) { failure = failure ?? reason }

    private final class Writer: LineReceiver {
        private let client: BenchClient
        private let run: OfflineRun
        private let template: RequestTemplate
        private var sent = 0

        init(_ client: BenchClient, _ run: OfflineRun, _ template: RequestTemplate) {
            (self.client, self.run, self.template) = (client, run, template)
        }

        func send() {
            client.write(template.line(number: sent, intended: 0))
            sent += 1
        }

        func take(_ bytes: [UInt8], _ range: Range<Int>, at now: Int64) {
            switch LineScanner.scan(bytes, range).kind {
            case .answer:
                run.answers += 1
                run.lastTime = now
                if sent < run.plan.messages { send() }
            case .refusal: run.failed("a message was refused: \(String(decoding: bytes[range], as: UTF8.self))")
            case .push, .unreadable: break
            }
        }

        func disconnected() {
            if !run.isStored { run.failed("the server closed a writer's connection") }
        }
    }

    private final class Receiver: LineReceiver {
        private(set) var check = FeedCheck(members: 2, own: 1)
        private let client: BenchClient
        private let run: OfflineRun
        private let begun: Int64
        private let times: Histogram

        init(_ client: BenchClient, _ run: OfflineRun, begun: Int64, times: Histogram) {
            (self.client, self.run, self.begun, self.times) = (client, run, begun, times)
        }

        func take(_ bytes: [UInt8], _ range: Range<Int>, at now: Int64) {
            let line = LineScanner.scan(bytes, range)
            if line.kind == .refusal {
                run.failed("a login was refused: \(String(decoding: bytes[range], as: UTF8.self))")
            }
            guard line.kind == .push, line.seq != 0, let stamp = Stamp.read(bytes, line.text), stamp.run == run.number
            else { return }
            if check.seen[0].count == 0 { times.record(Int(now - begun)) }
            check.pushed(position: line.position)
            let isMine = stamp.sender + run.plan.users == client.index
            guard check.shown(member: isMine ? 0 : nil, number: stamp.number, seq: line.seq) else { return }
            run.arrivals += 1
            run.lastTime = now
        }

        func disconnected() {
            if !run.isDrained { run.failed("the server closed the connection of a user who had come back") }
        }
    }
}
