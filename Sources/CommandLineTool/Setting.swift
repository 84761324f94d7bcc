import Foundation

/// A named value that `--set NAME=VALUE` and `--config FILE` give.
public struct Setting: Sendable, Equatable {
    /// The name, such as `frame.bytes`.
    public let name: String
    /// Its value when nobody gives one.
    public let defaultValue: String
    /// The whole numbers that it may have; nil if it is a text.
    public let range: ClosedRange<Int>?
    /// One line of help: the unit, and what happens at the limit.
    public let help: String

    /// A setting that is a whole number.
    public init(_ name: String, default number: Int, in range: ClosedRange<Int> = 0...Int.max, help: String) {
        self.name = name
        self.defaultValue = String(number)
        self.range = range
        self.help = help
    }

    /// A setting that is a text.
    public init(_ name: String, text: String, help: String) {
        self.name = name
        self.defaultValue = text
        self.range = nil
        self.help = help
    }

    /// The option that gives one its value.
    static let assignment = "set"

    static let options: [Option] = [
        .text(assignment, "NAME=VALUE", isRepeatable: true, help: "give a setting its value; wins over --config"),
        .text("config", "FILE", help: "read settings from lines of NAME = VALUE; # begins a comment line"),
    ]

    /// The effective values by name: defaults, then the file's lines, then `--set`, the later one winning.
    static func resolve(
        _ known: [Setting], file: (path: String, text: String)?, assignments: [String]
    ) throws(UsageError) -> [String: String] {
        var values: [String: String] = [:]
        for setting in known { values[setting.name] = setting.defaultValue }
        if let file {
            for (index, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let line = line.trimmingCharacters(in: .whitespacesAndNewlines)
                if line.isEmpty || line.hasPrefix("#") { continue }
                try assign(line, in: known, to: &values, from: "\(file.path) line \(index + 1)")
            }
        }
        for assignment in assignments {
            try assign(assignment, in: known, to: &values, from: "--set")
        }
        return values
    }

    private static func assign(
        _ assignment: String, in known: [Setting], to values: inout [String: String], from source: String
    ) throws(UsageError) {
        guard let equals = assignment.firstIndex(of: "=") else {
            throw UsageError("\(source) takes NAME=VALUE")
        }
        let name = assignment[..<equals].trimmingCharacters(in: .whitespaces)
        let value = assignment[assignment.index(after: equals)...].trimmingCharacters(in: .whitespaces)
        guard let setting = known.first(where: { $0.name == name }) else {
            throw UsageError("\(source): there is no setting \(DisplayText.printable(name))")
        }
        if let range = setting.range {
            guard let number = Int(value), range.contains(number) else {
                throw UsageError("\(source): \(name) takes a whole number\(Option.bounds(range))")
            }
        }
        values[name] = value
    }
}
