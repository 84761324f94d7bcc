/// How large a community writes a log of so many events. Pure.
struct HistoryPlan: Equatable {
    /// Of a hundred events so many are messages.
    static let messagesInHundred = 95
    /// The fewest events that make sense: those of the first users, and some of each kind.
    static let leastEvents = 500
    /// No log spans more days, so that it ends in the past.
    private static let longestDays: Int64 = 120
    private static let day: Int64 = 86_400_000_000
    /// When the log begins, in microseconds since 1970: 2025-01-06T06:00:00Z.
    static let begin: Int64 = 1_736_143_200_000_000

    let events: Int
    let seed: UInt64
    /// The bytes of a message's text.
    let textBytes: Int

    var messages: Int { events * Self.messagesInHundred / 100 }
    private var others: Int { events - messages }

    var users: Int { max(5, others / 50) }
    /// Each user has some ten friends.
    var friendships: Int { min(others / 10, users * (users - 1) / 4) }
    var groups: Int { max(2, others / 500) }
    /// Beyond the groups' founders.
    var memberships: Int { min(others / 20, groups * users / 2) }

    /// The mean time between two events, in microseconds: a second, or less in a long log.
    var interval: Int64 { min(1_000_000, Self.longestDays * Self.day / Int64(events)) }
}
