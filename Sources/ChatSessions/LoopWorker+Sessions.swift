import ChatApplication
import ChatDomain
import JSONText
import Reactor
import WireProtocol

/// `sessions`, `endsession`, `enddevice`, and sessions that are ended from elsewhere.
extension LoopWorker {
    /// Entries of `sessions`.
    private static let sessionsLimit = 1_000

    func sessions(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let page = try await services.reads.sessions(
            of: session.user, limit: Self.sessionsLimit, atLeast: session.told)
        let devices = fitting(page.devices.map(device), into: call.budget / 2)
        let sessions = fitting(
            page.sessions.map { entry($0, isCurrent: $0.id == session.id) },
            into: call.budget - Self.listNames - devices.bytes)
        var result: JSONObject = ["sessions": .array(sessions.entries), "devices": .array(devices.entries)]
        if page.more || sessions.isCut || devices.isCut { result["more"] = true }
        return .object(result)
    }

    private func entry(_ session: SessionsPage.Session, isCurrent: Bool) -> JSONValue {
        [
            "session": .string(session.id.value), "device": session.device.map { .string($0) } ?? .null,
            "node": .string(session.node.value), "openedAt": .string(WireTime.text(microseconds: session.openedAt)),
            "address": session.address.map { .string($0) } ?? .null, "current": .bool(isCurrent),
        ]
    }

    private func device(_ device: SessionsPage.Device) -> JSONValue {
        [
            "device": .string(device.name), "lastSeen": .string(WireTime.text(microseconds: device.lastSeen)),
            "online": .bool(device.isOnline),
        ]
    }

    func endSession(_ call: Call) throws -> CommandCall {
        let session = SessionID(try call.parameters.string("session"))
        return try ending(call, .endSession(session), isOwn: session == call.session().id)
    }

    func endDevice(_ call: Call) throws -> CommandCall {
        let device = try call.parameters.string("device")
        return try ending(call, .endDevice(device), isOwn: device == call.session().device)
    }

    private func ending(_ call: Call, _ command: Command, isOwn: Bool) throws -> CommandCall {
        let request = CommandRequest(cause: try cause(call)) { _ in command }
        return CommandCall(request: request, endsOwnSession: isOwn) { _, _ in [:] }
    }

    /// Who asks, for a command that takes no key.
    func cause(_ call: Call) throws -> Cause {
        let session = try call.session()
        return Cause(actor: session.user, session: session.id, device: session.device)
    }

    // MARK: ended from elsewhere

    /// A session was ended by its user, from this session or another one.
    func end(_ closed: SessionClosed, _ item: FeedItem) {
        for connection in holders(of: closed.user) where connection.session?.id == closed.session {
            switch closed.reason {
            case .revoked, .deviceEnded:
                if item.origin == closed.session { dismiss(connection) } else { revoke(connection, isLogged: true) }
            // Its own logout, of which the answer is on its way or lost. The relay sends nothing more for it, so
            // whatever came otherwise would come with gaps.
            default: detach(connection)
            }
        }
    }

    /// All sessions of a user ended, but one perhaps. Those that began after it are others.
    func end(_ ended: SessionsEnded, _ item: FeedItem) {
        if ended.isDeleted { directory.forget(ended.user) }
        for connection in holders(of: ended.user) {
            guard let session = connection.session, session.openedAt < item.position else { continue }
            guard session.id != ended.kept, session.id != item.origin else { continue }
            revoke(connection, isLogged: ended.sessions.contains(session.id))
        }
    }

    private func holders(of user: UserID) -> [Connection] {
        (sessionsByUser[user] ?? []).compactMap { connections[$0] }
    }

    /// The session ends at once. Of one that the log has ended already, nothing more is to be said.
    func revoke(_ connection: Connection, isLogged: Bool) {
        detach(connection)
        if isLogged { forgetSession(of: connection) }
        goAway(connection, .revoked)
    }

    /// A session that ended itself still has its answer before it is told to go; what it asked for behind that is
    /// refused, so that a batch is answered whole.
    func dismiss(_ connection: Connection) {
        guard !connection.isClosing else { return }
        detach(connection)
        forgetSession(of: connection)
        connection.isClosing = true
        connection.isDismissed = true
        connection.stream.pauseReading()
        connection.farewell = .goingAway
        connection.lastWords = Push.goAway(.revoked, retryAfter: nil).line
        pump(connection)
    }
}

extension FeedItem {
    /// Whether a session of this node that began before it ended with it.
    func ends(_ session: Session, on node: NodeName) -> Bool {
        switch routing {
        case .sessionOpened(let opened): opened.replaced == session.id || opened.forgottenSession == session.id
        case .sessionClosed(let closed): closed.session == session.id
        case .sessionsEnded(let ended): ended.user == session.user && ended.kept != session.id
        case .nodeLost(node): true
        default: false
        }
    }
}
