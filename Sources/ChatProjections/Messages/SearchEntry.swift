public import ChatDomain
import EventCodec

/// What a row of `search_blocks` says of a message's text: `;POSITION,SENDER,QUARTER,SIGNATURE`. Sender and quarter name
/// the key that seals the text, with which the entry goes.
public enum SearchEntry {
    private static let separators = (entry: UInt8(ascii: ";"), field: UInt8(ascii: ","))

    /// Writes it but for the signature, which follows.
    static func write(_ position: Position, by sender: UserID, _ quarter: Quarter, to bytes: inout [UInt8]) {
        bytes.append(separators.entry)
        bytes.append(decimal: position.value)
        bytes.append(separators.field)
        bytes.append(decimal: sender.value)
        bytes.append(separators.field)
        bytes.append(decimal: Int64(quarter.year))
        bytes.append(UInt8(ascii: "Q"))
        bytes.append(decimal: Int64(quarter.number))
        bytes.append(separators.field)
    }

    /// The entries that go with a user's keys of these quarters, or with everybody's.
    static func written(by user: UserID?, in quarters: [String]) -> RowChanges.EntryMatch {
        RowChanges.EntryMatch([nil, user.map { ["\($0.value)"] }, quarters, nil])
    }

    /// The messages whose texts may contain what is sought.
    public static func found(_ sought: TextSignature.Sought, in entries: String) -> [Position] {
        var found: [Position] = []
        let bytes = entries.utf8.span
        var place = 0
        while place < bytes.count {
            place += 1
            var position: Int64 = 0
            while place < bytes.count, case 0x30...0x39 = bytes[place] {
                position = position &* 10 &+ Int64(bytes[place] &- 0x30)
                place += 1
            }
            var fields = 0
            while place < bytes.count, fields < 3 {
                if bytes[place] == separators.field { fields += 1 }
                place += 1
            }
            let start = place
            while place < bytes.count, bytes[place] != separators.entry { place += 1 }
            if sought.mayBeIn(bytes.extracting(start..<place)) { found.append(Position(position)) }
        }
        return found
    }
}
