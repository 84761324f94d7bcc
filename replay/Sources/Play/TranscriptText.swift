import ChatDomain
import CommandLineTool

/// Colours and line breaks.
enum TranscriptText {
    /// Of the 256 colours of terminals those that can be read on black and on white, and told apart.
    private static let colours = [33, 37, 70, 99, 130, 136, 162, 166, 172, 127, 31, 64]

    /// The same for a user always; users of neighbouring numbers differ.
    static func colour(of user: UserID) -> Int {
        let mixed = UInt64(bitPattern: user.value) &* 0x9E37_79B9_7F4A_7C15
        return colours[Int(mixed >> 32) % colours.count]
    }

    /// Columns of the label: where, and by whom.
    static let labelColumns = 24

    /// A group and who speaks in it: of what is too long, the group's name is cut.
    static func label(_ group: String, _ speaker: String) -> String {
        let room = max(2, labelColumns - 1 - DisplayText.width(of: speaker))
        return "\(DisplayText.truncated(group, to: room))/\(speaker)"
    }

    /// A line in pieces of so many columns at most, broken at a space where there is one.
    static func broken(_ line: String, at columns: Int) -> [String] {
        guard DisplayText.width(of: line) > columns else { return [line] }
        var pieces: [String] = []
        var piece: [Character] = []
        var used = 0
        for character in line {
            let width = DisplayText.width(of: String(character))
            if used + width > columns, !piece.isEmpty {
                let space = piece.lastIndex(of: " ").map { $0 + 1 } ?? piece.count
                pieces.append(String(piece[..<space]))
                piece.removeFirst(space)
                used = DisplayText.width(of: String(piece))
            }
            piece.append(character)
            used += width
        }
        return pieces + [String(piece)]
    }
}

/// A time of the log as people read it, in UTC.
struct TranscriptTime {
    /// `2026-11-20`.
    let day: String
    /// `09:30:05`.
    let time: String
    /// Columns of `time`.
    static let columns = 8

    /// From microseconds since 1970 UTC.
    init(_ microseconds: Int64) {
        let seconds = microseconds / 1_000_000
        let days = seconds / 86_400
        time = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map(Self.two).joined(separator: ":")
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        day = "\(year)-\(Self.two(month))-\(Self.two(dayOfYear - (153 * marchMonth + 2) / 5 + 1))"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// A length of time in its two largest units.
    static func length(_ microseconds: Int64) -> String {
        let seconds = microseconds / 1_000_000
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        if seconds < 86_400 { return "\(seconds / 3600) h \(seconds / 60 % 60) min" }
        return "\(seconds / 86_400) d \(seconds / 3600 % 24) h"
    }
}
