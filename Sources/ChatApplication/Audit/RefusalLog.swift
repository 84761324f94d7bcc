public import ChatDomain
import EventCodec

/// Writes logins that came to nothing into the log.
public enum RefusalLog {
    /// Events in one batch.
    private static let batch = 200

    /// Appends them outside the node's batches; gives back those that are not known to be on disk. They may be counted
    /// twice then, which is better than never.
    public static func append(
        _ refusals: [LoginRefused], of node: NodeName, to log: any EventLog, keys: any SealingKeyStore, now: Int64
    ) async -> [LoginRefused] {
        var unlogged = refusals[...]
        let keyring = Keyring(store: keys)
        let stream = StreamName.refusals(node)
        do {
            while !unlogged.isEmpty {
                let part = unlogged.prefix(batch)
                let events = part.map { ChatEvent.loginRefused($0) }
                try await keyring.fetch(events.compactMap { EventCodec.sealSubject(of: $0, at: now) })
                let commands = try events.enumerated().map { number, event in
                    let stored = try EventCodec.encode(event, in: stream, sealer: keyring, at: now)
                    return AppendCommand(
                        chain: number,
                        events: [
                            EncodedEvent(
                                stream: stream, type: stored.type, schema: stored.schema, payload: stored.payload)
                        ])
                }
                _ = try await log.append(AppendBatch(origin: nil, commands: commands))
                unlogged = unlogged.dropFirst(part.count)
            }
        } catch {
            return Array(unlogged)
        }
        return []
    }
}
