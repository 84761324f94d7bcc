import ChatDomain
import ChatProjections
import JSONText

/// Compares what clients saw with what the log holds, by the promises of the protocol.
struct Checker {
    let world: World
    private var events: [ProjectedEvent] { world.database.tables.events }

    init(_ world: World) { self.world = world }

    private var sessions: [SeenSession] { world.clients.flatMap(\.sessions) }
    private var commands: [IssuedCommand] { world.clients.flatMap(\.issued) }

    // MARK: is all there

    var isComplete: Bool { missing().isEmpty }

    /// What open sessions have not been shown yet, and sessions that stand in the log and belong to nobody.
    func missing() -> [String] {
        let truth = Truth(events)
        var found: [String] = []
        for session in sessions where session.isOpen {
            guard let expected = truth.feed(of: session, world) else {
                found.append("\(session.label) is not in the log")
                continue
            }
            let seen = session.pushes.filter(\.isFeed).count
            if seen < expected.count { found.append("\(session.label) saw \(seen) of \(expected.count)") }
        }
        let open = Set(sessions.filter(\.isOpen).map(\.id))
        for ghost in truth.openSessions.subtracting(open).sorted() { found.append("session \(ghost) stays open") }
        for lost in open.subtracting(truth.openSessions).sorted() { found.append("session \(lost) was ended") }
        let online = truth.usersOnline
        for session in sessions where session.isOpen {
            for (user, isOnline) in session.online.sorted(by: { $0.key < $1.key })
            where isOnline != online.contains(user) {
                found.append("\(session.label) believes \(user) to be \(isOnline ? "online" : "offline")")
            }
        }
        return found
    }

    // MARK: is all right

    func violations() -> [String] {
        let truth = Truth(events)
        return sessions.flatMap { violations(of: $0, truth) } + commandViolations(truth) + orderViolations()
            + seqViolations() + termViolations() + refusalViolations()
    }

    private func violations(of session: SeenSession, _ truth: Truth) -> [String] {
        guard let expected = truth.feed(of: session, world) else { return ["\(session.label) is not in the log"] }
        var found: [String] = []
        let seen = session.pushes.filter(\.isFeed).map(\.position)
        let wanted = Array(session.isOpen ? expected[...] : expected.prefix(seen.count))
        if seen != wanted {
            let place =
                zip(seen, wanted).enumerated().first { $0.1.0 != $0.1.1 }?.offset ?? min(seen.count, wanted.count)
            found.append(
                "\(session.label) was shown \(Array(seen.dropFirst(place).prefix(5))) instead of "
                    + "\(Array(wanted.dropFirst(place).prefix(5))), \(seen.count) of \(wanted.count)")
        }
        if session.acknowledged > truth.acknowledged(by: session, world) {
            found.append("\(session.label) was answered \(session.acknowledged), which is not in the log")
        }
        let ends = session.pushes.filter { $0.method == "caughtup" }.map(\.position)
        if ends != [session.openedAt], session.isOpen || !ends.isEmpty {
            found.append("\(session.label) was told of \(ends)")
        }
        let seam = session.pushes.firstIndex { $0.method == "caughtup" } ?? session.pushes.count
        for (place, push) in session.pushes.enumerated() where push.isFeed {
            if (place < seam) != (push.position <= session.openedAt) {
                found.append("\(session.label): \(push.position) on the wrong side of the seam")
            }
            if let wrong = truth.wrongText(push, openedAt: session.openedAt) {
                found.append("\(session.label): \(wrong)")
            }
        }
        return found
    }

    /// What was answered stands in the log, once; what was refused does not.
    private func commandViolations(_ truth: Truth) -> [String] {
        var found: [String] = []
        for command in commands {
            var positions: Set<Int64> = []
            for case .done(let position?, _, _, _) in command.answers { positions.insert(position) }
            if positions.count > 1 { found.append("\(command.label) was answered \(positions.sorted())") }
            guard let text = command.text else { continue }
            let stored = truth.positions[text] ?? []
            if stored.count > 1 { found.append("\(command.label) was carried out at \(stored)") }
            let isDone = command.answers.contains { if case .done = $0 { true } else { false } }
            if isDone, stored != positions.sorted() {
                found.append("\(command.label) was answered \(positions.sorted()), and stands at \(stored)")
            }
            let isUnanswered = command.attempts.contains { $0.answer == nil }
            if !isDone, !isUnanswered, !stored.isEmpty {
                found.append("\(command.label) was refused, and stands at \(stored)")
            }
        }
        return found
    }

    /// The commands of a connection took effect in the order in which they were sent.
    private func orderViolations() -> [String] {
        var last: [Int: (order: Int, position: Int64, label: String)] = [:]
        var found: [String] = []
        let attempts = commands.flatMap { command in command.attempts.map { (command, $0) } }
        for (command, attempt) in attempts.sorted(by: { $0.1.order < $1.1.order }) {
            guard case .done(let position?, _, _, false)? = attempt.answer else { continue }
            if let before = last[attempt.connection], before.position >= position {
                found.append("\(command.label) at \(position) before \(before.label) at \(before.position)")
            }
            last[attempt.connection] = (attempt.order, position, command.label)
        }
        return found
    }

    /// A 503 took along all that the connection had received before it was sent.
    private func refusalViolations() -> [String] {
        var byConnection: [Int: [(IssuedCommand, IssuedCommand.Attempt)]] = [:]
        for command in commands {
            for attempt in command.attempts { byConnection[attempt.connection, default: []].append((command, attempt)) }
        }
        var found: [String] = []
        for (number, attempts) in byConnection.sorted(by: { $0.key < $1.key }) {
            for refusal in world.connections[number]?.refusals ?? [] {
                guard let refused = attempts.first(where: { $0.1.request == refusal.request })?.1 else { continue }
                for (command, attempt) in attempts
                where attempt.order > refused.order && attempt.end <= refusal.received && attempt.isDone {
                    found.append("\(command.label) was carried out behind a 503")
                }
            }
        }
        return found
    }

    private func seqViolations() -> [String] {
        var last: [StreamName: Int64] = [:]
        var found: [String] = []
        for event in events {
            if case .messageSent = event.event {
                let expected = last[event.stream, default: 0] + 1
                if event.version != expected {
                    found.append("\(event.stream): \(event.version) instead of \(expected)")
                }
                last[event.stream] = event.version
            }
        }
        return found
    }

    /// Nothing is stored under a lease term that is over.
    private func termViolations() -> [String] {
        var alive: Set<NodeName> = []
        var found: [String] = []
        for event in events {
            if let node = event.node, !alive.contains(node) {
                found.append("\(node) stored \(event.position) without a term")
            }
            switch event.event {
            case .nodeJoined(let joined): alive.insert(joined.node)
            case .nodeLost(let lost): alive.remove(lost.node)
            default: break
            }
        }
        return found
    }
}
