import ChatApplication
import ChatDomain
import Testing

@Suite struct RefusedLoginsTests {
    private static let second: Int64 = 1_000_000

    private func logins(pairs: Int = 100, accounts: Int = 10) -> RefusedLogins {
        var limits = RefusedLogins.Limits()
        limits.pairs = pairs
        limits.accountsOfAddress = accounts
        return RefusedLogins(limits: limits)
    }

    @Test func aPairIsToldAtOnceAndThenOnceAMinuteWithWhatCameMeanwhile() {
        var logins = logins()
        let user = UserID(3)
        logins.add(user: user, address: "192.0.2.7", .badCredentials, now: 10 * Self.second)
        #expect(
            logins.take(now: 11 * Self.second) == [
                LoginRefused(
                    user: user, counts: [.badCredentials: 1], since: 10 * Self.second, address: "192.0.2.7")
            ])
        for second in 12...40 {
            let outcome: LoginOutcome = second.isMultiple(of: 2) ? .badCredentials : .rateLimited
            logins.add(user: user, address: "192.0.2.7", outcome, now: Int64(second) * Self.second)
            #expect(logins.take(now: Int64(second) * Self.second).isEmpty)
        }
        #expect(logins.take(now: 71 * Self.second - 1).isEmpty)
        #expect(
            logins.take(now: 71 * Self.second) == [
                LoginRefused(
                    user: user, counts: [.badCredentials: 15, .rateLimited: 14], since: 12 * Self.second,
                    address: "192.0.2.7")
            ])
        #expect(logins.take(now: 200 * Self.second).isEmpty)
        #expect(logins.count == 0)
    }

    @Test func addressesAndAccountsAreToldApart() {
        var logins = logins()
        for (user, address) in [(3, "a"), (3, "b"), (9, "a"), (nil, "a")] as [(Int64?, String)] {
            logins.add(user: user.map(UserID.init), address: address, .badToken, now: 1)
        }
        let taken = logins.take(now: 2)
        #expect(taken.count == 4 && taken.allSatisfy { $0.counts == [.badToken: 1] && !$0.isRest })
        #expect(Set(taken.map { "\($0.user?.value ?? 0) \($0.address ?? "")" }) == ["3 a", "3 b", "9 a", "0 a"])
    }

    /// However many addresses there are, memory and log are bounded, and nothing is lost.
    @Test func whatIsMoreThanCanBeToldApartIsCountedTogether() throws {
        var logins = logins(pairs: 50)
        for number in 0..<1_000 { logins.add(user: nil, address: "a\(number)", .badCredentials, now: 1) }
        #expect(logins.count == 50)
        let taken = logins.take(now: 2)
        #expect(taken.count == 51)
        let rest = try #require(taken.first { $0.isRest })
        #expect(rest.counts == [.badCredentials: 950] && rest.address == nil && rest.user == nil)
        logins.add(user: nil, address: "one more", .badCredentials, now: 3)
        #expect(logins.take(now: 4).isEmpty)
        // Those that are quiet for a minute make room.
        _ = logins.take(now: 61 * Self.second)
        _ = logins.take(now: 122 * Self.second)
        logins.add(user: nil, address: "another", .badCredentials, now: 123 * Self.second)
        #expect(logins.take(now: 123 * Self.second).map(\.address) == ["another"])
    }

    /// Who tries many accounts from one address must not take all room from others.
    @Test func manyAccountsOfOneAddressCountAsNone() throws {
        var logins = logins(accounts: 4)
        for user in 1...100 { logins.add(user: UserID(Int64(user)), address: "a", .badToken, now: 1) }
        let taken = logins.take(now: 2)
        #expect(taken.count == 5)
        let others = try #require(taken.first { $0.user == nil })
        #expect(others.counts == [.badToken: 96] && others.address == "a" && !others.isRest)
    }

    @Test func whatCouldNotBeLoggedIsDueAgainWithWhatCameMeanwhile() {
        var logins = logins(pairs: 1)
        logins.add(user: nil, address: "a", .badToken, now: 1)
        logins.add(user: nil, address: "b", .badToken, now: 2)
        let taken = logins.take(now: 3)
        #expect(taken.count == 2)
        logins.add(user: nil, address: "a", .badToken, now: 4)
        logins.putBack(taken)
        let again = logins.take(now: 5)
        #expect(again.map(\.counts) == [[.badToken: 2], [.badToken: 1]])
        #expect(again.map(\.since) == [1, 2] && again.map(\.isRest) == [false, true])
    }

    @Test func atTheEndAllIsToldThatTheLogHasNotHeardOf() {
        var logins = logins()
        logins.add(user: nil, address: "a", .badToken, now: 1)
        _ = logins.take(now: 2)
        logins.add(user: nil, address: "a", .badToken, now: 3)
        #expect(logins.take(now: 4).isEmpty)
        #expect(logins.take(now: 5, all: true).map(\.counts) == [[.badToken: 1]])
        #expect(logins.take(now: 6, all: true).isEmpty)
    }
}
