import ChatDomain
import ChatTestKit
import Testing

/// Sessions of Alice, by short words.
struct Desk {
    var scenario = people
    private var count = 0

    /// The devices' state.
    var entries: [DevicesState.Entry] {
        guard case .devices(let state) = scenario.state(.devices(alice)) else { return [] }
        return state.entries
    }

    func command(
        _ session: String, password: String? = nil, token: String? = nil, device: String = "phone", feed: Bool = true
    ) -> Command {
        let proof: OpenSession.Proof =
            if let token { .token(digest: token) } else {
                .password(fits: password ?? "hash\(alice)", newTokenDigest: "token-of-\(session)")
            }
        return .openSession(
            OpenSession(
                user: alice, proof: proof, session: SessionID(session), device: device, feed: feed, since: nil,
                node: node, term: 1, address: "::1"))
    }

    func when(
        _ session: String, password: String? = nil, token: String? = nil, device: String = "phone", feed: Bool = true
    ) -> Outcome {
        scenario.when(command(session, password: password, token: token, device: device, feed: feed))
    }

    /// Logs in, and gives the event.
    @discardableResult
    mutating func open(
        _ session: String, token: String? = nil, device: String = "phone", feed: Bool = true
    ) -> SessionOpened? {
        let outcome = scenario.carryOut(command(session, token: token, device: device, feed: feed))
        guard case .decided(let events, .opened(alice, let told)) = outcome, events.count == 1,
            case .sessionOpened(let event) = events[0], event.device == told, event.session.value == session
        else { return nil }
        return event
    }

    /// Ends a session, and gives the event.
    @discardableResult
    mutating func close(_ session: String, _ reason: SessionClosed.Reason) -> SessionClosed? {
        let command = CloseSession(user: alice, session: SessionID(session), reason: reason)
        guard case .decided(let events, .done) = scenario.carryOut(.closeSession(command)),
            case .sessionClosed(let event)? = events.first
        else { return nil }
        return event
    }

    func isGood(_ token: String) -> Bool {
        if case .decided = when("probe", token: token) { true } else { false }
    }
}

@Suite struct LoginTests {
    @Test func aPasswordOpensASessionOnTheDeviceAskedFor() {
        var desk = Desk()
        let event = SessionOpened(
            user: alice, session: SessionID("s1"), device: "phone", node: node, term: 1, tokenDigest: "token-of-s1",
            address: "::1")
        #expect(desk.open("s1") == event)
    }

    @Test func aPasswordThatDoesNotFitIsRefused() {
        #expect(Desk().when("s1", password: "other hash") == .refused(.badCredentials))
        var desk = Desk()
        desk.scenario = Scenario()
        #expect(desk.when("s1") == .refused(.badCredentials))
        #expect(desk.when("s1", token: "token") == .refused(.badToken))
    }

    @Test func aTokenOpensASessionOnItsOwnDeviceAndStaysTheSame() {
        var desk = Desk()
        desk.open("s1")
        desk.close("s1", .disconnected)
        let event = desk.open("s2", token: "token-of-s1", device: "laptop")
        #expect(event?.device == "phone")
        #expect(event?.tokenDigest == "token-of-s1")
        #expect(event?.replaced == nil)
    }

    @Test func anUnknownTokenIsRefused() {
        var desk = Desk()
        desk.open("s1")
        #expect(desk.when("s2", token: "never given") == .refused(.badToken))
    }

    /// Contract: S2.
    @Test func aTokenIsGoodForThirtyDaysWithoutUse() {
        var desk = Desk()
        desk.open("s1")
        desk.close("s1", .disconnected)
        let lifetime: Int64 = 30 * 24 * 3600
        let login = desk.command("s2", token: "token-of-s1")
        #expect(desk.scenario.after(seconds: lifetime - 1).when(login) != .refused(.badToken))
        #expect(desk.scenario.after(seconds: lifetime).when(login) == .refused(.badToken))
    }

    @Test func usingATokenMakesItGoodForAnotherThirtyDays() {
        var desk = Desk()
        desk.open("s1")
        desk.scenario = desk.scenario.after(seconds: 20 * 24 * 3600)
        desk.close("s1", .disconnected)
        desk.scenario = desk.scenario.after(seconds: 20 * 24 * 3600)
        #expect(desk.open("s2", token: "token-of-s1", feed: false) != nil)
        desk.scenario = desk.scenario.after(seconds: 20 * 24 * 3600)
        #expect(desk.isGood("token-of-s1"))
    }

    @Test func aLoginReplacesTheSessionOfItsDeviceOnly() {
        var desk = Desk()
        desk.open("s1")
        desk.open("l1", device: "laptop")
        #expect(desk.open("s2")?.replaced == SessionID("s1"))
        #expect(desk.close("s1", .disconnected) == nil)
        #expect(desk.close("l1", .disconnected) != nil)
        #expect(desk.close("s2", .disconnected) != nil)
        #expect(desk.open("s3")?.replaced == nil)
    }

    /// Contract: S2.
    @Test func aLoginByPasswordEndsTheDevicesFormerToken() {
        var desk = Desk()
        desk.open("s1")
        desk.open("only-sends", token: "token-of-s1", feed: false)
        desk.open("s2")
        #expect(!desk.isGood("token-of-s1"))
        #expect(desk.isGood("token-of-s2"))
    }

    @Test func aLoginRestsOnAccountAndDevices() {
        let desk = Desk()
        #expect(desk.scenario.reads(desk.command("s1")) == [.account(alice), .devices(alice)])
    }
}

@Suite struct LogoutTests {
    @Test func alogoutEndsTheTokenAndALostConnectionDoesNot() {
        var desk = Desk()
        desk.open("s1")
        #expect(desk.close("s1", .disconnected)?.device == "phone")
        #expect(desk.isGood("token-of-s1"))
        desk.open("s2", token: "token-of-s1")
        #expect(desk.close("s2", .logout)?.reason == .logout)
        #expect(!desk.isGood("token-of-s1"))
    }

    @Test func aSessionEndsOnce() {
        var desk = Desk()
        desk.open("s1")
        desk.close("s1", .disconnected)
        #expect(desk.close("s1", .disconnected) == nil)
        #expect(desk.close("s1", .logout) == nil)
        #expect(desk.isGood("token-of-s1"))
        #expect(desk.close("never opened", .logout) == nil)
    }

    @Test func aReplacedSessionsLateEndDoesNotEndTheNewOne() {
        var desk = Desk()
        desk.open("s1")
        desk.open("s2", token: "token-of-s1")
        #expect(desk.close("s1", .logout) == nil)
        #expect(desk.isGood("token-of-s1"))
        #expect(desk.close("s2", .logout) != nil)
    }
}
