import ChatDomain
import ChatTestKit
import Testing

@Suite struct FeedlessSessionTests {
    /// Contract: S3.
    @Test func itHasNoDeviceAndReplacesNobody() {
        var desk = Desk()
        desk.open("s1")
        let event = desk.open("loose", feed: false)
        #expect(event?.device == nil && event?.replaced == nil && event?.forgotten == nil)
        #expect(event?.tokenDigest == "token-of-loose")
        #expect(desk.close("s1", .disconnected) != nil)
        #expect(desk.close("loose", .disconnected) != nil)
    }

    @Test func itSharesTheTokenOfADeviceWithoutDisturbingIt() {
        var desk = Desk()
        desk.open("s1")
        #expect(desk.open("loose", token: "token-of-s1", feed: false)?.tokenDigest == "token-of-s1")
        #expect(desk.close("loose", .disconnected) != nil)
        #expect(desk.entries.map(\.session) == [SessionID("s1")])
        #expect(desk.isGood("token-of-s1"))
        #expect(desk.close("s1", .disconnected) != nil)
        #expect(desk.open("s2", token: "token-of-s1")?.device == "phone")
    }

    @Test func itsTokenStaysItsDevicesWhileItIsOpen() {
        var desk = Desk()
        desk.open("s1")
        desk.open("loose", token: "token-of-s1", feed: false)
        let event = desk.open("s2", token: "token-of-s1", device: "laptop")
        #expect(event?.device == "phone")
        #expect(event?.replaced == SessionID("s1"))
    }

    @Test func itsLogoutEndsTheSharedTokenButNotTheDevicesSession() {
        var desk = Desk()
        desk.open("s1")
        desk.open("loose", token: "token-of-s1", feed: false)
        desk.close("loose", .logout)
        #expect(!desk.isGood("token-of-s1"))
        #expect(desk.close("s1", .disconnected) != nil)
    }

    @Test func theDevicesLogoutEndsTheSharedTokenButNotTheOtherSession() {
        var desk = Desk()
        desk.open("s1")
        desk.open("loose", token: "token-of-s1", feed: false)
        desk.close("s1", .logout)
        #expect(!desk.isGood("token-of-s1"))
        #expect(desk.close("loose", .disconnected) != nil)
        #expect(desk.entries.map(\.device) == ["phone"])
    }

    @Test func itsOwnTokenOutlivesIt() {
        var desk = Desk()
        desk.open("loose", feed: false)
        desk.close("loose", .disconnected)
        #expect(desk.open("again", token: "token-of-loose", feed: false)?.device == nil)
        desk.close("again", .logout)
        #expect(desk.entries.isEmpty)
    }

    @Test func itsTokenTakesTheDeviceOfALoginWithFeed() {
        var desk = Desk()
        desk.open("loose", feed: false)
        #expect(desk.open("s1", token: "token-of-loose", device: "laptop")?.device == "laptop")
        #expect(desk.open("s2", token: "token-of-loose", device: "phone")?.device == "laptop")
        #expect(desk.close("loose", .disconnected) != nil)
        #expect(desk.entries.map(\.device) == ["laptop"])
    }

    @Test func aDeviceThatTakesAnotherTokenLeavesItsOwnGood() {
        var desk = Desk()
        desk.open("s1")
        desk.open("loose", feed: false)
        #expect(desk.open("s2", token: "token-of-loose")?.replaced == SessionID("s1"))
        #expect(desk.isGood("token-of-s1"))
        #expect(desk.isGood("token-of-loose"))
    }

    @Test func onlyTheNewestTokensWithoutADeviceStayGood() {
        var desk = Desk()
        for number in 0...DevicesState.maximumLoose {
            desk.open("loose\(number)", feed: false)
            desk.close("loose\(number)", .disconnected)
        }
        #expect(desk.entries.count == DevicesState.maximumLoose)
        #expect(!desk.isGood("token-of-loose0"))
        #expect(desk.isGood("token-of-loose1"))
    }

    @Test func manyOpenSessionsWithoutADeviceCanAllBeEnded() {
        var desk = Desk()
        for number in 1...DevicesState.maximumOpenLoose { desk.open("loose\(number)", feed: false) }
        for number in 1...DevicesState.maximumOpenLoose {
            let ending = Command.endSession(SessionID("loose\(number)"))
            #expect(desk.scenario.carryOut(ending, by: alice) != .refused(.noSuchSession))
        }
        #expect(desk.entries.isEmpty)
    }

    @Test func anOpenSessionIsKeptBeforeAClosedOne() {
        var desk = Desk()
        desk.open("long", feed: false)
        for number in 0...DevicesState.maximumLoose {
            desk.open("short\(number)", feed: false)
            desk.close("short\(number)", .disconnected)
        }
        #expect(desk.close("long", .disconnected) != nil)
    }
}

@Suite struct DeviceLimitTests {
    func threeDevices() -> Desk {
        var desk = Desk()
        desk.scenario = desk.scenario.limited { $0.userDevices = 3 }
        for device in ["a", "b", "c"] { desk.open("of-\(device)", device: device) }
        return desk
    }

    /// Contract: L5, S1.
    @Test func oneDeviceTooManyForgetsTheOneLongestUnused() {
        var desk = threeDevices()
        for device in ["a", "b", "c"] { desk.close("of-\(device)", .disconnected) }
        desk.open("again", token: "token-of-of-a")
        desk.close("again", .disconnected)
        #expect(desk.open("new", device: "d")?.forgotten == "b")
        #expect(!desk.isGood("token-of-of-b"))
        #expect(desk.isGood("token-of-of-c"))
        #expect(desk.entries.map(\.device) == ["c", "a", "d"])
    }

    @Test func aDeviceInUseIsForgottenOnlyIfAllAre() {
        var desk = threeDevices()
        #expect(desk.open("new", device: "d")?.forgotten == "a")
        #expect(desk.close("of-a", .disconnected) == nil)
        desk.close("of-c", .disconnected)
        #expect(desk.open("newer", device: "e")?.forgotten == "c")
    }

    @Test func aKnownDeviceForgetsNobody() {
        var desk = threeDevices()
        #expect(desk.open("again", device: "b")?.forgotten == nil)
        #expect(desk.open("loose", feed: false)?.forgotten == nil)
    }
}
