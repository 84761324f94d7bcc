/// What a page of events has come to for one key, before the database hears of it.
struct PendingRow: Sendable {
    /// What is known of the row.
    enum Base: Sendable {
        /// Nothing: it is as the database has it.
        case stored
        /// All.
        case put([ColumnValue])
        /// It is there; this one if there was none.
        case inserted([ColumnValue])
        /// It is there, if the source has the row; this one, filled in, if there was none.
        case insertedFrom(RowStep.Filling, RowStep.FilledRow)
        /// It is gone.
        case removed
    }

    var base: Base
    /// What is done on top of a base that is not wholly known.
    var patch = RowChanges.Patch()

    /// Adds a patch; false if two of them cannot be one.
    mutating func add(_ more: RowChanges.Patch) -> Bool {
        switch base {
        case .removed: return true
        case .put(var row):
            // Not to copy the values, nobody else may have them meanwhile.
            base = .stored
            for (column, assignment) in more { row[column] = assignment.applied(to: row[column]) }
            base = .put(row)
            return true
        case .stored, .inserted, .insertedFrom:
            guard !patch.isEmpty else {
                patch = more
                return true
            }
            var merged = patch
            for (column, assignment) in more {
                guard let joined = assignment.after(merged[column]) else { return false }
                merged[column] = joined
            }
            patch = merged
            return true
        }
    }
}

extension RowChanges.Assignment {
    /// The one assignment that does what `earlier` and then this one do; nil if there is none.
    func after(_ earlier: RowChanges.Assignment?) -> RowChanges.Assignment? {
        guard let earlier else { return self }
        switch (earlier, self) {
        case (_, .set): return self
        case (.set(let value), _): return .set(applied(to: value))
        case (.add(let first), .add(let second)): return .add(first + second)
        case (.raise(let first), .raise(let second)): return .raise(max(first, second))
        case (.extend(let first), .extend(let second)): return .extend(first + second)
        case (.gather(let first), .gather(let second)): return .gather(first + second)
        case (.gather(let first), .gatherLast(let second)): return .gatherLast(first + second)
        // A column holds one kind of value, and nothing follows the last numbers.
        case (.add, _), (.raise, _), (.extend, _), (.gather, _), (.gatherLast, _): return nil
        }
    }
}

extension PendingRow {
    /// About how many bytes a row takes in memory, with its key and its place.
    static func weight(_ row: [ColumnValue]) -> Int {
        row.reduce(200) { bytes, value in
            switch value {
            case .text(let text): bytes + 56 + text.utf8.count
            case .integers(let numbers): bytes + 56 + 4 * numbers.count
            default: bytes + 24
            }
        }
    }

    func weight(_ key: RowKey) -> Int {
        patch.reduce(Self.weight(key.values)) { bytes, change in
            switch change.assignment {
            case .set(let value): return bytes + Self.weight([value])
            case .extend(let text): return bytes + 56 + text.utf8.count
            case .gather(let numbers), .gatherLast(let numbers): return bytes + 56 + 4 * numbers.count
            case .add, .raise: return bytes + 32
            }
        }
    }

    /// What these rows come to, by rising keys.
    static func steps(_ table: TableSpec, _ rows: [RowKey: PendingRow]) -> [RowStep] {
        var removed: [RowKey] = []
        var byShape: [RowStep.PatchShape: [RowStep.PatchedRow]] = [:]
        var shapes: [RowStep.PatchShape] = []
        for key in RowOrder.sorted(rows.keys) {
            guard let row = rows[key] else { continue }
            if case .removed = row.base { removed.append(key) }
            guard !row.patch.isEmpty else { continue }
            let (shape, values) = row.patch.shaped
            if byShape[shape] == nil { shapes.append(shape) }
            byShape[shape, default: []].append(RowStep.PatchedRow(key: key, values: values))
        }
        return (removed.isEmpty ? [] : [.delete(table, removed)])
            + shapes.map { .patch(table, $0, byShape[$0] ?? []) }
    }
}
