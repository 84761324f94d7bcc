import ChatDomain
import ChatTestKit
import Testing

@Suite struct EvolutionTests {
    let stateless: [StreamName] = [
        .messages(.group(climbers)), .messages(.direct(alice, bob)), .marks(.group(climbers)),
        .acknowledgements(node), .replay,
    ]

    @Test(arguments: Samples.events)
    func streamsThatDecideNothingKeepNoState(_ event: ChatEvent) {
        for stream in stateless { #expect(StreamState.evolve(nil, stream: stream, event: event, at: 0) == nil) }
    }

    @Test(arguments: Samples.events)
    func anEventLeavesStreamsAloneInWhichItDoesNotStand(_ event: ChatEvent) {
        let elsewhere: [StreamName: StreamState] = [
            .member(GroupID(1_000), UserID(1_000)): .member(MemberState(role: .admin)),
            .member(climbers, UserID(1_000)): .member(MemberState(role: .admin)),
        ]
        for (stream, state) in elsewhere {
            #expect(StreamState.evolve(state, stream: stream, event: event, at: 0) == state)
        }
    }

    @Test func anAccountWhoseKeyIsDestroyedIsNotActive() {
        var event = UserRegistered(user: alice, nameDigest: "d", name: nil, passwordHash: nil, address: nil)
        let state = { StreamState.evolve(nil, stream: .account(alice), event: .userRegistered(event), at: 0) }
        #expect(state() == .account(AccountState(name: nil, passwordHash: nil)))
        event.passwordHash = "hash"
        #expect(AccountState(name: nil, passwordHash: "hash").isActive)
        #expect(!AccountState(name: "a", passwordHash: nil).isActive)
    }
}

@Suite struct ReaderTests {
    /// What a decider asks for first, with nothing at hand.
    func missing(_ command: Command, by actor: UserID?) -> Set<StreamName>? {
        var reader = StateReader { _ in nil }
        do throws(DecisionStop) {
            _ = try Decider.decide(command, CommandContext(actor: actor, now: 0), &reader)
            return nil
        } catch {
            if case .missing(let streams) = error { return Set(streams) }
            return nil
        }
    }

    @Test func everythingMissingIsAskedForAtOnce() {
        #expect(
            missing(.addFriend(bob), by: alice) == [
                .account(alice), .account(bob), .contact(alice, bob), .counts(alice), .counts(bob),
            ])
        #expect(
            missing(.joinGroup(climbers, groups: 0), by: alice) == [
                .account(alice), .group(climbers), .roster(climbers), .member(climbers, alice),
            ])
    }

    @Test func aRefusalRestsOnWhatItRead() {
        let scenario = people.given(requested(alice, bob))
        #expect(
            scenario.reads(.addFriend(bob), by: alice) == [.account(alice), .account(bob), .contact(alice, bob)])
    }
}
