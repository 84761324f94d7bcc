public import ChatDomain
import EventCodec

/// Writes what devices have received into the log.
public enum AcknowledgementLog {
    /// True once it is on disk.
    ///
    /// Outside the node's batches: a cursor only rises, so that saying it twice, or late, does no harm.
    public static func append(
        _ entries: [FeedAcknowledged.Entry], of node: NodeName, to log: any EventLog, now: Int64
    ) async -> Bool {
        let stream = StreamName.acknowledgements(node)
        do {
            let stored = try EventCodec.encode(
                .feedAcknowledged(FeedAcknowledged(entries: entries)), in: stream, sealer: NothingPersonal(), at: now)
            let event = EncodedEvent(stream: stream, type: stored.type, schema: stored.schema, payload: stored.payload)
            _ = try await log.append(AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [event])]))
            return true
        } catch {
            return false
        }
    }
}

/// Seals nothing, because there is nothing to seal.
struct NothingPersonal: Sealer {
    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        throw EventLogError.refused("an event without personal data was to be sealed")
    }
}
