import ChatDomain
import CommandLineTool
import EventLogPostgres
import JSONText

/// How a swap went, for people and programs.
struct TakeoverReport {
    private let taken: Takeover

    init(_ taken: Takeover) { self.taken = taken }

    func write(json: Bool, verb: String) {
        StandardStream.output.write(json ? JSONValue.object(object).description + "\n" : text(verb))
    }

    private var pausedMilliseconds: Double { (taken.paused / .milliseconds(1) * 10).rounded() / 10 }

    private func text(_ verb: String) -> String {
        var text = ""
        for entry in taken.projections {
            let rows = entry.tables.map { table in
                let before = table.before.map { $0 == table.after ? "" : ", before \($0)" } ?? ""
                return "\(table.table) \(table.after) rows\(before)"
            }
            text += "\(entry.projection): \(verb), set \(entry.number) is live at position \(entry.position)"
            text += rows.isEmpty ? "\n" : "; " + rows.joined(separator: "; ") + "\n"
        }
        let attempts = taken.attempts > 1 ? ", at attempt \(taken.attempts)" : ""
        return text + "swapped at position \(taken.position), paused for \(pausedMilliseconds) ms\(attempts)\n"
    }

    private var object: JSONObject {
        [
            "at": .integer(taken.position.value), "pausedMilliseconds": .number(pausedMilliseconds),
            "attempts": .integer(Int64(taken.attempts)),
            "projections": .array(
                taken.projections.map { entry in
                    [
                        "projection": .string(entry.projection), "version": .integer(Int64(entry.version)),
                        "set": .integer(Int64(entry.number)), "kept": .integer(Int64(entry.before)),
                        "position": .integer(entry.position.value),
                        "tables": .array(entry.tables.map(Self.table)),
                    ]
                }),
        ]
    }

    private static func table(_ count: Takeover.RowCount) -> JSONValue {
        [
            "table": .string(count.table), "before": count.before.map { .integer(Int64($0)) } ?? .null,
            "rows": .integer(Int64(count.after)),
        ]
    }
}
