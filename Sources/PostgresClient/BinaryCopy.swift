// The binary COPY format: https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4

private let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]

/// Encodes rows for `COPY … FROM STDIN (FORMAT binary)`.
///
/// Values must have exactly the columns' types: COPY converts nothing. `json` suits columns of type json, not jsonb.
public struct PostgresCopyEncoder: Sendable {
    private var bytes: [UInt8]

    /// Begins with the format's header.
    public init() {
        bytes = signature
        bytes.append(bigEndian: Int64(0))
    }

    /// Bytes encoded and not yet taken.
    public var byteCount: Int { bytes.count }

    /// Adds one row.
    public mutating func append(_ row: [PostgresValue]) {
        beginRow(columns: row.count)
        for value in row { append(value) }
    }

    /// Begins a row; as many values must follow.
    public mutating func beginRow(columns: Int) { bytes.append(bigEndian: Int16(columns)) }

    /// Adds the next value of a row.
    public mutating func append(_ value: PostgresValue) {
        let start = bytes.count
        bytes.append(bigEndian: Int32(-1))
        if case .null = value { return }
        bytes.append(binary: value)
        let length = UInt32(bytes.count - start - 4)
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index))) }
    }

    /// Takes what was encoded so far: one chunk. It may be empty.
    public mutating func take() -> [UInt8] {
        defer { bytes.removeAll() }
        return bytes
    }

    /// Adds the format's end and takes the last chunk.
    public mutating func finish() -> [UInt8] {
        bytes.append(bigEndian: Int16(-1))
        return take()
    }
}

/// Cuts the messages of a binary COPY into rows. Each chunk ends at a row's end, as libpq delivers it.
struct BinaryCopyDecoder {
    private var headerSeen = false
    /// Of the chunk before, which tells about how many this one has.
    private var cellCount = 0

    mutating func decode(_ chunk: [UInt8]) throws(PostgresError) -> PostgresResult {
        var reader = CellReader(bytes: chunk, offset: 0)
        if !headerSeen && !chunk.isEmpty {
            guard chunk.starts(with: signature) && chunk.count >= 19 else {
                throw PostgresError(.protocolViolation, "the statement is no COPY … TO STDOUT (FORMAT binary)")
            }
            headerSeen = true
            reader.offset = signature.count + 4
            let extensionBytes = reader.int32()
            reader.offset += extensionBytes
        }
        var result = PostgresResult()
        result.cells.reserveCapacity(cellCount)
        while reader.offset < chunk.count {
            let columns = reader.int16()
            if columns < 0 { break }
            result.columnCount = columns
            for _ in 0..<columns { result.cells.append(reader.cell()) }
        }
        cellCount = result.cells.count
        result.affectedRows = result.rowCount
        result.bytes = chunk
        return result
    }
}

extension PostgresResult {
    /// A row of a COPY just as it came: the number of its columns in 16 bits, and each cell behind its length in 32 bits,
    /// -1 for null. Not for the rows of a query, which lie elsewhere.
    public func copiedRow(_ row: Int) -> ArraySlice<UInt8> {
        let first = cells[row * columnCount]
        let last = cells[row * columnCount + columnCount - 1]
        // The first cell's length and the number of columns stand ahead of it.
        return bytes[first.offset - 6..<last.offset + max(last.length, 0)]
    }
}
