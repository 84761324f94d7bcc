import ChatApplication
import ChatDomain
import ChatProjections
import PostgresClient

extension ProjectionRebuild {
    /// Events that may be left to fold while the live checkpoints are locked.
    static let rest = 100

    /// Folds page by page into the stored sets until little is left for any of them, or what is left no longer shrinks:
    /// then the live tables move on faster than these can, and only the lock on their checkpoints lets these come up.
    func catchUp(_ sets: inout [BuiltSet], _ folder: PageFolder) async throws {
        var before = Int64.max
        while true {
            let targets = try await self.targets(sets)
            let left = zip(sets, targets).map { $1.value - $0.position.value }.max() ?? 0
            guard left > Int64(Self.rest), left < before else { return }
            before = left
            sets = try await catchUp(sets, to: targets, folder)
        }
    }

    private func catchUp(
        _ start: [BuiltSet], to targets: [Position], _ folder: PageFolder
    ) async throws -> [BuiltSet] {
        var sets = start
        while true {
            try Task.checkCancellation()
            let before = sets
            let next = try await change { transaction in
                // A crash may take the last pages back, rows and checkpoints together: they are folded again.
                _ = try await transaction.query("set local synchronous_commit = off")
                return try await advance(before, to: targets, folder, transaction)
            }
            guard let next else { return sets }
            sets = next.sets
            if let position = sets.map(\.position).min(), let target = targets.max() {
                progress(Int(position.value), Int(target.value))
            }
            try await pace.wait(next.events)
        }
    }

    /// Where each of the sets is to come: as far as the live one, so that the two can be compared; to the log's end
    /// where that does not run.
    private func targets(_ sets: [BuiltSet]) async throws -> [Position] {
        let head = try await means.log.head()
        let live = try await SetPointer.load(means.connection, liveOnly: true)
        return sets.map { set in
            let running = live.first {
                $0.projection == set.kind.name && $0.version == set.kind.version && $0.state == .running
            }
            return running?.position ?? head
        }
    }

    /// Folds the next page into the sets that are furthest behind, which so come to those ahead of them and go on
    /// together; nil if all are there.
    private func advance(
        _ start: [BuiltSet], to targets: [Position], _ folder: PageFolder, _ transaction: PostgresTransaction
    ) async throws -> (sets: [BuiltSet], events: Int)? {
        var sets = start
        let behind = sets.indices.filter { sets[$0].position < targets[$0] }
        guard let from = behind.map({ sets[$0].position }).min() else { return nil }
        let hindmost = behind.filter { sets[$0].position == from }
        let end = (hindmost.map { targets[$0] } + sets.map(\.position).filter { $0 > from }).min()
        let events = try await means.log.read(after: from, upTo: end, limit: Self.page)
        let pages = try await folder.pages(hindmost.map { sets[$0] }, events)
        for (index, page) in zip(hindmost, pages) {
            guard page.through > from else { throw RebuildFailure.moved(sets[index].kind.name) }
            try await checkpoint(sets[index], to: page.through, transaction)
            for statement in page.statements { try await transaction.run(statement) }
            sets[index].position = page.through
        }
        return (sets, events.count)
    }

    /// Folds up to these positions within a transaction.
    func advanced(
        _ start: [BuiltSet], to targets: [Position], _ folder: PageFolder, _ transaction: PostgresTransaction
    ) async throws -> [BuiltSet] {
        var sets = start
        while let next = try await advance(sets, to: targets, folder, transaction) { sets = next.sets }
        return sets
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
            let sets = try await SetPointer.load(transaction, liveOnly: true)
            guard let live = sets.first(where: { $0.projection == before.kind.name }) else {
                throw RebuildFailure.missing(before.kind.name)
            }
            let set = try await advanced([before], to: [live.position], folder, transaction)[0]
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
