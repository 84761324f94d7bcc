package import ChatApplication
package import ChatDomain
import JSONText

/// Items on their way to one node, one behind the other. A message's own part is numbers; what is rare is JSON.
///
/// Neither addresses nor digests of tokens go to Redis; the lines do, see the decision on the fan-out.
package struct ItemPack {
    /// Items in one pack.
    static let most = 100
    /// Bytes from which a pack is full.
    static let fullBytes = 64 << 10
    /// The form, which the first byte says. A node that does not know it reads the log.
    private static let form: UInt8 = 1

    private var writer = PackWriter()
    /// How many items it holds.
    package private(set) var count = 0
    /// The position of the last one.
    private(set) var last = Position.start

    package init() { writer.number(Self.form) }

    package var bytes: [UInt8] { writer.bytes }

    package var isFull: Bool { count >= Self.most || bytes.count >= Self.fullBytes }

    package mutating func add(_ item: PackedItem, previous: Position) {
        count += 1
        last = item.position
        writer.number(item.position.value)
        writer.number(previous.value)
        writer.raw(item.bytes)
    }
}

/// An item as a pack holds it behind its position and its predecessor: the same for every node that it goes to.
package struct PackedItem {
    package let position: Position
    private var writer = PackWriter()

    fileprivate var bytes: [UInt8] { writer.bytes }

    package init(_ item: FeedItem) {
        position = item.position
        writer.reserve(item.line.count + 96)
        writer.number(item.at)
        writer.number(Parts(item).rawValue)
        addOptional(item)
        writer.text(item.line)
    }

    private mutating func addOptional(_ item: FeedItem) {
        if !item.audience.users.isEmpty {
            writer.number(UInt32(item.audience.users.count))
            for user in item.audience.users { writer.number(user.value) }
        }
        if let group = item.audience.group { writer.number(group.value) }
        if let admins = item.audience.admins { writer.number(admins.value) }
        if let mark = item.mark {
            writer.number(mark.message.value)
            writer.number(UInt8(mark.isRecall ? 1 : 0))
        }
        if let origin = item.origin { writer.text(origin.value.utf8) }
        if let direct = item.direct {
            writer.number(direct.from.value)
            writer.number(direct.seq)
        }
        if let routing = item.routing { writer.text(RoutingCodec.encode(routing).encoded()) }
        if !item.receipts.isEmpty { writer.text(JSONValue.array(item.receipts.map(ReceiptCodec.encode)).encoded()) }
        if !item.personal.isEmpty { add(item.personal) }
    }

    private mutating func add(_ personal: [UserID: [UInt8]]) {
        writer.number(UInt32(personal.count))
        for (user, line) in personal {
            writer.number(user.value)
            writer.text(line)
        }
    }

    /// Which parts an item has, in the order in which they follow.
    fileprivate struct Parts: OptionSet {
        let rawValue: UInt16
        static let users = Parts(rawValue: 1)
        static let group = Parts(rawValue: 2)
        static let admins = Parts(rawValue: 4)
        static let mark = Parts(rawValue: 8)
        static let origin = Parts(rawValue: 16)
        static let direct = Parts(rawValue: 32)
        static let routing = Parts(rawValue: 64)
        static let receipts = Parts(rawValue: 128)
        static let personal = Parts(rawValue: 256)

        init(rawValue: UInt16) { self.rawValue = rawValue }

        init(_ item: FeedItem) {
            self = []
            if !item.audience.users.isEmpty { insert(.users) }
            if item.audience.group != nil { insert(.group) }
            if item.audience.admins != nil { insert(.admins) }
            if item.mark != nil { insert(.mark) }
            if item.origin != nil { insert(.origin) }
            if item.direct != nil { insert(.direct) }
            if item.routing != nil { insert(.routing) }
            if !item.receipts.isEmpty { insert(.receipts) }
            if !item.personal.isEmpty { insert(.personal) }
        }
    }
}

extension ItemPack {
    /// The items of a pack, each with its predecessor.
    package static func items(_ bytes: [UInt8]) throws(BrokenPack) -> [FanOutEntry] {
        var reader = PackReader(bytes)
        guard try reader.number(UInt8.self) == form else { throw BrokenPack() }
        var items: [FanOutEntry] = []
        while !reader.isAtEnd { items.append(try item(&reader)) }
        return items
    }

    private static func item(_ reader: inout PackReader) throws(BrokenPack) -> FanOutEntry {
        let position = Position(try reader.number())
        let previous = Position(try reader.number())
        var item = FeedItem(position: position, at: try reader.number(), audience: Audience())
        let parts = PackedItem.Parts(rawValue: try reader.number())
        if parts.contains(.users) { item.audience.users = try users(&reader) }
        if parts.contains(.group) { item.audience.group = GroupID(try reader.number()) }
        if parts.contains(.admins) { item.audience.admins = GroupID(try reader.number()) }
        if parts.contains(.mark) {
            item.mark = FeedItem.Mark(
                message: Position(try reader.number()), isRecall: try reader.number(UInt8.self) == 1)
        }
        if parts.contains(.origin) { item.origin = SessionID(String(decoding: try reader.text(), as: UTF8.self)) }
        if parts.contains(.direct) {
            item.direct = FeedItem.DirectMessage(from: UserID(try reader.number()), seq: try reader.number())
        }
        if parts.contains(.routing) { item.routing = try routing(&reader) }
        if parts.contains(.receipts) { item.receipts = try receipts(&reader) }
        if parts.contains(.personal) { item.personal = try personal(&reader) }
        item.line = Array(try reader.text())
        return .item(item, previous: previous)
    }

    private static func users(_ reader: inout PackReader) throws(BrokenPack) -> [UserID] {
        var users: [UserID] = []
        for _ in 0..<(try reader.number(UInt32.self)) { users.append(UserID(try reader.number())) }
        return users
    }

    private static func routing(_ reader: inout PackReader) throws(BrokenPack) -> RoutingChange {
        guard let change = RoutingCodec.decode(try json(&reader)) else { throw BrokenPack() }
        return change
    }

    private static func receipts(_ reader: inout PackReader) throws(BrokenPack) -> [ConversationReceipt] {
        (try json(&reader).arrayValue ?? []).compactMap(ReceiptCodec.decode)
    }

    private static func personal(_ reader: inout PackReader) throws(BrokenPack) -> [UserID: [UInt8]] {
        var personal: [UserID: [UInt8]] = [:]
        for _ in 0..<(try reader.number(UInt32.self)) {
            let user = UserID(try reader.number())
            personal[user] = Array(try reader.text())
        }
        return personal
    }

    private static func json(_ reader: inout PackReader) throws(BrokenPack) -> JSONValue {
        let text = Array(try reader.text())
        guard let value = try? JSONValue.parse(text) else { throw BrokenPack() }
        return value
    }
}
