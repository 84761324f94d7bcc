/// Rows and columns in PostgreSQL's binary format, copied out of libpq. Indices begin at 0.
///
/// The typed accessors return nil for NULL, and stop the program when the cell's size does not fit the type: that is
/// an error of the statement's author, not of the data.
public struct PostgresResult: Sendable {
    struct Cell: Sendable {
        var offset: Int
        /// -1 for null.
        var length: Int
    }

    var bytes: [UInt8] = []
    var cells: [Cell] = []
    /// Columns of each row; 0 for a statement that returns no rows.
    public internal(set) var columnCount = 0
    /// Rows inserted, updated, deleted, copied or returned.
    public internal(set) var affectedRows = 0

    /// The statement's command tag, as `INSERT 0 1`.
    public internal(set) var commandTag = ""

    /// Rows that were returned.
    public var rowCount: Int { columnCount == 0 ? 0 : cells.count / columnCount }

    private func cell(_ row: Int, _ column: Int) -> Cell? {
        precondition(column < columnCount, "no column \(column) in a result of \(columnCount)")
        let cell = cells[row * columnCount + column]
        return cell.length < 0 ? nil : cell
    }

    private func number(_ cell: Cell) -> Int64 {
        precondition(cell.length > 0 && cell.length <= 8, "a cell of \(cell.length) bytes is no number")
        var value = Int64(Int8(bitPattern: bytes[cell.offset]))
        for index in 1..<max(cell.length, 1) { value = value << 8 | Int64(bytes[cell.offset + index]) }
        return value
    }

    /// Whether the cell is NULL.
    public func isNull(_ row: Int, _ column: Int) -> Bool { cell(row, column) == nil }

    /// smallint, integer or bigint.
    public func int(_ row: Int, _ column: Int) -> Int64? { cell(row, column).map(number) }

    /// boolean.
    public func bool(_ row: Int, _ column: Int) -> Bool? { cell(row, column).map { number($0) != 0 } }

    /// real or double precision.
    public func double(_ row: Int, _ column: Int) -> Double? {
        cell(row, column).map { cell in
            let bits = number(cell)
            if cell.length == 4 { return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))) }
            return Double(bitPattern: UInt64(bitPattern: bits))
        }
    }

    /// text, varchar, name, json, and what else PostgreSQL sends as text. Not jsonb: cast it to text.
    public func text(_ row: Int, _ column: Int) -> String? {
        bytesSlice(row, column).map { String(decoding: $0, as: UTF8.self) }
    }

    /// bytea, or the bytes of text.
    public func bytes(_ row: Int, _ column: Int) -> [UInt8]? { bytesSlice(row, column).map { Array($0) } }

    /// The same without a copy; the slice keeps the whole result in memory.
    public func bytesSlice(_ row: Int, _ column: Int) -> ArraySlice<UInt8>? {
        cell(row, column).map { bytes[$0.offset..<$0.offset + $0.length] }
    }

    /// timestamptz or timestamp, in microseconds since the Unix epoch.
    public func timestamp(_ row: Int, _ column: Int) -> Int64? {
        int(row, column).map { $0 + microsecondsToPostgresEpoch }
    }

    /// uuid.
    public func uuid(_ row: Int, _ column: Int) -> PostgresUUID? {
        cell(row, column).map { cell in
            precondition(cell.length == 16, "a cell of \(cell.length) bytes is no uuid")
            let high = number(Cell(offset: cell.offset, length: 8))
            let low = number(Cell(offset: cell.offset + 8, length: 8))
            return PostgresUUID(high: UInt64(bitPattern: high), low: UInt64(bitPattern: low))
        }
    }

    /// The columns of a composite value, as a result of one row.
    public func fields(_ row: Int, _ column: Int) -> PostgresResult? {
        cell(row, column).map { cell in
            var reader = CellReader(bytes: bytes, offset: cell.offset)
            let count = reader.int32()
            var result = PostgresResult(bytes: bytes, columnCount: count)
            result.cells.reserveCapacity(count)
            for _ in 0..<count {
                // The type stands ahead of each.
                reader.offset += 4
                result.cells.append(reader.cell())
            }
            result.affectedRows = 1
            return result
        }
    }

    /// The elements of a one-dimensional array, as a result of one column with one row for each element.
    public func elements(_ row: Int, _ column: Int) -> PostgresResult? {
        cell(row, column).map { cell in
            var reader = CellReader(bytes: bytes, offset: cell.offset)
            let dimensions = reader.int32()
            precondition(dimensions <= 1, "arrays of \(dimensions) dimensions are not read")
            reader.offset += 8
            var result = PostgresResult(bytes: bytes, columnCount: 1)
            guard dimensions == 1 else { return result }
            let count = reader.int32()
            reader.offset += 4
            result.cells.reserveCapacity(count)
            for _ in 0..<count { result.cells.append(reader.cell()) }
            result.affectedRows = count
            return result
        }
    }
}

extension PostgresResult {
    init(bytes: [UInt8], columnCount: Int) {
        self.bytes = bytes
        self.columnCount = columnCount
    }
}

/// Reads length-prefixed cells from binary data.
struct CellReader {
    let bytes: [UInt8]
    var offset: Int

    mutating func int16() -> Int {
        defer { offset += 2 }
        return Int(Int16(truncatingIfNeeded: Int(bytes[offset]) << 8 | Int(bytes[offset + 1])))
    }

    mutating func int32() -> Int {
        defer { offset += 4 }
        let high = UInt32(bytes[offset]) << 24 | UInt32(bytes[offset + 1]) << 16
        return Int(Int32(bitPattern: high | UInt32(bytes[offset + 2]) << 8 | UInt32(bytes[offset + 3])))
    }

    mutating func cell() -> PostgresResult.Cell {
        let length = int32()
        defer { offset += max(length, 0) }
        return PostgresResult.Cell(offset: offset, length: length)
    }
}
