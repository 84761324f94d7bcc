import ChatApplication
import ChatDomain
import Testing

@Suite("Presence")
struct PresenceTests {
    private var presence = Presence()

    private mutating func open(
        _ session: String, _ user: Int64, node: String = "a", device: String? = "d", replaced: String? = nil,
        forgotten: String? = nil, at: Int64 = 0, now: Int64 = 0
    ) -> [String] {
        let opened = SessionOpened(
            user: UserID(user), session: SessionID(session), device: device, node: NodeName(node), term: 1,
            tokenDigest: "", replaced: replaced.map { SessionID($0) },
            forgottenSession: forgotten.map { SessionID($0) })
        return words(presence.apply(.sessionOpened(opened), at: at, now: now))
    }

    private mutating func close(
        _ session: String, _ user: Int64, _ reason: SessionClosed.Reason = .disconnected, at: Int64 = 0,
        now: Int64 = 0
    ) -> [String] {
        let closed = SessionClosed(
            user: UserID(user), session: SessionID(session), device: "d", reason: reason)
        return words(presence.apply(.sessionClosed(closed), at: at, now: now))
    }

    private mutating func due(_ now: Int64) -> [String] { words(presence.due(now: now)).sorted() }

    private func words(_ changes: [Presence.Change]) -> [String] {
        changes.map { change in
            let who = change.since.map { ", for logins since \($0)" } ?? ""
            return "\(change.user) \(change.isOnline ? "online" : "offline") \(change.at)\(who)"
        }
    }

    @Test mutating func theSessionOfAForgottenDeviceNoLongerCounts() {
        _ = open("s1", 3)
        _ = open("s2", 3, forgotten: "s1")
        _ = close("s2", 3, at: 9)
        #expect(due(.max) == ["3 offline 9"])
    }

    @Test mutating func sessionsThatEndTogetherEndForPresence() {
        for session in ["s1", "s2", "s3"] { _ = open(session, 3) }
        let ended = SessionsEnded(
            user: UserID(3), kept: SessionID("s2"), sessions: [SessionID("s1"), SessionID("s3")], isDeleted: false)
        #expect(words(presence.apply(.sessionsEnded(ended), at: 5, now: 0)) == [])
        #expect(due(.max) == [])
        _ = close("s2", 3, at: 9)
        #expect(due(.max) == ["3 offline 9"])
    }

    @Test mutating func aUserComesAtOnceAndGoesAfterAGrace() {
        #expect(open("s1", 3, at: 7) == ["3 online 7"])
        #expect(close("s1", 3, at: 9, now: 100) == [])
        #expect(!presence.isOnline(UserID(3)))
        #expect(due(100 + Presence.grace - 1) == [])
        #expect(due(100 + Presence.grace) == ["3 offline 9"])
        #expect(due(.max) == [])
        #expect(open("s2", 3, at: 11) == ["3 online 11"])
    }

    @Test(arguments: [SessionClosed.Reason.logout, .revoked, .deviceEnded])
    func whoEndsTheSessionOnPurposeIsGoneAtOnce(_ reason: SessionClosed.Reason) {
        var people = self
        _ = people.open("s1", 3, device: "phone")
        _ = people.open("s2", 3, device: "pc")
        #expect(people.close("s1", 3, reason, at: 4) == [], "another session is open")
        #expect(people.close("s2", 3, reason, at: 5) == ["3 offline 5"])
        #expect(people.due(.max) == [], "it is told once")
        #expect(people.open("s3", 3, at: 6) == ["3 online 6"])
    }

    @Test mutating func whoseSessionsAllEndIsGoneAtOnce() {
        for session in ["s1", "s2"] { _ = open(session, 3) }
        let ended = SessionsEnded(
            user: UserID(3), kept: nil, sessions: [SessionID("s1"), SessionID("s2")], isDeleted: true)
        #expect(words(presence.apply(.sessionsEnded(ended), at: 5, now: 0)) == ["3 offline 5"])
        #expect(due(.max) == [])
    }

    /// Who logged in meanwhile was shown that the user is offline, and was never told otherwise.
    @Test mutating func aReconnectWithinTheGraceIsNewsOnlyForWhoLoggedInMeanwhile() {
        _ = open("s1", 3)
        let left = Presence.lead + 5
        #expect(close("s1", 3, now: left) == [])
        #expect(open("s2", 3, node: "b", at: 7, now: left + 9) == ["3 online 7, for logins since 5"])
        #expect(due(.max) == [])
        #expect(presence.isOnline(UserID(3)))
    }

    @Test mutating func aReplacedSessionIsNoNews() {
        _ = open("s1", 3)
        #expect(open("s2", 3, replaced: "s1") == [])
        #expect(due(.max) == [])
        #expect(close("s1", 3) == [])
        #expect(due(.max) == [])
        #expect(presence.isOnline(UserID(3)))
    }

    @Test mutating func aUserIsOnlineWhileAnyDeviceIs() {
        #expect(open("s1", 3, device: "phone").count == 1)
        #expect(open("s2", 3, device: "pc") == [])
        _ = close("s1", 3)
        #expect(due(.max) == [])
        _ = close("s2", 3, at: 4)
        #expect(due(.max) == ["3 offline 4"])
    }

    @Test mutating func aSessionThatOnlySendsIsNoSignOfPresence() {
        #expect(open("s1", 3, device: nil) == [])
        #expect(!presence.isOnline(UserID(3)))
        #expect(close("s1", 3) == [])
        #expect(due(.max) == [])
    }

    @Test mutating func aLostNodeTakesItsSessionsOnly() {
        _ = open("s1", 3, node: "a")
        _ = open("s2", 3, node: "b", device: "pc")
        _ = open("s3", 4, node: "a")
        _ = open("s4", 5, node: "b")
        #expect(presence.apply(.nodeLost(NodeName("a")), at: 6, now: 0).isEmpty)
        #expect(due(.max) == ["4 offline 6"])
        #expect(presence.isOnline(UserID(3)))
    }

    @Test mutating func whoCameBackFromALostNodeIsNotGone() {
        _ = open("s1", 3, node: "a")
        _ = presence.apply(.nodeLost(NodeName("a")), at: 6, now: 0)
        #expect(open("s2", 3, node: "b") == ["3 online 0, for logins since \(-Presence.lead)"])
        #expect(due(.max) == [])
    }

    @Test func whoeverHasASessionAtTheBeginningIsOnlineWithoutNews() {
        var presence = Presence(sessions: [
            OpenSessionRow(session: SessionID("s1"), user: UserID(3), node: NodeName("a"))
        ])
        #expect(presence.isOnline(UserID(3)))
        #expect(presence.due(now: .max).isEmpty)
    }

    @Test mutating func theSameOpeningTwiceCountsOnce() {
        _ = open("s1", 3)
        #expect(open("s1", 3) == [])
        _ = close("s1", 3, at: 5)
        #expect(due(.max) == ["3 offline 5"])
    }
}
