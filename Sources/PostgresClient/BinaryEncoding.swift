/// Microseconds from the Unix epoch to 2000-01-01, where PostgreSQL's timestamps begin.
let microsecondsToPostgresEpoch: Int64 = 946_684_800_000_000

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        var shift = Number.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }

    mutating func append(uuid: PostgresUUID) {
        append(bigEndian: uuid.high)
        append(bigEndian: uuid.low)
    }

    /// Writes a value without its length; null writes nothing.
    mutating func append(binary value: PostgresValue) {
        switch value {
        case .null: break
        case .bool(let flag): append(flag ? 1 : 0)
        case .int2(let number): append(bigEndian: number)
        case .int4(let number): append(bigEndian: number)
        case .int8(let number): append(bigEndian: number)
        case .double(let number): append(bigEndian: number.bitPattern)
        case .text(let text), .json(let text): append(contentsOf: text.utf8)
        case .bytes(let bytes): append(contentsOf: bytes)
        case .uuid(let uuid): append(uuid: uuid)
        case .timestamptz(let time): append(bigEndian: time - microsecondsToPostgresEpoch)
        default: append(binaryArray: value)
        }
    }

    private mutating func append(binaryArray value: PostgresValue) {
        switch value {
        case .boolArray(let all):
            append(all, of: TypeIdentifier.bool, size: { _ in 1 }, { $0.append($1 ? 1 : 0) })
        case .int2Array(let all):
            append(all, of: TypeIdentifier.int2, size: { _ in 2 }, { $0.append(bigEndian: $1) })
        case .int4Array(let all):
            append(all, of: TypeIdentifier.int4, size: { _ in 4 }, { $0.append(bigEndian: $1) })
        case .int4s(let all): append(array: all)
        case .int8Array(let all):
            append(all, of: TypeIdentifier.int8, size: { _ in 8 }, { $0.append(bigEndian: $1) })
        case .textArray(let all):
            append(all, of: TypeIdentifier.text, size: { $0.utf8.count }, { $0.append(contentsOf: $1.utf8) })
        case .byteaArray(let all):
            append(all, of: TypeIdentifier.bytea, size: { $0.count }, { $0.append(contentsOf: $1) })
        case .uuidArray(let all):
            append(all, of: TypeIdentifier.uuid, size: { _ in 16 }, { $0.append(uuid: $1) })
        case .timestamptzArray(let all):
            append(
                all, of: TypeIdentifier.timestamptz, size: { _ in 8 },
                { $0.append(bigEndian: $1 - microsecondsToPostgresEpoch) })
        default: break
        }
    }

    /// An array's binary form (array_recv in src/backend/utils/adt/arrayfuncs.c): the number of dimensions, whether
    /// it holds nulls, the type, then length and lower bound of each dimension, then length and bytes per element.
    @inline(__always)
    private mutating func append<Value>(
        _ elements: [Value?], of type: UInt32, size: (Value) -> Int, _ write: (inout [UInt8], Value) -> Void
    ) {
        append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
        let flagAt = count + 3
        append(bigEndian: Int32(0))
        append(bigEndian: type)
        guard !elements.isEmpty else { return }
        append(bigEndian: Int32(elements.count))
        append(bigEndian: Int32(1))
        for element in elements {
            guard let element else {
                append(bigEndian: Int32(-1))
                self[flagAt] = 1
                continue
            }
            append(bigEndian: Int32(size(element)))
            write(&self, element)
        }
    }
}

extension [UInt8] {
    /// The same for numbers of which none is null: most of the bytes of a large copy, so they are put in their places.
    fileprivate mutating func append(array numbers: [Int32]) {
        append(bigEndian: Int32(numbers.isEmpty ? 0 : 1))
        append(bigEndian: Int32(0))
        append(bigEndian: TypeIdentifier.int4)
        guard !numbers.isEmpty else { return }
        append(bigEndian: Int32(numbers.count))
        append(bigEndian: Int32(1))
        var place = count
        append(contentsOf: repeatElement(0, count: 8 * numbers.count))
        for number in numbers {
            let bits = UInt32(bitPattern: number)
            self[place + 3] = 4
            self[place + 4] = UInt8(truncatingIfNeeded: bits >> 24)
            self[place + 5] = UInt8(truncatingIfNeeded: bits >> 16)
            self[place + 6] = UInt8(truncatingIfNeeded: bits >> 8)
            self[place + 7] = UInt8(truncatingIfNeeded: bits)
            place += 8
        }
    }
}

/// The parameters of one execution, encoded into one buffer.
package struct ParameterBlock: Sendable {
    package private(set) var bytes: [UInt8] = []
    var types: [UInt32] = []
    var offsets: [Int] = []
    /// -1 for null.
    var lengths: [Int32] = []
    /// 1 for binary, 0 for text.
    var formats: [Int32] = []

    package init(_ values: [PostgresValue]) {
        types.reserveCapacity(values.count)
        offsets.reserveCapacity(values.count)
        lengths.reserveCapacity(values.count)
        formats.reserveCapacity(values.count)
        for value in values { append(value) }
        // Text must end with a zero, and an empty buffer has no address.
        bytes.append(0)
    }

    private mutating func append(_ value: PostgresValue) {
        types.append(value.type)
        offsets.append(bytes.count)
        formats.append(value.isText ? 0 : 1)
        if case .null = value { return lengths.append(-1) }
        let start = bytes.count
        bytes.append(binary: value)
        lengths.append(Int32(bytes.count - start))
        if value.isText { bytes.append(0) }
    }
}
