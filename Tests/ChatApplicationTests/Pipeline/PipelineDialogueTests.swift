import ChatDomain
import Testing

@testable import ChatApplication

/// One line an input, with the actions that it has.
@Suite("The pipeline, line by line")
struct PipelineDialogueTests {
    /// A dialogue in which the users 1, 2, 3 and 99 are known.
    private func opened(_ limits: PipelineLimits = PipelineLimits()) -> Dialogue {
        var dialogue = Dialogue(limits)
        #expect(dialogue.chat(1) == ["load account:1 account:99 contact:1:99"])
        #expect(dialogue.load(users: [1, 2, 3, 99]) == ["append 1:x"])
        #expect(dialogue.appended(Dialogue.ok) == ["1 done"])
        return dialogue
    }

    @Test func aCommandLoadsThenAppendsThenCompletes() {
        let dialogue = opened()
        #expect(dialogue.machine.isIdle)
    }

    @Test func oneBatchFillsWhileTheOtherIsInFlight() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.chat(2, "b") == [])
        #expect(dialogue.chat(1, "c") == [])
        #expect(dialogue.appended(Dialogue.ok) == ["2 done", "append 2:b 1:c"])
        #expect(dialogue.appended(Dialogue.ok, Dialogue.ok) == ["3 done", "4 done"])
    }

    @Test func aChainThatLoadsHoldsUpNoOther() {
        var dialogue = opened()
        #expect(dialogue.chat(4, "a") == ["load account:4 contact:4:99"])
        #expect(dialogue.chat(4, "b") == [])
        #expect(dialogue.chat(1, "c") == ["append 1:c"])
        #expect(dialogue.load(users: [4, 99]) == [])
        #expect(dialogue.appended(Dialogue.ok) == ["4 done", "append 4:a 4:b"])
    }

    @Test func aStreamThatIsBeingLoadedIsNotAskedForAgain() {
        var dialogue = Dialogue()
        #expect(dialogue.chat(1) == ["load account:1 account:99 contact:1:99"])
        #expect(dialogue.chat(2) == ["load account:2 contact:2:99"])
        #expect(
            dialogue.load(users: [1, 2, 99]) == ["append 1:x 2:x"])
    }

    @Test func whatIsBehindAConflictInItsChainIsDecidedAgainInOrder() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.chat(1, "b") == [])
        #expect(dialogue.chat(2, "c") == [])
        #expect(dialogue.appended(.conflict) == ["load account:1 account:99 contact:1:99"])
        #expect(dialogue.load(users: [1, 99]) == ["append 1:a 1:b 2:c"])
        #expect(dialogue.machine.conflicts == 1)
    }

    @Test func aConflictForgetsOnlyWhatItRestedOn() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.submit(.addFriend(UserID(3)), chain: 2) == [])
        #expect(dialogue.chat(3, to: 2, "c") == [])
        #expect(dialogue.appended(Dialogue.ok) == ["2 done", "append 2:FriendRequested 2:c"])
        #expect(dialogue.appended(Dialogue.ok, .conflict).first == "3 done")
        // Loaded anew: what the conflict read. The counts, which the first command moved, are known.
        #expect(dialogue.submit(.removeFriend(UserID(3)), chain: 2) == [])
        #expect(
            dialogue.load(
                users: [],
                others: [
                    (.account(UserID(2)), Dialogue.account(2)), (.account(UserID(3)), Dialogue.account(3)),
                    (
                        .contact(UserID(2), UserID(3)),
                        VersionedState(version: 1, state: .contact(ContactState(relation: .requested(by: UserID(2)))))
                    ),
                ]) == ["append 3:c 2:FriendRequestWithdrawn"])
    }

    // A duplicate changes nothing, but whatever had been decided behind it in its batch rested on its change, at a
    // version that may have arisen otherwise: a false refusal, or a decision on nothing.
    @Test func nothingIsDecidedInABatchOnWhatAKeyedCommandOfItChanges() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.submit(.addFriend(UserID(3)), chain: 2, key: 7) == [])
        #expect(dialogue.submit(.addFriend(UserID(3)), chain: 2) == [])
        #expect(dialogue.chat(3, to: 99, "c") == [])
        #expect(dialogue.appended(Dialogue.ok) == ["2 done", "append 2:FriendRequested 3:c"])
        #expect(dialogue.appended(Dialogue.duplicate, Dialogue.ok).prefix(2) == ["3 duplicate", "5 done"])
        // Decided anew on the state that the log has: the other one asked.
        let asked = VersionedState(version: 3, state: .contact(ContactState(relation: .requested(by: UserID(3)))))
        #expect(
            dialogue.load(users: [2, 3], others: [(.contact(UserID(2), UserID(3)), asked)])
                == ["append 2:FriendshipMade"])
    }

    // The version that a neighbour's decision named could arise by another node's event although the neighbour was
    // refused; the command that rested on it was then appended on a state that it had never seen.
    @Test func commandsThatRestOnANeighbourInTheirBatchFallWithIt() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.submit(.addFriend(UserID(3)), chain: 2) == [])
        #expect(dialogue.submit(.acceptFriend(UserID(2)), chain: 3) == [])
        #expect(dialogue.chat(1, "b") == [])
        #expect(dialogue.appended(Dialogue.ok) == ["2 done", "append 2:FriendRequested 2:FriendshipMade 1:b"])
    }

    // The command in front was put back into its chain, which stayed blocked on that very command's key.
    @Test func aChainThatWaitsForItsOwnKeyGoesOnAfterItsFirstCommandIsTakenBack() {
        var dialogue = opened()
        #expect(dialogue.chat(2, "a") == ["append 2:a"])
        #expect(dialogue.chat(1, "b", key: 7) == [])
        #expect(dialogue.chat(1, "b", key: 7) == [])
        #expect(dialogue.appended(.conflict) == ["load account:2 account:99 contact:2:99"].map { $0 } + [])
        #expect(dialogue.load(users: [1, 2, 99]).contains { $0.hasPrefix("append") })
        #expect(dialogue.appended(Dialogue.ok, Dialogue.ok).contains("3 done"))
        #expect(dialogue.appended(Dialogue.duplicate) == ["4 duplicate"])
        #expect(dialogue.machine.isIdle)
    }

    @Test func aRetryWaitsForTheFirstOfItsKeyOnAnotherConnection() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a", key: 7) == ["append 1:a"])
        #expect(dialogue.chat(2, "a", key: 7) == [])
        #expect(dialogue.chat(2, "b") == [])
        #expect(dialogue.appended(Dialogue.ok) == ["2 done", "append 2:a 2:b"])
        #expect(dialogue.appended(Dialogue.duplicate, Dialogue.ok) == ["3 duplicate", "4 done"])
    }

    @Test func whatWaitedTooLongTakesItsWholeChainAlongAndNothingElse() {
        var dialogue = opened()
        #expect(dialogue.chat(4, "a") == ["load account:4 contact:4:99"])
        _ = dialogue.tick(after: 9_000)
        #expect(dialogue.chat(4, "b") == [])
        #expect(dialogue.chat(5, "c") == ["load account:5 contact:5:99"])
        #expect(dialogue.tick(after: 1_000) == ["2 503", "3 503"])
        #expect(dialogue.load(users: [4, 5, 99]) == ["append 5:c"])
        #expect(dialogue.appended(Dialogue.ok) == ["4 done"])
        #expect(dialogue.machine.isIdle)
    }

    // What was decided but not sent did not stand in its chain, and so waited as long as the log hung.
    @Test func whatIsDecidedButNotSentIsGivenUpInTimeToo() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.chat(1, "behind") == [])
        #expect(dialogue.chat(2, "b") == [])
        #expect(dialogue.tick(after: 10_000) == ["4 503"])
        #expect(dialogue.appended(Dialogue.ok) == ["2 done", "append 1:behind"])
        #expect(dialogue.appended(Dialogue.ok) == ["3 done"])
    }

    // Only those in flight got 503; what was behind them in their chains was carried out.
    /// Contract: T8.
    @Test func a503OfALostTermTakesEverythingBehindItAlong() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.chat(1, "b") == [])
        #expect(dialogue.chat(4, "c") == ["load account:4 contact:4:99"])
        #expect(dialogue.chat(2, "d") == [])
        #expect(dialogue.failed(.staleTerm) == ["2 503", "3 503", "append 2:d"])
    }

    // A command that came while the 503 was on its way to the connection was carried out.
    /// Contract: T8, E8.
    @Test func whatComesBeforeA503IsToldGetsOneToo() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.chat(1, "b") == [])
        #expect(dialogue.failed(.staleTerm) == ["2 503", "3 503"])
        #expect(dialogue.chat(1, "c") == ["4 503"])
        dialogue.machine.told(1)
        dialogue.machine.told(1)
        #expect(dialogue.chat(1, "d") == ["5 503"])
        dialogue.machine.told(1)
        dialogue.machine.told(1)
        #expect(dialogue.chat(1, "e") == ["append 1:e"])
        #expect(dialogue.appended(Dialogue.ok) == ["6 done"])
    }

    @Test func behindACommandWithoutACertainAnswerNothingIsCarriedOut() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.chat(1, "b") == [])
        #expect(dialogue.failed(.unknown) == ["2 unknown", "3 503"])
        #expect(dialogue.machine.isIdle)
    }

    @Test func anUnavailableLogIsTriedAgainAfterAWhile() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.failed(.unavailable("away")) == [])
        #expect(dialogue.chat(2, "b") == [])
        #expect(dialogue.tick(after: 50) == [])
        #expect(dialogue.tick(after: 50) == ["append 1:a 2:b"])
    }

    @Test func aFailedLoadIsTriedAgainAfterAWhile() {
        var dialogue = Dialogue()
        let load = "load account:1 account:99 contact:1:99"
        #expect(dialogue.chat(1) == [load])
        let streams = load.split(separator: " ").dropFirst().map { StreamName(String($0)) }
        #expect(dialogue.machine.loadFailed(streams, now: 0).isEmpty)
        #expect(dialogue.tick(after: 99) == [])
        #expect(dialogue.tick(after: 1) == [load])
    }

    // One command that the log would never take failed the commands of everybody who shared its batch.
    @Test func aCommandThatTheLogRefusesFailsAlone() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.chat(1, "poison") == [])
        #expect(dialogue.chat(2, "c") == [])
        #expect(dialogue.appended(Dialogue.ok) == ["2 done", "append 1:poison 2:c"])
        #expect(dialogue.failed(.refused("bad")) == ["append 1:poison"])
        #expect(dialogue.failed(.refused("bad")) == ["3 503", "append 2:c"])
        #expect(dialogue.appended(Dialogue.ok) == ["4 done"])
        #expect(dialogue.machine.isIdle)
    }

    @Test func aCommandThatConflictsTooOftenGets503() {
        var limits = PipelineLimits()
        limits.attempts = 2
        var dialogue = opened(limits)
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        for _ in 0..<2 {
            #expect(dialogue.appended(.conflict) == ["load account:1 account:99 contact:1:99"])
            #expect(dialogue.load(users: [1, 99]) == ["append 1:a"])
        }
        #expect(dialogue.appended(.conflict) == ["2 503"])
        #expect(dialogue.machine.isIdle)
    }

    @Test func anAnswerOfAnotherLengthLeavesNobodyWithoutOne() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.appended() == ["2 unknown"])
    }

    @Test func aFullPipelineSaysSoAtOnce() {
        var limits = PipelineLimits()
        limits.backlog = 2
        var dialogue = opened(limits)
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.chat(2, "b") == [])
        #expect(dialogue.chat(3, "c") == ["4 503"])
        #expect(dialogue.chat(1, "behind what may be stored") == [])
    }

    @Test func aBatchIsBoundedInCommands() {
        var limits = PipelineLimits()
        limits.batchCommands = 2
        var dialogue = opened(limits)
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        for text in ["b", "c", "d"] { #expect(dialogue.chat(1, text) == []) }
        #expect(dialogue.appended(Dialogue.ok) == ["2 done", "append 1:b 1:c"])
        #expect(dialogue.appended(Dialogue.ok, Dialogue.ok) == ["3 done", "4 done", "append 1:d"])
    }

    @Test func aLateLoadDoesNotTakeBackWhatIsKnownBetter() {
        var dialogue = opened()
        #expect(dialogue.chat(1, "a") == ["append 1:a"])
        #expect(dialogue.load(users: [], others: [(.account(UserID(1)), Dialogue.account(1, version: 9))]) == [])
        #expect(dialogue.load(users: [], others: [(.account(UserID(1)), Dialogue.account(1, version: 8))]) == [])
        #expect(dialogue.machine.cache.find(.account(UserID(1)))?.version == 9)
    }
}

extension PipelineMachine {
    /// Whether nothing of any command is left, and nothing waits for anything.
    var isIdle: Bool {
        chains.isEmpty && ready.isEmpty && filling.isEmpty && inFlight.isEmpty && pending.isEmpty && joined.isEmpty
            && keysUnderWay.isEmpty && blockedOnKey.isEmpty && blockedOnBatch.isEmpty && backlog == 0
            && fillingBytes == 0
    }
}
