extension StreamState {
    static func evolveDevices(_ state: StreamState?, _ event: ChatEvent, at time: Int64) -> StreamState? {
        var devices = DevicesState()
        if case .devices(let earlier) = state { devices = earlier }
        switch event {
        case .sessionOpened(let event): devices.open(event, at: time)
        case .sessionClosed(let event): devices.close(event, at: time)
        case .passwordChanged(let event): devices.endAll(but: event.session)
        case .accountDeleted: devices.entries = []
        default: return state
        }
        return .devices(devices)
    }
}

/// Entries stand in the order of their last use. A session without a device that logged in with a token has an
/// entry with that token beside the one that the token belongs to: so it can be closed, and take the token with it
/// at a logout, while the device's own session goes on undisturbed.
extension DevicesState {
    func entry(of device: String) -> Entry? { entries.first { $0.device == device } }

    func openEntry(of session: SessionID) -> Entry? { entries.first { $0.session == session && $0.isOpen } }

    /// The entry that a token belongs to: its device's, if it has one.
    func holder(of digest: String) -> Entry? {
        entries.first { $0.device != nil && $0.tokenDigest == digest }
            ?? entries.last { $0.tokenDigest == digest }
    }

    /// The device that has to go so that `device` can come: the one longest unused; one in use only if all are.
    func toForget(for device: String, limit: Int) -> String? {
        let others = entries.filter { $0.device != nil && $0.device != device }
        guard entry(of: device) == nil, others.count >= limit else { return nil }
        return (others.first { !$0.isOpen } ?? others.first)?.device
    }

    /// The open sessions other than this one.
    func open(but session: SessionID?) -> [EndedSession] {
        entries.filter { $0.isOpen && $0.session != session }
            .map { EndedSession(session: $0.session, device: $0.device) }
    }

    mutating func open(_ event: SessionOpened, at time: Int64) {
        let isKnownToken = holder(of: event.tokenDigest) != nil
        if let forgotten = event.forgotten { forget(forgotten) }
        use(event.tokenDigest, at: time)
        if let device = event.device {
            vacate(device, for: event.tokenDigest, keepingToken: isKnownToken)
        }
        entries.append(
            Entry(
                device: event.device, session: event.session, isOpen: true, tokenDigest: event.tokenDigest,
                usedAt: time))
        dropOldestLoose()
    }

    mutating func close(_ event: SessionClosed, at time: Int64) {
        if event.reason == .deviceEnded, let device = event.device { return forget(device) }
        guard let index = entries.firstIndex(where: { $0.session == event.session && $0.isOpen }) else { return }
        var entry = entries.remove(at: index)
        entry.isOpen = false
        entry.usedAt = time
        if let token = entry.tokenDigest {
            switch event.reason {
            case .logout, .revoked, .deviceEnded:
                entry.tokenDigest = nil
                revoke(token)
            case .disconnected: use(token, at: time)
            }
        }
        let isTokenElsewhere = entry.tokenDigest.map { holder(of: $0) != nil } ?? true
        if entry.device != nil || !isTokenElsewhere { entries.append(entry) }
        dropOldestLoose()
    }

    /// All sessions and tokens end but those of one open session; the devices stay known.
    mutating func endAll(but session: SessionID?) {
        let kept = session.flatMap { openEntry(of: $0) }
        for index in entries.indices where kept == nil || entries[index].session != kept?.session {
            entries[index].isOpen = false
            if entries[index].tokenDigest != kept?.tokenDigest { entries[index].tokenDigest = nil }
        }
        entries.removeAll { $0.device == nil && !$0.isOpen && $0.tokenDigest == nil }
    }

    /// Takes away a device's entry, and the entries that only kept the token that the device has from now on.
    /// A token that the device had so far ends with a login by password; a login by another token leaves it good.
    private mutating func vacate(_ device: String, for digest: String, keepingToken: Bool) {
        if let index = entries.firstIndex(where: { $0.device == device }) {
            var entry = entries.remove(at: index)
            if let token = entry.tokenDigest, token != digest {
                if keepingToken {
                    entry.device = nil
                    entry.isOpen = false
                    entries.insert(entry, at: index)
                } else {
                    revoke(token)
                }
            }
        }
        entries.removeAll { $0.device == nil && !$0.isOpen && $0.tokenDigest == digest }
    }

    private mutating func forget(_ device: String) {
        guard let index = entries.firstIndex(where: { $0.device == device }) else { return }
        if let token = entries.remove(at: index).tokenDigest { revoke(token) }
    }

    private mutating func use(_ digest: String, at time: Int64) {
        var used = entries.filter { $0.tokenDigest == digest }
        for index in used.indices { used[index].usedAt = time }
        entries.removeAll { $0.tokenDigest == digest }
        entries += used
    }

    private mutating func revoke(_ digest: String) {
        for index in entries.indices where entries[index].tokenDigest == digest {
            entries[index].tokenDigest = nil
        }
        entries.removeAll { $0.device == nil && !$0.isOpen && $0.tokenDigest == nil }
    }

    private mutating func dropOldestLoose() {
        dropOldest(keeping: Self.maximumLoose) { $0.device == nil && !$0.isOpen }
        dropOldest(keeping: Self.maximumOpenLoose) { $0.device == nil && $0.isOpen }
    }

    private mutating func dropOldest(keeping limit: Int, where isMeant: (Entry) -> Bool) {
        while entries.count(where: isMeant) > limit, let oldest = entries.firstIndex(where: isMeant) {
            entries.remove(at: oldest)
        }
    }
}
