import Reactor
import Telemetry

/// One run: sends by its plan, and counts. Confined to the generator's loop.
final class LoadRun {
    /// Clients say something at least this often, in nanoseconds, so that none is idle to the server.
    private static let pingEvery: Int64 = 30_000_000_000
    private static let acknowledgeEvery: Int64 = 1_000_000_000
    /// How long a client in a closed loop rests after a refusal.
    private static let rest = Duration.milliseconds(50)

    let number: Int
    let plan: RunPlan
    /// From the intended time to the durable answer, in nanoseconds.
    let answerTimes = Histogram(unit: .seconds)
    /// From the intended time to the push at a recipient, in nanoseconds.
    let deliveryTimes = Histogram(unit: .seconds)
    /// From the intended time to the sending: the generator's own delay, in nanoseconds.
    let lateness = Histogram(unit: .seconds)
    var sent = 0
    var refusals = 0
    private(set) var answers = 0
    private(set) var deliveries = 0
    private(set) var answersInTime = 0
    private(set) var deliveriesInTime = 0
    /// What the server refused or said that was not expected, and how often.
    private(set) var notes: [String: Int] = [:]

    private let loop: EventLoop
    private let schedule: Schedule?
    private let start: Int64
    private let measuredFrom: Int64
    private let measuredTo: Int64
    private let end: Int64
    private var sessions: [LoadSession] = []
    private var scheduled = 0
    private var disconnections = 0
    private var nextPing: Int64
    private var nextAcknowledgement: Int64

    /// - Parameter start: When the first message is to leave, in the generator's time.
    init(number: Int, plan: RunPlan, start: Int64, loop: EventLoop) {
        self.number = number
        self.plan = plan
        self.start = start
        self.loop = loop
        measuredFrom = start + Int64(plan.warmup * 1e9)
        measuredTo = measuredFrom + Int64(plan.seconds * 1e9)
        end = measuredTo + Int64(plan.drain * 1e9)
        nextPing = start + LoadRun.pingEvery
        nextAcknowledgement = start + LoadRun.acknowledgeEvery
        if case .rate(let rate) = plan.pace {
            schedule = Schedule(rate: rate, seconds: plan.warmup + plan.seconds)
        } else {
            schedule = nil
        }
    }

    /// Gives the run its clients, each with what its messages are made of.
    func begin(_ clients: [any LoadClient], template: (Int) -> any MessageTemplate) {
        sessions = clients.prefix(plan.clients).map { client in
            LoadSession(
                client: client, run: self, template: template(client.index),
                firstMember: client.index / plan.members * plan.members, members: plan.members)
        }
        for session in sessions { session.client.begin(session) }
        if case .window(let window) = plan.pace {
            let now = GeneratorClock.now()
            for _ in 0..<window { sessions.forEach { $0.send(intended: now) } }
        }
    }

    /// What is due at this time; true once the run is over.
    func tick(at now: Int64) -> Bool {
        sendDue(at: now)
        if plan.acknowledges, now >= nextAcknowledgement {
            nextAcknowledgement = now + LoadRun.acknowledgeEvery
            sessions.forEach { $0.acknowledge() }
        }
        if now >= nextPing {
            nextPing = now + LoadRun.pingEvery
            sessions.forEach { $0.client.keepAlive() }
        }
        return now >= end || (now >= measuredTo && isComplete)
    }

    private func sendDue(at now: Int64) {
        guard let schedule else { return }
        let due = schedule.due(at: now - start)
        while scheduled < due {
            let intended = start + schedule.intended(scheduled)
            sessions[scheduled % sessions.count].send(intended: intended)
            if isMeasured(intended) { lateness.record(Int(now - intended)) }
            scheduled += 1
        }
    }

    private var isComplete: Bool {
        sent == answers + refusals && deliveries >= answers * (plan.members - 1)
    }

    private func isMeasured(_ time: Int64) -> Bool { time >= measuredFrom && time < measuredTo }

    // MARK: what sessions tell

    func answered(intended: Int64, at now: Int64) {
        answers += 1
        if isMeasured(now) { answersInTime += 1 }
        if isMeasured(intended) { answerTimes.record(Int(now - intended)) }
    }

    func delivered(_ stamp: Stamp, at now: Int64) {
        deliveries += 1
        if isMeasured(now) { deliveriesInTime += 1 }
        if isMeasured(stamp.intended) { deliveryTimes.record(Int(now - stamp.intended)) }
        sessions[stamp.sender].arrived(stamp.number)
    }

    /// A message is with everybody: in a closed loop the next one leaves.
    func settled(_ session: LoadSession) {
        guard schedule == nil else { return }
        let now = GeneratorClock.now()
        if now < measuredTo { session.send(intended: now) }
    }

    /// The same after a refusal, which calls for some patience.
    func settledLater(_ session: LoadSession) {
        guard schedule == nil else { return }
        loop.schedule(after: LoadRun.rest) { [weak self, weak session] in
            if let self, let session { settled(session) }
        }
    }

    func note(_ text: String) {
        notes[text, default: 0] += 1
    }

    func disconnected(_ reason: String?) {
        disconnections += 1
        note("disconnected\(reason.map { ": \($0)" } ?? "")")
    }

    // MARK: the end

    /// Lets go of the clients, and gives all that was wrong.
    func finish() -> Faults {
        for session in sessions { session.client.end() }
        var faults = Faults()
        faults.disconnected = disconnections
        for session in sessions {
            faults += session.check.finished()
            faults.unanswered += session.unanswered
        }
        for first in stride(from: 0, to: sessions.count, by: plan.members) {
            compare(Array(sessions[first..<first + plan.members]), &faults)
        }
        return faults
    }

    /// Compares what each member sent with what each other was shown.
    private func compare(_ members: [LoadSession], _ faults: inout Faults) {
        for (number, sender) in members.enumerated() {
            for recipient in members where recipient !== sender {
                let seen = recipient.check.seen[number]
                faults.lost += sender.stored.missing(from: seen)
                faults.contradicted += sender.refused.common(with: seen)
            }
        }
    }
}
