public import ChatDomain
import EventCodec

/// What a row of `search_blocks` says of a text: `;POSITION,SENDER,QUARTER,SIGNATURE`. Of an edit the position is that
/// of the message, and behind a `+` its own. Sender and quarter name the key that seals the text, with which the entry
/// goes.
public struct SearchEntry: Sendable, Hashable {
    /// Where the message stands.
    public var message: Position
    /// Where the text does.
    public var text: Position

    private static let separators = (entry: UInt8(ascii: ";"), field: UInt8(ascii: ","), text: UInt8(ascii: "+"))

    /// A text of a message.
    public init(message: Position, text: Position) {
        self.message = message
        self.text = text
    }

    /// Writes it but for the signature, which follows.
    func write(to bytes: inout [UInt8], by sender: UserID, _ quarter: Quarter) {
        bytes.append(Self.separators.entry)
        bytes.append(decimal: message.value)
        if text != message {
            bytes.append(Self.separators.text)
            bytes.append(decimal: text.value)
        }
        bytes.append(Self.separators.field)
        bytes.append(decimal: sender.value)
        bytes.append(Self.separators.field)
        bytes.append(decimal: Int64(quarter.year))
        bytes.append(UInt8(ascii: "Q"))
        bytes.append(decimal: Int64(quarter.number))
        bytes.append(Self.separators.field)
    }

    /// The entries that go with a user's keys of these quarters, or with everybody's.
    static func written(by user: UserID?, in quarters: [String]) -> RowChanges.EntryMatch {
        RowChanges.EntryMatch([nil, user.map { ["\($0.value)"] }, quarters, nil])
    }

    /// The texts that may contain what is sought.
    public static func found(_ sought: TextSignature.Sought, in entries: String) -> [SearchEntry] {
        var found: [SearchEntry] = []
        let bytes = entries.utf8.span
        var place = 0
        while place < bytes.count {
            place += 1
            let message = number(bytes, &place)
            var text = message
            if place < bytes.count, bytes[place] == separators.text {
                place += 1
                text = number(bytes, &place)
            }
            var fields = 0
            while place < bytes.count, fields < 3 {
                if bytes[place] == separators.field { fields += 1 }
                place += 1
            }
            let start = place
            while place < bytes.count, bytes[place] != separators.entry { place += 1 }
            if sought.mayBeIn(bytes.extracting(start..<place)) {
                found.append(SearchEntry(message: Position(message), text: Position(text)))
            }
        }
        return found
    }

    private static func number(_ bytes: Span<UInt8>, _ place: inout Int) -> Int64 {
        var number: Int64 = 0
        while place < bytes.count, case 0x30...0x39 = bytes[place] {
            number = number &* 10 &+ Int64(bytes[place] &- 0x30)
            place += 1
        }
        return number
    }
}
