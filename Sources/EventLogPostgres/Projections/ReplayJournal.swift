import ChatApplication
import ChatDomain
import EventCodec
import PostgresClient

/// Appends what is done to read tables to the stream `replay`.
struct ReplayJournal: Sendable {
    let log: any EventLog
    let by: ReplayOrigin

    /// The role at the database is asked for.
    init(_ means: ProjectionRebuild.Means) async throws {
        log = means.log
        let role = try await means.connection.query("select session_user::text").text(0, 0)
        by = ReplayOrigin(role: role ?? "", host: means.host, node: means.node)
    }

    func append(_ event: ChatEvent) async throws {
        let stream = StreamName.replay
        let stored = try EventCodec.encode(event, in: stream, sealer: NothingPersonal(), at: 0)
        let encoded = EncodedEvent(stream: stream, type: stored.type, schema: stored.schema, payload: stored.payload)
        _ = try await log.append(AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [encoded])]))
    }

    /// Says how work began, does it, and says if it failed. Whoever calls says how it ended well.
    func telling<Value>(
        _ work: ReplayWork, _ projections: [String], _ body: () async throws -> Value
    ) async throws -> Value {
        try await append(.replayStarted(ReplayStarted(work, projections: projections, by: by)))
        do {
            return try await body()
        } catch {
            let failed = ReplayFailed(work, projections: projections, reason: Self.reason(error), by: by)
            // A cancelled task cannot ask the database any more.
            await Task { try? await append(.replayFailed(failed)) }.value
            throw error
        }
    }

    private static func reason(_ error: any Error) -> ReplayFailureReason {
        switch error {
        case is CancellationError: .interrupted
        case RebuildFailure.stuck: .stuck
        default: Task.isCancelled ? .interrupted : .refused
        }
    }
}

/// These events hold nothing personal.
struct NothingPersonal: Sealer {
    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        throw EventLogError.refused("events of the read tables seal nothing")
    }
}
