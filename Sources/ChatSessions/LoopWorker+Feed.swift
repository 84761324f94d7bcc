public import ChatApplication
import ChatDomain
import Reactor
import Telemetry
import WireProtocol

/// The feed's way to sessions: pages from the log until a session has caught up, then item by item.
extension LoopWorker {
    /// Events of a backlog that are read at once.
    private static let page = 200
    /// The fewest: so few that a client that takes little at a time does not cost the reading of much more.
    private static let smallestPage = 8

    // MARK: live

    /// What the node's feed gives to this loop.
    public func take(_ output: FeedOutput) {
        switch output {
        case .batch(let batch):
            let now = services.clock.now()
            for item in batch.items { deliver(item, now) }
            ring.advance(to: batch.through)
            wakeParked()
        case .presence(let changes): changes.forEach(deliver)
        }
    }

    private func deliver(_ item: FeedItem, _ now: Int64) {
        guard item.receipts.isEmpty else { return gather(item) }
        if let mark = item.mark, mark.isRecall { ring.forgetText(of: mark.message) }
        ring.append(item)
        let targets = routing.route(item, everybody: false)
        if !targets.isEmpty, deliver(item, to: targets) {
            services.metrics.stages.delivered.record(from: item.at, to: now)
        }
        if let change = item.routing { follow(change, item) }
    }

    /// Whether it was written to anybody.
    private func deliver(_ item: FeedItem, to targets: Set<Int>) -> Bool {
        // One encoded buffer for many connections; a line for one, or a personal one, is written as it is.
        let shared = item.line.isEmpty || targets.count == 1 ? nil : SharedBytes(item.line)
        var isWritten = false
        for id in targets {
            guard let connection = connections[id], let session = connection.session, case .live = session.feed,
                item.position > session.sent
            else { continue }
            session.sent = item.position
            guard item.origin != session.id, isShown(item, to: session.user) else { continue }
            if connection.stream.queuedBytes >= settings.sessionQueue {
                fallBack(connection, session, before: item.position)
            } else if let personal = item.personal[session.user] {
                push(connection, session, personal, item)
                isWritten = true
            } else if let shared {
                connection.stream.write(shared)
                pushed(item, to: session)
                isWritten = true
            } else if !item.line.isEmpty {
                push(connection, session, item.line, item)
                isWritten = true
            }
        }
        return isWritten
    }

    /// A mark on a message of a group is for those who were members when the message was said.
    private func isShown(_ item: FeedItem, to user: UserID) -> Bool {
        guard item.mark != nil, let group = item.audience.group else { return true }
        return routing.joined(group, user).map(item.isShown(toMemberSince:)) ?? false
    }

    private func push(_ connection: Connection, _ session: Session, _ line: [UInt8], _ item: FeedItem) {
        guard !line.isEmpty else { return }
        connection.stream.write(line)
        pushed(item, to: session)
    }

    private func pushed(_ item: FeedItem, to session: Session) {
        session.pushed = item.position
        if let direct = item.direct, direct.from != session.user {
            session.arrivals.add(item.position, from: direct.from, seq: direct.seq)
        }
        services.metrics.pushes.add()
    }

    /// Too much waits for the client: nothing is kept for it, the log has it all.
    private func fallBack(_ connection: Connection, _ session: Session, before position: Position) {
        unroute(connection, session)
        session.sent = position.advanced(by: -1)
        session.feed = .waiting
        services.metrics.fallbacks.add()
    }

    /// To a client that takes nothing at the moment, or has no answer to its login yet, the last word is said later.
    private func deliver(_ presence: PresenceNews) {
        for id in watchers[presence.user] ?? [] {
            guard let connection = connections[id], let session = connection.session else { continue }
            if let since = presence.since, session.answeredAt < since { continue }
            session.heldPresence[presence.user] = presence.line
            if session.isAnswered, connection.stream.queuedBytes < settings.sessionQueue {
                tellHeldPresence(connection, session)
            }
        }
    }

    /// Who came and went while it could not be said.
    func tellHeldPresence(_ connection: Connection, _ session: Session) {
        for line in session.heldPresence.values { connection.stream.write(line) }
        session.heldPresence = [:]
    }

    /// What an item changes for the sessions of this loop beside the routing of groups.
    private func follow(_ change: RoutingChange, _ item: FeedItem) {
        switch change {
        case .befriended(let one, let other):
            watch(one, other)
            watch(other, one)
        case .unfriended(let one, let other):
            unwatch(one, other)
            unwatch(other, one)
        case .blocked(let block): hear(block, stands: true)
        case .unblocked(let block): hear(block, stands: false)
        case .sessionOpened(let opened): replace(opened)
        case .sessionClosed(let closed): end(closed, item)
        case .sessionsEnded(let ended): end(ended, item)
        // From here on the relay sends nothing more for them, and the feed passes over what they should have had.
        case .nodeLost(services.node): dropSessions(openedBefore: item.position)
        default: break
        }
    }

    /// Another login of the same user and device takes the place of the session that was there.
    private func replace(_ opened: SessionOpened) {
        for id in sessionsByUser[opened.user] ?? [] {
            guard let connection = connections[id], let session = connection.session, session.id != opened.session
            else { continue }
            if session.id == opened.replaced {
                goAway(connection, .replaced)
            } else if session.id == opened.forgottenSession {
                revoke(connection, isLogged: true)
            }
        }
    }

    // MARK: catching up

    /// Begins the feed of a session whose login was just answered.
    func beginFeed(_ connection: Connection, _ session: Session) {
        session.isAnswered = true
        session.answeredAt = services.clock.now()
        session.unwatched = []
        guard session.device != nil, isCurrent(connection.id, session) else { return }
        tellHeldPresence(connection, session)
        catchUp(connection, session)
    }

    func catchUp(_ connection: Connection, _ session: Session) {
        session.feed = .catchingUp
        unrouted.insert(connection.id)
        let id = connection.id
        Task(executorPreference: loop) { await self.catchUp(id) }
    }

    private func catchUp(_ id: Int) async {
        guard let session = connections[id]?.session else { return }
        while isCurrent(id, session) {
            do throws(EventLogError) {
                if !session.hasBegun { try await findBeginning(session) }
                if try await step(id, session) { return }
            } catch {
                await wait(for: error, session)
            }
        }
    }

    /// What cannot be read may be readable later; an event that this version cannot read will not be soon.
    private func wait(for error: EventLogError, _ session: Session) async {
        if case .refused(let reason) = error {
            services.logger.error("a feed stands still", [.session: session.id, .error: reason])
            await loop.sleep(for: .seconds(5))
        } else {
            services.logger.debug("a feed waits for the log", [.session: session.id, .error: "\(error)"])
            await loop.sleep(for: .milliseconds(100))
        }
    }

    private func wakeParked() {
        for id in parked {
            guard let connection = connections[id], let session = connection.session, case .parked = session.feed
            else {
                parked.remove(id)
                continue
            }
            guard session.sent <= ring.end else { continue }
            parked.remove(id)
            catchUp(connection, session)
        }
    }

    private func isCurrent(_ id: Int, _ session: Session) -> Bool {
        guard let connection = connections[id], connection.session === session, !connection.isClosing else {
            return false
        }
        if case .over = session.feed { return false }
        return true
    }

    private func findBeginning(_ session: Session) async throws(EventLogError) {
        guard let device = session.device else { return }
        if let since = session.since {
            session.sent = since
        } else {
            session.sent = try await services.reads.cursor(of: session.user, device: device, atLeast: session.openedAt)
        }
        session.pushed = session.sent
        session.hasBegun = true
    }

    /// One page, or the step from the log to the live feed; true when nothing more is to be done here.
    private func step(_ id: Int, _ session: Session) async throws(EventLogError) -> Bool {
        if session.isCaughtUp, session.hasGroups, ring.covers(after: session.sent) { return goLive(id, session) }
        if session.isCaughtUp, session.hasGroups, session.sent > ring.end {
            session.feed = .parked
            parked.insert(id)
            return true
        }
        let target = session.isCaughtUp ? max(ring.end, session.sent) : session.openedAt
        let page = try await services.reads.backlog(
            of: session.user, after: session.sent, upTo: target, limit: session.page)
        let items = try await encoder.encode(page, services.reads)
        guard isCurrent(id, session), let connection = connections[id] else { return true }
        for (taken, item) in items.enumerated() where item.position > session.sent {
            guard connection.stream.queuedBytes < settings.sessionQueue else {
                session.page = min(Self.page, max(Self.smallestPage, taken * 2))
                session.feed = .waiting
                session.hasGroups = false
                return true
            }
            session.sent = item.position
            if item.origin != session.id { push(connection, session, item.line(for: session.user), item) }
        }
        session.page = min(Self.page, session.page * 2)
        session.sent = max(session.sent, page.through)
        session.groups = Session.Standings(member: page.groups, admin: Set(page.administered))
        session.hasGroups = true
        if session.sent >= session.openedAt, !session.isCaughtUp {
            session.isCaughtUp = true
            connection.stream.write(Push.caughtUp(session.openedAt).line)
            session.pushed = max(session.pushed, session.openedAt)
        }
        guard connection.stream.queuedBytes < settings.sessionQueue else {
            session.feed = .waiting
            return true
        }
        return false
    }

    /// The seam: everything up to `sent` was written from the log; what the loop has after it is written now, and
    /// from here on every item. Nothing in between can be lost, for nothing here waits.
    private func goLive(_ id: Int, _ session: Session) -> Bool {
        guard let connection = connections[id] else { return true }
        var groups = session.groups
        for item in ring.items(after: session.sent) {
            let concerns = item.concerns(session.user, groups: &groups)
            session.sent = item.position
            guard concerns, item.origin != session.id else { continue }
            push(connection, session, item.line(for: session.user), item)
            if connection.stream.queuedBytes >= settings.sessionQueue {
                session.feed = .waiting
                session.hasGroups = false
                return true
            }
        }
        session.sent = max(session.sent, ring.end)
        session.feed = .live
        route(connection, session, groups)
        return true
    }

    // MARK: routing

    private func route(_ connection: Connection, _ session: Session, _ groups: Session.Standings) {
        routing.attach(session.user, at: connection.id)
        for (group, joined) in groups.member { routing.join(group, session.user, at: joined) }
        for group in groups.admin { routing.promote(session.user, in: group) }
        session.isRouted = true
        unrouted.remove(connection.id)
    }

    private func unroute(_ connection: Connection, _ session: Session) {
        guard session.isRouted else { return }
        session.isRouted = false
        unrouted.insert(connection.id)
        routing.detach(session.user, from: connection.id)
        if !routing.holds(session.user) { routing.forget(session.user) }
        session.hasGroups = false
    }

    /// Takes a session out of the feed's way, for good: the next session of the connection has a feed of its own.
    func detach(_ connection: Connection) {
        guard let session = connection.session else { return }
        unroute(connection, session)
        unrouted.remove(connection.id)
        parked.remove(connection.id)
        for friend in session.watched { remove(connection.id, from: friend) }
        session.watched = []
        session.feed = .over
    }

    /// From here on the session hears of these friends' coming and going.
    func watch(_ friends: [UserID], _ connection: Connection, _ session: Session) {
        let present = friends.filter { !session.unwatched.contains($0) }
        session.watched.formUnion(present)
        for friend in present { watchers[friend, default: []].insert(connection.id) }
    }

    private func watch(_ user: UserID, _ friend: UserID) {
        for id in sessionsByUser[user] ?? [] {
            guard let connection = connections[id], let session = connection.session, session.device != nil else {
                continue
            }
            session.unwatched.remove(friend)
            watch([friend], connection, session)
        }
    }

    private func unwatch(_ user: UserID, _ friend: UserID) {
        for id in sessionsByUser[user] ?? [] {
            remove(id, from: friend)
            guard let session = connections[id]?.session else { continue }
            session.watched.remove(friend)
            session.heldPresence[friend] = nil
            if !session.isAnswered { session.unwatched.insert(friend) }
        }
    }

    private func remove(_ id: Int, from friend: UserID) {
        watchers[friend]?.remove(id)
        if watchers[friend]?.isEmpty == true { watchers[friend] = nil }
    }
}

extension FeedItem {
    /// Whether it concerns a user of these standings; brings the standings up to date.
    fileprivate func concerns(_ user: UserID, groups: inout Session.Standings) -> Bool {
        groups.begin(routing, of: user, at: position)
        let joined = audience.group.flatMap { groups.member[$0] }
        let concerns =
            audience.users.contains(user) || joined.map(isShown(toMemberSince:)) == true
            || audience.admins.map { groups.admin.contains($0) } == true
        groups.end(routing, of: user)
        return concerns
    }
}

extension Session.Standings {
    /// What counts for the event itself.
    fileprivate mutating func begin(_ change: RoutingChange?, of user: UserID, at position: Position) {
        switch change {
        case .founded(let group, user):
            member[group] = position
            admin.insert(group)
        case .joined(let group, user): member[group] = position
        case .promoted(let group, user): admin.insert(group)
        case .demoted(let group, user): admin.remove(group)
        default: break
        }
    }

    /// What counts from the next event on.
    fileprivate mutating func end(_ change: RoutingChange?, of user: UserID) {
        switch change {
        case .left(let group, user), .groupDeleted(let group):
            member[group] = nil
            admin.remove(group)
        default: break
        }
    }
}
