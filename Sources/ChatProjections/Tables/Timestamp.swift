/// PostgreSQL's text form of a time in UTC, to the microsecond, without Foundation.
enum Timestamp {
    private static let perSecond: Int64 = 1_000_000
    private static let secondsPerDay: Int64 = 86_400

    /// `2026-11-20 10:00:00.123456+00`.
    static func text(_ microseconds: Int64) -> String {
        let seconds = floorDivide(microseconds, perSecond)
        let days = floorDivide(seconds, secondsPerDay)
        let ofDay = seconds - days * secondsPerDay
        let date = civil(days)
        let clock = "\(padded(ofDay / 3600, 2)):\(padded(ofDay / 60 % 60, 2)):\(padded(ofDay % 60, 2))"
        let fraction = padded(microseconds - seconds * perSecond, 6)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2)) \(clock).\(fraction)+00"
    }

    /// Reads `2026-11-20 10:00:00[.f…]+00`; nil if it has another form.
    static func microseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 22, bytes.suffix(3).elementsEqual("+00".utf8),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19])
        else { return nil }
        var fraction = bytes[19..<(bytes.count - 3)]
        if fraction.first == UInt8(ascii: ".") { fraction = fraction.dropFirst() }
        guard fraction.count <= 6, let digits = fraction.isEmpty ? 0 : number(fraction) else { return nil }
        let scale = (fraction.count..<6).reduce(Int64(1)) { product, _ in product * 10 }
        let seconds = days(year: year, month: month, day: day) * secondsPerDay + hour * 3600 + minute * 60 + second
        return seconds * perSecond + digits * scale
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        String(decoding: digits, as: UTF8.self).allSatisfy(\.isNumber)
            ? Int64(String(decoding: digits, as: UTF8.self)) : nil
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func floorDivide(_ number: Int64, _ by: Int64) -> Int64 {
        number >= 0 ? number / by : -((-number + by - 1) / by)
    }

    /// Days since 1970 to a date of the Gregorian calendar, in eras of 400 years that begin on 1 March.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * ofYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * march + 2) / 5 + 1)
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear - 719_468
    }
}
