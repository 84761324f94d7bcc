import ChatDomain
import ChatTestKit
import Testing

/// Sessions that their user ends from another one.
@Suite struct EndingTests {
    func desk() -> Desk {
        var desk = Desk()
        desk.open("s1")
        desk.open("l1", device: "laptop")
        return desk
    }

    func closed(_ outcome: Outcome) -> SessionClosed? {
        guard case .decided(let events, .done) = outcome, case .sessionClosed(let event)? = events.first else {
            return nil
        }
        return event
    }

    @Test func endingASessionEndsItsTokenAndKeepsItsDevice() {
        var desk = desk()
        let event = closed(desk.scenario.carryOut(.endSession(SessionID("s1")), by: alice))
        #expect(event?.device == "phone")
        #expect(event?.reason == .revoked)
        #expect(!desk.isGood("token-of-s1"))
        #expect(desk.isGood("token-of-l1"))
        #expect(desk.entries.map(\.device) == ["laptop", "phone"])
        #expect(desk.scenario.when(.endSession(SessionID("s1")), by: alice) == .refused(.noSuchSession))
    }

    @Test func nobodyEndsTheSessionOfSomebodyElse() {
        let desk = desk()
        #expect(desk.scenario.when(.endSession(SessionID("s1")), by: bob) == .refused(.noSuchSession))
        #expect(desk.scenario.when(.endDevice("phone"), by: bob) == .refused(.noSuchSession))
        #expect(desk.scenario.when(.endSession(SessionID("s1"))) == .refused(.notLoggedIn))
    }

    @Test func endingADeviceForgetsItWhetherItIsConnectedOrNot() {
        for isConnected in [true, false] {
            var desk = desk()
            if !isConnected { desk.close("s1", .disconnected) }
            let event = closed(desk.scenario.carryOut(.endDevice("phone"), by: alice))
            #expect(event?.session == SessionID("s1"))
            #expect(event?.reason == .deviceEnded)
            #expect(!desk.isGood("token-of-s1"))
            #expect(desk.entries.map(\.device) == ["laptop"])
            #expect(desk.close("s1", .disconnected) == nil)
            #expect(desk.scenario.when(.endDevice("phone"), by: alice) == .refused(.noSuchSession))
        }
    }

    @Test func endingADeviceLeavesASessionThatOnlySendsWithoutAToken() {
        var desk = desk()
        desk.open("loose", token: "token-of-s1", feed: false)
        _ = desk.scenario.carryOut(.endDevice("phone"), by: alice)
        #expect(!desk.isGood("token-of-s1"))
        #expect(desk.close("loose", .disconnected) != nil)
    }

    @Test func aForgottenDevicesOpenSessionEndsWithIt() {
        var desk = DeviceLimitTests().threeDevices()
        #expect(desk.open("new", device: "d")?.forgottenSession == SessionID("of-a"))
        desk.close("of-b", .disconnected)
        #expect(desk.open("newer", device: "e")?.forgottenSession == nil)
    }

    @Test func theEndOfASessionThatIsNotKeptIsSaidAllTheSame() {
        let desk = desk()
        let command = CloseSession(user: alice, session: SessionID("lost"), reason: .disconnected, isLoose: true)
        #expect(closed(desk.scenario.when(.closeSession(command)))?.session == SessionID("lost"))
    }
}
