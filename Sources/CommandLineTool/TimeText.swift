/// A time as users write it, by RFC 3339: `2026-11-20T10:00:00Z`, with a fraction, an offset such as `+01:00`, a space
/// for the `T`; without an offset it is UTC.
///
/// It means the whole of its last digit: `10:00:00` is every instant of that second. So a time that was printed with
/// fewer digits than it was recorded with still meets what it was printed for.
public struct TimeText: Sendable, Equatable {
    /// Its instants, in microseconds since 1970 UTC.
    public let instants: ClosedRange<Int64>

    /// Nil if the text is no time of this form.
    public init?(_ text: String) {
        var reader = Reader(rest: Array(text.utf8)[...])
        guard let date = reader.date(), reader.take(of: "Tt "), let time = reader.timeOfDay() else { return nil }
        let fraction = reader.fraction()
        guard let fraction, let offset = reader.offset(), reader.rest.isEmpty else { return nil }
        let seconds = date * 86_400 + time - offset
        let first = seconds * 1_000_000 + fraction.microseconds
        instants = first...(first + fraction.unit - 1)
    }
}

/// Takes a time apart, from its beginning.
private struct Reader {
    var rest: ArraySlice<UInt8>

    /// Exactly so many digits, as a number.
    mutating func number(_ digits: Int) -> Int64? {
        let taken = rest.prefix(digits)
        guard taken.count == digits, taken.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest = rest.dropFirst(digits)
        return taken.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// One of these characters.
    mutating func take(of characters: String) -> Bool {
        guard let first = rest.first, characters.utf8.contains(first) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Days since 1970.
    mutating func date() -> Int64? {
        guard let year = number(4), take(of: "-"), let month = number(2), take(of: "-"), let day = number(2),
            (1...12).contains(month), (1...Self.days(of: month, year)).contains(day)
        else { return nil }
        // Years that begin on 1 March, in eras of 400.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    private static func days(of month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Seconds since midnight.
    mutating func timeOfDay() -> Int64? {
        guard let hour = number(2), take(of: ":"), let minute = number(2), take(of: ":"), let second = number(2),
            hour < 24, minute < 60, second < 60
        else { return nil }
        return hour * 3_600 + minute * 60 + second
    }

    /// What follows the seconds, and how much its last digit counts; digits beyond microseconds are left out.
    mutating func fraction() -> (microseconds: Int64, unit: Int64)? {
        guard take(of: ".,") else { return (0, 1_000_000) }
        var value: Int64 = 0
        var unit: Int64 = 1_000_000
        var digits = 0
        while let digit = number(1) {
            digits += 1
            if unit > 1 {
                unit /= 10
                value += digit * unit
            }
        }
        return (1...9).contains(digits) ? (value, unit) : nil
    }

    /// Seconds ahead of UTC.
    mutating func offset() -> Int64? {
        if rest.isEmpty || take(of: "Zz") { return 0 }
        let isAhead = rest.first == UInt8(ascii: "+")
        guard take(of: "+-"), let hours = number(2) else { return nil }
        var minutes: Int64 = 0
        if !rest.isEmpty {
            _ = take(of: ":")
            guard let given = number(2) else { return nil }
            minutes = given
        }
        guard hours < 24, minutes < 60 else { return nil }
        return (isAhead ? 1 : -1) * (hours * 3_600 + minutes * 60)
    }
}
