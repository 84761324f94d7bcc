import CommandLineTool
import JSONText

extension RunReport {
    /// The report for people.
    func text(colour: Bool) -> String {
        heading + times(colour: colour) + processors + remarks
    }

    private var heading: String {
        let what =
            plan.mode == .direct
            ? "\(plan.clients) clients in pairs"
            : "\(plan.conversations) groups of \(plan.members) members"
        let pace =
            switch plan.pace {
            case .rate(let rate): "\(rate) messages/s offered"
            case .window(let window): "closed loop, \(window) under way a client"
            }
        return """
            \(plan.mode.rawValue): \(what), texts of \(plan.size) bytes, \(pace), \(rounded(plan.seconds)) s
            \(Int(answeredPerSecond)) answered/s, \(Int(deliveredPerSecond)) delivered/s

            """
    }

    private func times(colour: Bool) -> String {
        let fields = ["p50", "p99", "p999", "max"]
        var table = Table(
            [Table.Column("what", title: "MILLISECONDS")]
                + fields.map { Table.Column($0, isTrailing: true) })
        let rows = [("to the answer", answers), ("to the recipient", deliveries), ("generator's delay", lateness)]
        for (name, times) in rows {
            var row = times.json
            row["what"] = .string(name)
            table.rows.append(row)
        }
        return table.text(colour: colour)
    }

    private var processors: String {
        "processors: " + usage.map { "\($0.name) \(rounded($0.processors))" }.joined(separator: ", ") + "\n"
    }

    private var remarks: String {
        let found = faults.named.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }
        let noted = notes.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)\n" }.joined()
        return noted + (found.isEmpty ? "no faults\n" : "FAULTS: \(found.joined(separator: ", "))\n")
    }
}
