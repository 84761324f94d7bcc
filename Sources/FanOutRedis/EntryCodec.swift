import ChatApplication
import ChatDomain
import RedisClient

/// The entries of a node's stream: a watermark, or a pack of items, which has the id of its last one.
///
/// Packs are what makes an entry cheap: under load one command, one reply and one allocation carry many items.
enum EntryCodec {
    static func id(of entry: FanOutEntry) -> RedisStreamID {
        switch entry {
        case .item(let item, _): RedisStreamID(UInt64(item.position.value))
        case .watermark(let position, _, let tick): RedisStreamID(UInt64(position.value), UInt64(max(1, tick)))
        }
    }

    static func fields(ofWatermarkAfter previous: Position) -> [RedisArgument] {
        ["w", .string(String(previous.value))]
    }

    static func fields(of pack: ItemPack) -> [RedisArgument] { ["p", .bytes(pack.bytes)] }

    /// What an entry holds, in rising order; nil for what cannot be read.
    static func decode(_ entry: RedisStreamEntry) -> [FanOutEntry]? {
        if let pack = entry["p"] { return try? ItemPack.items(pack) }
        guard let text = entry["w"], let previous = Int64(String(decoding: text, as: UTF8.self)) else { return nil }
        let position = Position(Int64(entry.id.major))
        return [.watermark(position, previous: Position(previous), tick: Int64(entry.id.minor))]
    }
}
