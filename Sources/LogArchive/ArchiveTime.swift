/// Times in an archive: RFC 3339 in UTC with all six digits of a microsecond, `2026-11-20T10:00:00.123456Z`, so that
/// the exact time comes back.
public enum ArchiveTime {
    private static let perSecond: Int64 = 1_000_000
    private static let perDay: Int64 = 86_400
    private static let length = 27

    /// The text of a time, given in microseconds since 1970 UTC.
    public static func text(_ microseconds: Int64) -> String {
        let seconds = floorDivide(microseconds, perSecond)
        let days = floorDivide(seconds, perDay)
        let ofDay = seconds - days * perDay
        let date = civil(days)
        let clock = "\(padded(ofDay / 3600, 2)):\(padded(ofDay / 60 % 60, 2)):\(padded(ofDay % 60, 2))"
        let fraction = padded(microseconds - seconds * perSecond, 6)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(clock).\(fraction)Z"
    }

    /// Nil unless the text is what `text` writes for some time of the years 0 to 9999.
    public static func microseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == length else { return nil }
        func number(_ start: Int, _ count: Int) -> Int64 {
            bytes[start..<start + count].reduce(0) { $0 * 10 + Int64($1) - 48 }
        }
        let days = days(number(0, 4), number(5, 2), number(8, 2))
        let seconds = days * perDay + number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2)
        let found = seconds * perSecond + number(20, 6)
        return self.text(found) == text ? found : nil
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func floorDivide(_ number: Int64, _ by: Int64) -> Int64 {
        number >= 0 ? number / by : -((-number + by - 1) / by)
    }

    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, eras have 400 years.

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

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let ofEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear
        return era * 146_097 + ofEra - 719_468
    }
}
