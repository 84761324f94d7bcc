import JSONText

/// Times as the wire contract writes them: RFC 3339, UTC, milliseconds.
public enum WireTime {
    /// Writes microseconds since 1970 UTC, cut to milliseconds.
    public static func text(microseconds: Int64) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(24)
        write(microseconds: microseconds, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the text.
    static func write(microseconds: Int64, into output: inout [UInt8]) {
        let milliseconds = floorDivide(microseconds, 1_000)
        let seconds = floorDivide(milliseconds, 1_000)
        let day = floorDivide(seconds, 86_400)
        let second = seconds - day * 86_400
        let date = civil(daysSince1970: day)
        if !(0...9_999).contains(date.year) {
            JSONWriter.integer(date.year, into: &output)
            output.append(UInt8(ascii: "-"))
        } else {
            write(date.year, digits: 4, before: UInt8(ascii: "-"), into: &output)
        }
        write(date.month, digits: 2, before: UInt8(ascii: "-"), into: &output)
        write(date.day, digits: 2, before: UInt8(ascii: "T"), into: &output)
        write(second / 3_600, digits: 2, before: UInt8(ascii: ":"), into: &output)
        write(second / 60 % 60, digits: 2, before: UInt8(ascii: ":"), into: &output)
        write(second % 60, digits: 2, before: UInt8(ascii: "."), into: &output)
        write(milliseconds - seconds * 1_000, digits: 3, before: UInt8(ascii: "Z"), into: &output)
    }

    private static func write(_ number: Int64, digits: Int, before mark: UInt8, into output: inout [UInt8]) {
        var divisor: Int64 = digits == 2 ? 10 : digits == 3 ? 100 : 1_000
        while divisor > 0 {
            output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
        output.append(mark)
    }

    /// The date of a day, by Howard Hinnant's `civil_from_days` (proleptic Gregorian calendar).
    private static func civil(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSince1970 + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}
