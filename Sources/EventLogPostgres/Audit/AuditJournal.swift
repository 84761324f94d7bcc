public import ChatApplication
public import ChatDomain
import EventCodec

/// Appends what the log was asked to the log.
public struct AuditJournal: Sendable {
    private let log: any EventLog
    private let keys: any SealingKeyStore

    /// Over a log whose connections may append.
    public init(log: any EventLog, keys: any SealingKeyStore) {
        self.log = log
        self.keys = keys
    }

    /// Says what was asked; `now` is in microseconds since 1970 UTC. Throws if the role may not append, or the log
    /// cannot be reached.
    public func append(_ question: AuditQueried, now: Int64) async throws {
        let event = ChatEvent.auditQueried(question)
        let keyring = Keyring(store: keys)
        if let subject = EventCodec.sealSubject(of: event, at: now) { try await keyring.fetch([subject]) }
        let stored = try EventCodec.encode(event, in: .audit, sealer: keyring, at: now)
        let encoded = EncodedEvent(
            stream: .audit, type: stored.type, schema: stored.schema, payload: stored.payload)
        _ = try await log.append(AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [encoded])]))
    }
}
