import ChatProjections
import CommandLineTool
import JSONText

/// Read tables, their columns and values, as command lines name them.
enum ReadTableArguments {
    /// The projection and the table of this name.
    static func table(_ name: String) throws(UsageError) -> (kind: any Projection.Type, table: TableSpec) {
        for kind in ProjectionCatalog.all {
            if let table = kind.tables.first(where: { $0.name == name }) { return (kind, table) }
        }
        let known = ProjectionCatalog.all.flatMap { $0.tables }.map(\.name).joined(separator: ", ")
        throw UsageError("there is no table \(DisplayText.printable(name)); there are \(known)")
    }

    /// `COLUMN=VALUE`, taken apart.
    static func pair(_ text: String) -> (column: String, value: String)? {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// A value for a column.
    static func value(_ text: String, _ column: TableSpec.Column) throws(UsageError) -> ColumnValue {
        let value: ColumnValue? =
            switch column.type {
            case .bigint, .integer: Int64(text).map { .integer($0) }
            case .text, .name: .text(text)
            case .boolean: ["true": true, "t": true, "false": false, "f": false][text].map { .boolean($0) }
            case .time: TimeText(text).map { .time($0.instants.lowerBound) }
            case .integers: integers(text)
            }
        guard let value else {
            throw UsageError("\(DisplayText.printable(text)) is no value of column \(column.name)")
        }
        return value
    }

    /// As PostgreSQL writes them, in braces.
    private static func integers(_ text: String) -> ColumnValue? {
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
        let parts = text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int32($0) }
        if text == "{}" { return .integers([]) }
        return numbers.count == parts.count ? .integers(numbers) : nil
    }

    /// The key of a row: `COLUMN=VALUE` for each of its columns, or the values in their order, as arguments of their own
    /// or with commas between them.
    static func key(_ arguments: [String], of table: TableSpec) throws(UsageError) -> RowKey {
        let columns = table.keyColumns.map { table.columns[$0] }
        let expected = columns.map(\.name).joined(separator: ", ")
        var parts = arguments
        if parts.count == 1, columns.count > 1 {
            parts = parts[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard parts.count == columns.count else {
            throw UsageError("a row of \(table.name) has the key \(expected)")
        }
        let names = parts.map { part in pair(part).flatMap { pair in columns.firstIndex { $0.name == pair.column } } }
        var values: [ColumnValue] = []
        for (place, column) in columns.enumerated() {
            var text = parts[place]
            if let named = names.firstIndex(of: place) {
                text = pair(parts[named])?.value ?? text
            } else if names.contains(where: { $0 != nil }) {
                throw UsageError("the key of \(table.name) lacks \(column.name)")
            }
            values.append(try value(text, column))
        }
        return RowKey(values)
    }
}

extension ColumnValue {
    /// For output.
    var json: JSONValue {
        switch self {
        case .null: .null
        case .integer(let number): .integer(number)
        case .boolean(let truth): .bool(truth)
        case .text(let text): .string(text)
        case .time: .string(sqlText ?? "")
        case .integers(let numbers): .array(numbers.map { .integer(Int64($0)) })
        }
    }
}
