import ChatDomain
import ChatTestKit
import Testing

@Suite struct PasswordChangeTests {
    let hash = "hash\(alice)"

    func change(_ session: String, fits: String?) -> Command {
        .changePassword(ChangePassword(fits: fits, newHash: "new hash", session: SessionID(session)))
    }

    @Test func itEndsAllOtherSessionsAndTokensAndKeepsItsOwn() {
        var desk = Desk()
        for (session, device) in [("s1", "phone"), ("l1", "laptop"), ("t1", "tablet")] {
            desk.open(session, device: device)
        }
        desk.open("loose", feed: false)
        desk.close("t1", .disconnected)
        let event = PasswordChanged(
            user: alice, passwordHash: "new hash", session: SessionID("l1"),
            ended: [
                EndedSession(session: SessionID("s1"), device: "phone"),
                EndedSession(session: SessionID("loose"), device: nil),
            ])
        #expect(desk.scenario.carryOut(change("l1", fits: hash), by: alice) == .decided(.passwordChanged(event), .done))
        for token in ["s1", "t1", "loose"] { #expect(!desk.isGood("token-of-\(token)")) }
        #expect(desk.isGood("token-of-l1"))
        #expect(desk.entries.map(\.device) == ["phone", "laptop", "tablet"])
        #expect(desk.close("s1", .disconnected) == nil)
        #expect(desk.when("s2", password: hash) == .refused(.badCredentials))
        #expect(desk.when("s2", password: "new hash") != .refused(.badCredentials))
    }

    @Test func theTokenThatItSharesWithADeviceStaysGood() {
        var desk = Desk()
        desk.open("s1")
        desk.open("loose", token: "token-of-s1", feed: false)
        _ = desk.scenario.carryOut(change("loose", fits: hash), by: alice)
        #expect(desk.isGood("token-of-s1"))
        #expect(desk.close("s1", .disconnected) == nil)
        #expect(desk.close("loose", .disconnected) != nil)
    }

    @Test(arguments: [nil, "another hash"]) func aWrongOldPasswordIsRefused(_ fits: String?) {
        var desk = Desk()
        desk.open("s1")
        #expect(desk.scenario.when(change("s1", fits: fits), by: alice) == .refused(.badCredentials))
        #expect(desk.scenario.when(change("s1", fits: hash), by: nil) == .refused(.notLoggedIn))
    }

    @Test func aLoginThatWasProvenByTheOldPasswordIsDecidedAgain() {
        #expect(Desk().scenario.reads(change("s1", fits: hash), by: alice) == [.account(alice), .devices(alice)])
    }
}

@Suite struct DeletionTests {
    func delete(_ user: UserID, fits: String? = nil, digest: String? = nil) -> Command {
        .deleteAccount(DeleteAccount(fits: fits ?? "hash\(user)", nameDigest: digest ?? "digest\(user)"))
    }

    @Test func itFreesTheNameAndEndsSessionsAndTokens() {
        var desk = Desk()
        desk.open("s1")
        desk.open("loose", feed: false)
        let digest = desk.digest(of: alice)
        let event = AccountDeleted(
            user: alice, nameDigest: digest,
            ended: [
                EndedSession(session: SessionID("s1"), device: "phone"),
                EndedSession(session: SessionID("loose"), device: nil),
            ])
        let outcome = desk.scenario.carryOut(delete(alice, digest: digest), by: alice)
        #expect(outcome == .decided(.accountDeleted(event), .done))
        #expect(desk.scenario.state(.name(digest: digest)) == .name(NameState(owner: nil)))
        #expect(desk.scenario.state(.account(alice)) == .account(AccountState(name: nil, passwordHash: nil)))
        #expect(desk.entries.isEmpty)
        #expect(desk.when("s2") == .refused(.badCredentials))
        #expect(desk.when("s2", token: "token-of-s1") == .refused(.badToken))
        let again = Register(user: UserID(77), name: "again", nameDigest: digest, passwordHash: "h", address: nil)
        #expect(desk.scenario.when(.register(again)) != .refused(.nameTaken))
    }

    @Test func nothingIsDoneInItsNameAndNothingToItAfterwards() {
        var desk = Desk()
        _ = desk.scenario.carryOut(delete(alice, digest: desk.digest(of: alice)), by: alice)
        #expect(desk.scenario.when(.addFriend(bob), by: alice) == .refused(.notLoggedIn))
        #expect(desk.scenario.when(.addFriend(alice), by: bob) == .refused(.noSuchUser))
        let message = SendMessage(target: .user(alice), text: "hi")
        #expect(desk.scenario.when(.sendMessage(message), by: bob) == .refused(.noSuchUser))
        #expect(desk.scenario.when(delete(alice), by: alice) == .refused(.notLoggedIn))
    }

    @Test func aWrongPasswordOrSomebodyElsesNameIsRefused() {
        let desk = Desk()
        let wrong = delete(alice, fits: "another hash", digest: desk.digest(of: alice))
        #expect(desk.scenario.when(wrong, by: alice) == .refused(.badCredentials))
        let stolen = delete(alice, digest: desk.digest(of: bob))
        #expect(desk.scenario.when(stolen, by: alice) == .refused(.unavailable))
    }

    @Test func anErasedAccountSaysSo() {
        var desk = Desk()
        _ = desk.scenario.carryOut(delete(alice, digest: desk.digest(of: alice)), by: alice)
        let scenario = desk.scenario.given(.keyDestroyed(KeyDestroyed(user: alice, purpose: .person)))
        let erased = AccountState(name: nil, passwordHash: nil, isErased: true)
        #expect(scenario.state(.account(alice)) == .account(erased))
    }
}

extension Desk {
    /// The digest under which a user's name is held.
    func digest(of user: UserID) -> String {
        for case .userRegistered(let event) in scenario.log.map(\.event.event) where event.user == user {
            return event.nameDigest
        }
        return ""
    }
}
