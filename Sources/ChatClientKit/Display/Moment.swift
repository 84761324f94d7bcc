/// Times of the wire (RFC 3339, UTC) as people read them.
struct Moment {
    /// Seconds since 1970.
    let seconds: Int

    /// Nil if the text is no such time.
    init?(_ text: String) {
        let digits = text.split { !("0"..."9").contains($0) }.map { Int($0) ?? 0 }
        guard digits.count >= 6, text.hasSuffix("Z"), (1...12).contains(digits[1]) else { return nil }
        seconds =
            Moment.days(digits[0], digits[1], digits[2]) * 86_400 + digits[3] * 3600 + digits[4] * 60 + digits[5]
    }

    /// Days from 1970-01-01 in the Gregorian calendar, by counting years from March.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The time of day, with the date if that is another than that of `now` (seconds since 1970).
    func text(now: Int) -> String {
        let here = Posix.localTime(seconds)
        let today = Posix.localTime(now)
        let time = [here.hour, here.minute, here.second].map(Moment.two).joined(separator: ":")
        if (here.year, here.month, here.day) == (today.year, today.month, today.day) { return time }
        return "\(here.year)-\(Moment.two(here.month))-\(Moment.two(here.day)) \(time)"
    }

    private static func two(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
