import ChatDomain
import ChatTestKit
import Testing

@Suite struct RegistrationTests {
    let command = Register(user: bob, name: "Bob", nameDigest: "b0b", passwordHash: "hash", address: "::1")

    /// Contract: A2.
    @Test func aFreeNameIsRegistered() {
        let event = UserRegistered(
            user: bob, nameDigest: "b0b", name: "Bob", passwordHash: "hash", address: "::1")
        #expect(
            Scenario().when(.register(command)) == .decided(.userRegistered(event), .registered(bob, name: "Bob")))
    }

    /// Contract: A2, E4.
    @Test func aTakenNameIsRefused() {
        var scenario = Scenario()
        _ = scenario.carryOut(.register(command))
        var second = command
        second.user = carol
        #expect(scenario.when(.register(second)) == .refused(.nameTaken))
    }

    @Test func aNumberThatIsTakenIsNeverGivenTwice() {
        var second = command
        second.nameDigest = "other"
        #expect(Scenario(given: registered(bob)).when(.register(second)) == .refused(.unavailable))
    }

    @Test func aRegistrationRestsOnTheNameAndMovesIt() {
        var scenario = Scenario()
        #expect(scenario.reads(.register(command)) == [.name(digest: "b0b"), .account(bob)])
        _ = scenario.carryOut(.register(command))
        #expect(scenario.state(.name(digest: "b0b")) == .name(NameState(owner: bob)))
        #expect(scenario.version(.account(bob)) == 1)
    }
}
