public import ChatDomain

/// Which key seals something: it is destroyed when the person goes, or when the quarter's texts have to.
public enum SealSubject: Sendable, Hashable {
    /// What tells who a user is: name, password hash, addresses.
    case person(UserID)
    /// What a user wrote within a calendar quarter.
    case texts(UserID, quarter: Quarter)

    /// What is personal, but of nobody who has an account: it goes with the texts of its quarter.
    public static func nobody(_ quarter: Quarter) -> SealSubject { .texts(UserID(0), quarter: quarter) }
}

/// A calendar quarter in UTC.
public struct Quarter: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The year of the Gregorian calendar.
    public let year: Int
    /// 1 to 4.
    public let number: Int

    /// The quarter of a time in microseconds since 1970 UTC.
    public init(at time: Int64) {
        let day = Self.floored(time, by: 86_400_000_000)
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days: years begin in March,
        // eras have 400 years.
        let shifted = day + 719_468
        let era = Self.floored(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0))
        number = Int((month - 1) / 3 + 1)
    }

    /// Reads `2026Q4`; nil if it is anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "Q", omittingEmptySubsequences: false)
        guard parts.count == 2, let year = Int(parts[0]), let number = Int(parts[1]), (1...4).contains(number),
            text == "\(year)Q\(number)"
        else { return nil }
        self.year = year
        self.number = number
    }

    private static func floored(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    /// The order of time.
    public static func < (left: Quarter, right: Quarter) -> Bool {
        (left.year, left.number) < (right.year, right.number)
    }

    /// `2026Q4`.
    public var description: String { "\(year)Q\(number)" }
}
