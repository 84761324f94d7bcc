public import ChatApplication
import ChatDomain

/// An event as a leaf: its row with all columns, in the order of ``columns``, as PostgreSQL's binary COPY writes it. So
/// what is hashed is what is stored, byte for byte: docs/audit-proof.md.
public enum EventLeaf {
    /// The columns of the log's table, in its order.
    public static let columns = """
        position, type, schema, stream, version, actor_id, session, device, node, recorded_at, cause, touched, payload
        """
    private static let columnCount = 13
    /// Microseconds from 1970 to 2000, where PostgreSQL's times begin.
    private static let epoch: Int64 = 946_684_800_000_000
    /// PostgreSQL's number for the type text.
    private static let textType: Int32 = 25

    /// The leaf of an event.
    public static func bytes(of event: RecordedEvent) -> [UInt8] {
        var leaf = BigEndianWriter()
        leaf.add(Int16(columnCount))
        leaf.addCell(event.position.value)
        leaf.addCell(Array(event.type.utf8))
        leaf.addCell(Int16(truncatingIfNeeded: event.schema))
        leaf.addCell(Array(event.stream.value.utf8))
        leaf.addCell(event.version)
        leaf.addCell(event.cause.actor?.value)
        leaf.addCell(event.cause.session.map { Array($0.value.utf8) })
        leaf.addCell(event.cause.device.map { Array($0.utf8) })
        leaf.addCell(event.node.map { Array($0.value.utf8) })
        leaf.addCell(event.recordedAt - epoch)
        leaf.addCell(event.cause.reference.map { Array($0.utf8) })
        leaf.addCell(event.touched.isEmpty ? nil : array(event.touched.map { Array($0.value.utf8) }))
        leaf.addCell(event.payload)
        return leaf.bytes
    }

    /// One dimension, no nulls, the type of the elements, their number, the first one's index, and each as a cell.
    private static func array(_ texts: [[UInt8]]) -> [UInt8] {
        var array = BigEndianWriter()
        for number in [1, 0, textType, Int32(texts.count), 1] { array.add(number) }
        for text in texts { array.addCell(text) }
        return array.bytes
    }

    /// The event of a leaf; nil if the bytes are not the leaf of one.
    public static func event(of leaf: [UInt8]) -> RecordedEvent? {
        var reader = BigEndianReader(leaf)
        guard reader.number(of: 2) == Int64(columnCount) else { return nil }
        var cells: [[UInt8]?] = []
        while cells.count < columnCount {
            guard let cell = reader.cell() else { return nil }
            cells.append(cell.bytes)
        }
        func text(_ column: Int) -> String? { cells[column].map { String(decoding: $0, as: UTF8.self) } }
        func number(_ column: Int) -> Int64? {
            cells[column].flatMap { cell in
                var reader = BigEndianReader(cell)
                return reader.number(of: cell.count)
            }
        }
        guard reader.isAtEnd, let position = number(0), let type = text(1), let schema = number(2),
            let stream = text(3), let version = number(4), let time = number(9), let payload = cells[12]
        else { return nil }
        let touched = cells[11].flatMap(texts) ?? []
        let cause = Cause(
            actor: number(5).map { UserID($0) }, session: text(6).map { SessionID($0) }, device: text(7),
            reference: text(10))
        let event = RecordedEvent(
            position: Position(position), type: type, schema: Int(schema), stream: StreamName(stream),
            version: version, touched: touched.map { StreamName($0) }, cause: cause,
            node: text(8).map { NodeName($0) }, recordedAt: time &+ epoch, payload: payload)
        // One event has one leaf: whatever was not read, or read too leniently, shows here.
        return bytes(of: event) == leaf ? event : nil
    }

    private static func texts(_ array: [UInt8]) -> [String]? {
        var reader = BigEndianReader(array)
        for _ in 0..<3 { guard reader.number(of: 4) != nil else { return nil } }
        guard let count = reader.number(of: 4), count >= 0, reader.number(of: 4) != nil else { return nil }
        var texts: [String] = []
        while texts.count < count {
            guard let bytes = reader.cell()?.bytes else { return nil }
            texts.append(String(decoding: bytes, as: UTF8.self))
        }
        return texts
    }
}
