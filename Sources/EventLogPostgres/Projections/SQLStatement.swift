import ChatProjections
import PostgresClient

/// A statement and its parameters.
package struct SQLStatement: Sendable {
    var text: String
    var parameters: [PostgresValue]

    init(_ text: String, _ parameters: [PostgresValue] = []) {
        self.text = text
        self.parameters = parameters
    }
}

/// Rows as parameters: one array for each column, so that a statement's text does not depend on their number.
struct RowSource {
    /// `unnest($1::bigint[], …)`, or a query over it; empty if there are no columns. It needs a name behind it.
    let sql: String
    /// The arrays.
    let parameters: [PostgresValue]

    init(types: [ColumnType], rows: [[ColumnValue]]) {
        let arrays = types.enumerated().map { "$\($0.offset + 1)::\($0.element.arrayName)" }
        let unnested = arrays.isEmpty ? "" : "unnest(\(arrays.joined(separator: ", ")))"
        sql = types.contains(.integers) ? Self.cast(types, unnested) : unnested
        parameters = types.enumerated().map { column, type in type.array(rows.map { $0[column] }) }
    }

    /// An array of arrays is one array to PostgreSQL, which `unnest` takes apart to the last number: they travel as text.
    private static func cast(_ types: [ColumnType], _ unnested: String) -> String {
        let names = types.indices.map { "c\($0)" }
        let values = zip(types, names).map { type, name in type == .integers ? "\(name)::\(type.sql)" : name }
        return "(select \(values.joined(separator: ", ")) from \(unnested) as u (\(names.joined(separator: ", "))))"
    }
}

extension ColumnType {
    /// Integers of either size travel as `bigint`; the assignment narrows them.
    var arrayName: String {
        switch self {
        case .bigint, .integer: "bigint[]"
        case .text, .name, .integers: "text[]"
        case .boolean: "boolean[]"
        case .time: "timestamptz[]"
        }
    }

    /// Values of this type, or nulls, as one parameter.
    func array(_ values: [ColumnValue]) -> PostgresValue {
        switch self {
        case .bigint, .integer: .int8Array(values.map(\.integer))
        case .text, .name: .textArray(values.map(\.text))
        case .boolean: .boolArray(values.map(\.boolean))
        case .time: .timestamptzArray(values.map(\.time))
        case .integers: .textArray(values.map(\.sqlText))
        }
    }

    /// A value exactly of the column's type, as a binary COPY needs it.
    func exactly(_ value: ColumnValue) -> PostgresValue {
        switch (self, value) {
        case (_, .null): .null
        case (.integer, .integer(let number)): .int4(Int32(truncatingIfNeeded: number))
        case (_, .integer(let number)): .int8(number)
        case (_, .text(let text)): .text(text)
        case (_, .boolean(let truth)): .bool(truth)
        case (_, .time(let microseconds)): .timestamptz(microseconds)
        case (_, .integers(let numbers)): .int4s(numbers)
        }
    }

    /// A cell of a column of this type.
    func read(_ result: PostgresResult, _ row: Int, _ column: Int) -> ColumnValue {
        guard !result.isNull(row, column) else { return .null }
        return switch self {
        case .bigint, .integer: result.int(row, column).map { .integer($0) } ?? .null
        case .text, .name: .text(result.text(row, column))
        case .boolean: result.bool(row, column).map { .boolean($0) } ?? .null
        case .time: result.timestamp(row, column).map { .time($0) } ?? .null
        case .integers:
            result.elements(row, column).map { numbers in
                .integers((0..<numbers.rowCount).map { Int32(truncatingIfNeeded: numbers.int($0, 0) ?? 0) })
            } ?? .null
        }
    }
}

extension ColumnValue {
    fileprivate var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    fileprivate var text: String? { if case .text(let text) = self { text } else { nil } }
    fileprivate var boolean: Bool? { if case .boolean(let truth) = self { truth } else { nil } }
    fileprivate var time: Int64? { if case .time(let microseconds) = self { microseconds } else { nil } }
}
