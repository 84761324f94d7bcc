import ChatApplication
import ChatDomain
import ChatProjections
import PostgresClient

extension ProjectionRebuild {
    /// Events that may be left to fold while the live checkpoints are locked.
    static let rest = 100
    /// How often a set goes after the live one, which moves on meanwhile, before it is swapped all the same.
    static let rounds = 20

    /// Folds page by page into the stored sets until little is left for any of them, or they no longer come closer.
    func catchUp(_ sets: inout [BuiltSet], _ folder: PageFolder) async throws {
        for _ in 0..<Self.rounds {
            let targets = try await self.targets(sets)
            var isBehind = false
            for index in sets.indices {
                let target = targets[sets[index].kind.name] ?? .start
                guard target.value - sets[index].position.value > Int64(Self.rest) else { continue }
                isBehind = true
                // Not the element itself: the optimizer cannot hold on to one across a suspension.
                sets[index].position = try await catchUp(sets[index], to: target, folder)
            }
            if !isBehind { return }
        }
    }

    private func catchUp(
        _ start: BuiltSet, to target: Position, _ folder: PageFolder
    ) async throws -> Position {
        var set = start
        while set.position < target {
            try Task.checkCancellation()
            let before = set
            let next = try await change { transaction in
                // A crash may take the last pages back, rows and checkpoint together: they are folded again.
                _ = try await transaction.query("set local synchronous_commit = off")
                return try await advance(before, upTo: target, folder, transaction)
            }
            guard next.position > before.position else { throw RebuildFailure.moved(before.kind.name) }
            set.position = next.position
            progress(Int(next.position.value), Int(target.value))
            try await pace.wait(next.events)
        }
        return set.position
    }

    /// Where the sets are to come: as far as the live ones, so that the two can be compared; to the log's end where
    /// those do not run.
    private func targets(_ sets: [BuiltSet]) async throws -> [String: Position] {
        let head = try await means.log.head()
        var targets: [String: Position] = [:]
        for live in try await SetPointer.load(means.connection, liveOnly: true) {
            let runs =
                live.state == .running
                && sets.contains { $0.kind.name == live.projection && $0.kind.version == live.version }
            targets[live.projection] = runs ? live.position : head
        }
        return targets
    }

    /// Folds the next page into a stored set.
    func advance(
        _ set: BuiltSet, upTo: Position, _ folder: PageFolder, _ transaction: PostgresTransaction
    ) async throws -> (position: Position, events: Int) {
        let events = try await means.log.read(after: set.position, upTo: upTo, limit: Self.page)
        guard let page = try await folder.page(set.kind.name, set: set.number, events) else {
            return (set.position, 0)
        }
        try await checkpoint(set, to: page.through, transaction)
        for statement in page.statements { try await transaction.run(statement) }
        return (page.through, events.count)
    }

    /// Folds up to a position within a transaction.
    func advance(
        _ set: inout BuiltSet, to target: Position, _ folder: PageFolder, _ transaction: PostgresTransaction
    ) async throws {
        while set.position < target {
            let next = try await advance(set, upTo: target, folder, transaction)
            guard next.position > set.position else { throw RebuildFailure.moved(set.kind.name) }
            set.position = next.position
        }
    }

    /// Lets the nodes' runner come as far as the new sets, which may have been filled up to the log's very end; without
    /// it the rows cannot be counted at one position, which is no reason to fail.
    func awaitLive(_ sets: [BuiltSet]) async throws {
        for _ in 0..<100 {
            let live = try await SetPointer.load(means.connection, liveOnly: true)
            let isThere = sets.allSatisfy { set in
                live.contains {
                    $0.projection == set.kind.name
                        && ($0.position >= set.position || $0.version != set.kind.version || $0.state != .running)
                }
            }
            if isThere { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Counts the rows of a set and of the live one, both as of the same position, in a snapshot that holds up nobody.
    func count(_ set: inout BuiltSet, _ folder: PageFolder) async throws -> [Takeover.RowCount] {
        let before = set
        let counted = try await change(begin: "begin isolation level repeatable read") {
            transaction in
            var set = before
            let sets = try await SetPointer.load(transaction, liveOnly: true)
            guard let live = sets.first(where: { $0.projection == set.kind.name }) else {
                throw RebuildFailure.missing(set.kind.name)
            }
            try await advance(&set, to: live.position, folder, transaction)
            var counts: [Takeover.RowCount] = []
            for table in set.kind.tables {
                let isComparable = set.position == live.position && live.version == set.kind.version
                counts.append(
                    Takeover.RowCount(
                        table: table.name,
                        before: isComparable ? try await Self.rows(of: table, live.number, transaction) : nil,
                        after: try await Self.rows(of: table, set.number, transaction)))
            }
            return (set.position, counts)
        }
        set.position = counted.0
        return counted.1
    }

    static func rows(
        of table: TableSpec, _ set: Int, _ transaction: PostgresTransaction
    ) async throws -> Int {
        Int(try await transaction.query("select count(*) from \(table.qualified(set))").int(0, 0) ?? 0)
    }
}
