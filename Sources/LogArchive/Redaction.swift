public import ChatApplication
import ChatDomain
public import EventCodec
import Sealing

/// Masks everything in a log that is personal or a credential: names, texts, descriptions, addresses, devices, password
/// hashes, tokens, clients' keys. What joins events (numbers, positions, times, sessions, nodes, emojis) stays, so that
/// the copy replays as the log does. Nobody can log in to it.
///
/// What is sealed is sealed anew under other keys, of the same numbers; what nobody can open any more is left out.
public struct Redaction: Sendable {
    private let masks: Masks
    /// The keys of one export have nothing to do with those of another.
    private let secret = SealingKey.random()

    /// From the secret under which the log hashes names.
    public init(secret: [UInt8]) { masks = Masks(secret: secret) }

    /// The copy's secret for names.
    public var namePepper: [UInt8] { masks.namePepper }

    /// The copy's key of the same number; a destroyed one stays destroyed.
    public func masked(_ key: ArchivedKey) -> ArchivedKey {
        var masked = key
        if key.key != nil { masked.key = fresh(key.id).bytes }
        return masked
    }

    /// Events with nothing personal in them.
    /// - Throws: `RedactionFailure` for an event that is not understood, and so cannot be masked.
    public func masked(_ events: [RecordedEvent], _ keyring: Keyring) async throws -> [RecordedEvent] {
        try await keyring.fetch(ids: events.compactMap { EventCodec.keyID(of: $0.payload) })
        return try events.map { try masked($0, keyring) }
    }

    private func masked(_ recorded: RecordedEvent, _ opener: Keyring) throws -> RecordedEvent {
        let event: ChatEvent
        do throws(EventCodecError) {
            event = try EventCodec.decode(
                type: recorded.type, schema: recorded.schema, payload: recorded.payload, stream: recorded.stream,
                opener: opener)
        } catch {
            throw RedactionFailure(position: recorded.position.value, cause: error)
        }
        var masked = recorded
        let stored = try EventCodec.encode(
            masks.masked(event), in: recorded.stream,
            sealer: Resealer(key: EventCodec.keyID(of: recorded.payload), fresh: fresh), at: recorded.recordedAt)
        masked.schema = stored.schema
        masked.payload = stored.payload
        masked.touched = recorded.touched.map { stream in
            stream.nameDigest.map { .name(digest: masks.nameDigest($0)) } ?? stream
        }
        masked.cause.device = recorded.cause.device.map(masks.device)
        masked.cause.reference = recorded.cause.reference.map(masks.reference)
        return masked
    }

    private func fresh(_ id: Int64) -> SealingKey {
        let bytes = Digest.blake2b(
            Array("key \(id)".utf8), key: secret.bytes, count: SealingKey.byteCount)
        return SealingKey(bytes) ?? secret
    }
}

/// An event that cannot be masked, because this program does not understand it.
public struct RedactionFailure: Error, Sendable, CustomStringConvertible {
    /// Where it stands.
    public var position: Int64
    /// Why.
    public var cause: EventCodecError
    /// One line for people.
    public var description: String { "the event at position \(position) cannot be masked: \(cause)" }
}

/// Seals under the copy's key of the number under which it was sealed before.
private struct Resealer: Sealer {
    let key: Int64?
    let fresh: (Int64) -> SealingKey

    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        key.map { SealedText(keyID: $0, box: SealedBox.seal(plain, key: fresh($0), context: context)) }
    }
}

extension StreamName {
    /// The hash of the name that the stream is about, if it is about one.
    fileprivate var nameDigest: String? {
        value.hasPrefix("name:") ? String(value.dropFirst("name:".count)) : nil
    }
}

extension Masks {
    /// The event with nothing personal in it. Each kind is named, so that a new one is thought of.
    fileprivate func masked(_ event: ChatEvent) -> ChatEvent {
        switch event {
        case .userRegistered(var event):
            if event.name != nil { event.name = name(event.nameDigest) }
            event.nameDigest = nameDigest(event.nameDigest)
            event.passwordHash = event.passwordHash.map(passwordHash)
            event.address = event.address.map(address)
            return .userRegistered(event)
        case .passwordChanged(var event):
            event.passwordHash = event.passwordHash.map(passwordHash)
            event.ended = event.ended.map(masked)
            return .passwordChanged(event)
        case .accountDeleted(var event):
            event.nameDigest = nameDigest(event.nameDigest)
            event.ended = event.ended.map(masked)
            event.order?.reason = "…"
            return .accountDeleted(event)
        case .sessionOpened(var event):
            event.device = event.device.map(device)
            event.tokenDigest = tokenDigest(event.tokenDigest)
            event.forgotten = event.forgotten.map(device)
            event.address = event.address.map(address)
            return .sessionOpened(event)
        case .sessionClosed(var event):
            event.device = event.device.map(device)
            return .sessionClosed(event)
        case .groupCreated(var event):
            event.name = text(event.name)
            event.description = text(event.description)
            return .groupCreated(event)
        case .groupUpdated(var event):
            event.name = text(event.name)
            event.description = text(event.description)
            return .groupUpdated(event)
        case .messageSent(var event):
            event.text = event.text.map(text)
            return .messageSent(event)
        case .messageEdited(var event):
            event.text = event.text.map(text)
            return .messageEdited(event)
        case .feedAcknowledged(var event):
            event.entries = event.entries.map { entry in
                var entry = entry
                entry.device = device(entry.device)
                return entry
            }
            return .feedAcknowledged(event)
        case .keyDestroyed(var event):
            event.order?.reason = "…"
            return .keyDestroyed(event)
        case .nodeJoined, .nodeLost, .friendRequested, .friendRequestWithdrawn, .friendRequestRejected,
            .friendshipMade, .friendshipEnded, .userBlocked, .userUnblocked, .groupDeleted, .memberInvited,
            .invitationDeclined, .invitationWithdrawn, .memberJoined, .memberLeft, .memberKicked, .roleChanged,
            .ownershipPassed, .messageRecalled, .reactionAdded, .reactionRemoved, .conversationRead, .replayStarted,
            .replaySwapped, .replayRolledBack, .replayFailed, .replayDropped, .logImported, .logArchived:
            return event
        case .loginRefused(var event):
            event.address = event.address.map(address)
            return .loginRefused(event)
        case .auditQueried(var event):
            event.address = event.address.map(address)
            event.arguments = event.arguments.map { argument in
                argument.name == "device" ? .init(argument.name, device(argument.value)) : argument
            }
            return .auditQueried(event)
        }
    }

    private func masked(_ session: EndedSession) -> EndedSession {
        EndedSession(session: session.session, device: session.device.map(device))
    }
}
