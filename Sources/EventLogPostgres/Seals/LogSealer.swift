public import ChatDomain
import Hashing
import LogArchive
import LogProof
public import PostgresClient
public import Sealing
public import Telemetry

/// Closes the new events into a Merkle tree, signs its head and chains it to the one before, outside the append path.
///
/// Of all nodes that have a key one does it, which holds the lease. It remembers the last seal that it saw, and looks
/// each time whether the database still has it: a chain that was rewritten is not continued, but told.
public actor LogSealer {
    /// Its limits.
    public struct Limits: Sendable {
        /// Between the beginnings of two seals, so that there is at least one a second while there are events.
        public var every: Duration = .milliseconds(900)
        /// Events of one seal at most: 2^16, so that a proof has 16 hashes, and memory holds 256 KiB of fingerprints.
        public var events: Int64 = 65_536
        /// Between two seals while it is behind: what clients want of the machine comes first.
        public var catchUpPause: Duration = .milliseconds(250)
        /// Between two campaigns for the lease.
        public var campaignEvery: Duration = .milliseconds(500)
        /// After so many milliseconds without a campaign the lease ends, and another node takes over.
        public var leaseMilliseconds = 1_500
        /// Between two lines of the log that name the last seal: logs that are kept elsewhere are anchors, too.
        public var reportEvery: Duration = .seconds(600)
        /// The defaults.
        public init() {}
    }

    /// The name of the lease.
    public static let leaseName = "sealer"

    private let executor: any SerialExecutor
    private let pool: PostgresPool
    private let node: NodeName
    private let key: SigningKey
    private let now: @Sendable () -> Int64
    private let limits: Limits
    private let logger: Logger
    private let meters: SealMeters
    private var lease: Lease?
    /// The last seal that was seen in the database.
    private var seen: Seal?
    /// What is wrong with the chain; told once.
    private var trouble: String?
    private var reportedAt: ContinuousClock.Instant?

    /// The loop that owns it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// A sealer that does nothing before `run`.
    /// - Parameters:
    ///   - pool: of two connections at least, so that the lease is renewed while events are read.
    ///   - now: the node's clock, in microseconds since 1970 UTC: a seal says when its node made it.
    public init(
        executor: any SerialExecutor, pool: PostgresPool, node: NodeName, key: SigningKey,
        now: @escaping @Sendable () -> Int64, limits: Limits = Limits(), logger: Logger = .silent,
        metrics: MetricsRegistry = MetricsRegistry()
    ) {
        self.executor = executor
        self.pool = pool
        self.node = node
        self.key = key
        self.now = now
        self.limits = limits
        self.logger = logger
        meters = SealMeters(metrics)
    }

    /// Runs until the task is cancelled, then gives the lease back. Failures of the database are waited out.
    public func run() async {
        let campaigns = Task { await campaign() }
        while !Task.isCancelled {
            let began = ContinuousClock.now
            var pause = limits.campaignEvery
            do {
                if let lease { pause = try await round(lease) ? limits.catchUpPause : limits.every }
            } catch {
                if !Task.isCancelled, !(error is CancellationError) {
                    logger.warning("sealing waits", [.error: "\(error)"])
                }
            }
            try? await Task.sleep(until: began + pause)
        }
        campaigns.cancel()
        await campaigns.value
        await resign()
    }

    /// Seals what is new, one seal at most; says whether there is more.
    private func round(_ lease: Lease) async throws -> Bool {
        let began = ContinuousClock.now
        let pool = pool
        return try await pool.withConnection { connection in
            let state = try await ChainState(connection, seen: self.seen)
            guard self.accept(state) else { return false }
            guard let (first, last) = state.range(limit: self.limits.events) else { return false }
            var leaves = SealedLeaves()
            try await LeafReading.run(connection, first, last) { leaves.add($1) }
            let seal = self.sign(leaves, first, last, state)
            try await Self.store(seal, leaves.fingerprints, lease, connection)
            if let before = state.last, before.head.key != seal.head.key {
                self.logger.notice("the seals go on under another key", [.seal: seal.head.number])
            }
            self.sealed(seal, state.head, took: ContinuousClock.now - began)
            return last < state.head
        }
    }

    /// Whether the chain may be continued; tells if not.
    private func accept(_ state: ChainState) -> Bool {
        let found = state.trouble
        if let found, found != trouble {
            logger.error(
                "the seals are not continued: the chain in the database is not the one that was seen",
                [.reason: found, .position: state.last?.head.last.value ?? 0, .head: state.head.value])
        } else if found == nil, trouble != nil {
            logger.notice("the chain is as it was: sealing goes on")
        }
        trouble = found
        meters.broken.set(found == nil ? 0 : 1)
        guard found == nil else { return false }
        if state.hasLost, let seen {
            logger.warning(
                "seals went with the end of their epoch",
                [.epoch: seen.head.epoch, .seal: seen.head.number, .position: seen.head.last.value])
        }
        seen = state.last
        meters.stands(at: state.last?.head.last ?? .start, head: state.head)
        return true
    }

    private func sign(_ leaves: SealedLeaves, _ first: Position, _ last: Position, _ state: ChainState) -> Seal {
        let before = state.last
        let head = SealHead(
            number: (before?.head.number ?? 0) + 1, first: first, last: last, epoch: state.epoch(of: first),
            at: max(now(), before?.head.at ?? 0), node: node, root: leaves.root,
            fingerprints: leaves.fingerprints.digest,
            previous: before?.digest ?? .zero, key: key.verifyingKey)
        return Seal(head, signedBy: key)
    }

    private func sealed(_ seal: Seal, _ head: Position, took: Duration) {
        seen = seal
        meters.stands(at: seal.head.last, head: head)
        meters.took(took)
        let now = ContinuousClock.now
        if let reportedAt, now - reportedAt < limits.reportEvery { return }
        reportedAt = now
        logger.info(
            "sealed",
            [
                .seal: seal.head.number, .position: seal.head.last.value,
                .digest: Hexadecimal.text(seal.digest.bytes),
            ])
    }

    private static func store(
        _ seal: Seal, _ fingerprints: Fingerprints, _ lease: Lease, _ session: some PostgresSession
    ) async throws(PostgresError) {
        let head = seal.head
        _ = try await session.query(
            "SELECT chat_log.seal($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            [
                .text(lease.node.value), .int8(lease.term), .int8(head.number), .int8(head.first.value),
                .int8(head.last.value), .text(head.epoch), .timestamptz(head.at), .bytes(head.root.bytes),
                .bytes(fingerprints.bytes), .bytes(head.previous.bytes), .bytes(head.key.bytes), .bytes(seal.signature),
            ], timeout: LogLimits.servicePatience)
    }
}

// MARK: - The lease

extension LogSealer {
    /// Takes the lease or renews it, also while a seal takes its time.
    private func campaign() async {
        while !Task.isCancelled {
            let (pool, node, milliseconds) = (pool, node, limits.leaseMilliseconds)
            do {
                // To its end, even if the sealer is told to end meanwhile: a question that is left alone may be answered
                // by the database after the lease was given back, and would take it again for nobody.
                let won = try await Task {
                    try await pool.withConnection {
                        try await Lease.campaign($0, Self.leaseName, node: node, milliseconds: milliseconds)
                    }
                }.value
                hold(won)
            } catch {
                // It may have run out meanwhile. The database says so to whoever seals without it.
            }
            try? await Task.sleep(for: limits.campaignEvery)
        }
    }

    private func hold(_ won: Lease?) {
        if won != nil, lease == nil { logger.notice("this node seals the log") }
        if won == nil, lease != nil { logger.notice("another node seals the log") }
        lease = won
        meters.elected.set(won == nil ? 0 : 1)
    }

    private func resign() async {
        guard let held = lease else { return }
        hold(nil)
        // A cancelled task cannot ask the database any more.
        let pool = pool
        _ = await Task { try await pool.withConnection { try await held.resign($0) } }.result
    }
}
