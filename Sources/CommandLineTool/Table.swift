public import JSONText

/// Rows for people (aligned columns) or for programs (the same rows as JSON).
public struct Table: Sendable {
    /// A column: the field of the rows, and its heading.
    public struct Column: Sendable {
        let field: String
        let title: String
        let isTrailing: Bool
        let widest: Int

        /// A column for `field`; the heading is the field in capitals unless given. `isTrailing` aligns to the right,
        /// for numbers; longer cells than `widest` columns are cut.
        public init(_ field: String, title: String? = nil, isTrailing: Bool = false, widest: Int = 200) {
            self.field = field
            self.title = title ?? field.uppercased()
            self.isTrailing = isTrailing
            self.widest = widest
        }
    }

    /// The columns, from the left.
    public let columns: [Column]
    /// The rows; fields without a column are shown in JSON only.
    public var rows: [JSONObject] = []

    /// An empty table.
    public init(_ columns: [Column], rows: [JSONObject] = []) {
        self.columns = columns
        self.rows = rows
    }

    /// The aligned table with its heading, each line ended by a line feed.
    public func text(colour: Bool = false) -> String {
        let heading = columns.map(\.title)
        let cells = rows.map { row in
            columns.map { DisplayText.truncated(Table.cell(row[$0.field]), to: $0.widest) }
        }
        let widths = columns.indices.map { index in
            ([heading] + cells).map { DisplayText.width(of: $0[index]) }.max() ?? 0
        }
        var text = Colour.bold.paint(line(heading, widths), if: colour) + "\n"
        for row in cells { text += line(row, widths) + "\n" }
        return text
    }

    /// The rows as JSON Lines.
    public func jsonLines() -> String {
        rows.map { JSONValue.object($0).description + "\n" }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { line += "  " }
            line += DisplayText.padded(cell, to: widths[index], trailing: columns[index].isTrailing)
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// A missing or null value is an empty cell; nothing in a cell can move the cursor.
    static func cell(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null: ""
        case .bool(let value): value ? "yes" : "no"
        case .string(let text): DisplayText.printable(text)
        case .some(let value): DisplayText.printable(value.description)
        }
    }
}
