import ChatDomain
import ChatTestKit
import Testing

/// The 55th message of the group, by Bob, at position 812.
private let reference = MessageReference(conversation: .group(climbers), seq: 55, position: Position(812))
private let target = MessageTarget(
    conversation: .group(climbers), seq: 55, said: MessageTarget.Said(from: bob, position: Position(812)))
private let directReference = MessageReference(conversation: .direct(alice, bob), seq: 1, position: Position(9))
private let directTarget = MessageTarget(
    conversation: .direct(alice, bob), seq: 1, said: MessageTarget.Said(from: bob, position: Position(9)))
private let nothing = MessageTarget(conversation: .group(climbers), seq: 56, said: nil)

/// Alice owns the group, Bob and Carol are members.
private let group = withGroup.given(joined(bob, members: 2), joined(carol, members: 3))
private let recalled = ChatEvent.messageRecalled(MessageRecalled(message: reference, by: bob))

private func reaction(_ emoji: String, by user: UserID) -> ChatEvent {
    .reactionAdded(ReactionAdded(message: reference, by: user, emoji: emoji))
}

@Suite struct EditAndRecallTests {
    let edit = Command.editMessage(target, text: "new")

    @Test func theSenderEditsAMessage() {
        #expect(
            group.when(edit, by: bob)
                == .decided(.messageEdited(MessageEdited(message: reference, by: bob, text: "new")), .marked))
        #expect(
            people.when(.editMessage(directTarget, text: "new"), by: bob)
                == .decided(.messageEdited(MessageEdited(message: directReference, by: bob, text: "new")), .marked))
    }

    @Test func nobodyElseEditsIt() {
        for user in [alice, carol] { #expect(group.when(edit, by: user) == .refused(.notAllowed)) }
        #expect(people.when(.editMessage(directTarget, text: "new"), by: alice) == .refused(.notAllowed))
    }

    @Test func theSenderAndTheGroupsModeratorsRecallIt() {
        for user in [bob, alice] {
            #expect(
                group.when(.recallMessage(target), by: user)
                    == .decided(.messageRecalled(MessageRecalled(message: reference, by: user)), .marked))
        }
        #expect(group.when(.recallMessage(target), by: carol) == .refused(.notAllowed))
        #expect(people.when(.recallMessage(directTarget), by: alice) == .refused(.notAllowed))
    }

    @Test func aRecalledMessageIsNoMoreForAnybody() {
        let commands: [Command] = [
            edit, .recallMessage(target), .react(target, emoji: "👍", remove: false),
            .react(target, emoji: "👍", remove: true),
        ]
        for command in commands {
            for user in [alice, bob, carol] {
                #expect(group.given(recalled).when(command, by: user) == .refused(.noSuchMessage))
            }
        }
    }

    @Test func whatOneCannotReadOneCannotMark() {
        let commands: [Command] = [
            .editMessage(nothing, text: "new"), .recallMessage(nothing), .react(nothing, emoji: "👍", remove: false),
        ]
        for command in commands { #expect(group.when(command, by: bob) == .refused(.noSuchMessage)) }
    }

    @Test func whoTakesNoPartIsRefusedAsHistoryRefuses() {
        let left = group.given(left(bob, members: 2))
        let gone = group.given(deleted(by: alice, members: 3))
        for scenario in [left, gone, people] { #expect(scenario.when(edit, by: bob) == .refused(.notAMember)) }
        #expect(people.when(.recallMessage(directTarget), by: carol) == .refused(.forbidden))
        #expect(people.when(edit, by: stranger) == .refused(.notLoggedIn))
    }

    /// Both rest on the message's own stream, and both move it: of two at once the second is decided again.
    @Test func anEditAndARecallAtOnceAreAConflict() {
        for command in [edit, .recallMessage(target)] {
            #expect(group.reads(command, by: bob).contains(.message(reference)))
            guard case .decided(let events, _) = group.when(command, by: bob) else {
                Issue.record("refused")
                continue
            }
            #expect(events.allSatisfy { $0.place?.touched.contains(.message(reference)) == true })
        }
    }

    @Test func whoIsBlockedOnlyTakesBack() {
        let blocked = people.given(.userBlocked(UserBlocked(by: alice, user: bob)))
        for command in [
            Command.editMessage(directTarget, text: "new"), .react(directTarget, emoji: "👍", remove: false),
        ] { #expect(blocked.when(command, by: bob) == .refused(.forbidden)) }
        guard case .decided = blocked.when(.recallMessage(directTarget), by: bob) else {
            Issue.record("a recall is refused")
            return
        }
        guard case .decided = blocked.when(.react(directTarget, emoji: "👍", remove: false), by: alice) else {
            Issue.record("the blocker cannot react")
            return
        }
    }

    @Test func aMarkRestsOnNothingThatOtherMessagesMove() {
        #expect(
            group.reads(edit, by: bob) == [
                .account(bob), .group(climbers), .member(climbers, bob), .message(reference),
            ])
        #expect(
            people.reads(.editMessage(directTarget, text: "new"), by: bob) == [
                .account(bob), .contact(alice, bob), .message(directReference),
            ])
    }
}

@Suite struct ReactionTests {
    func react(_ emoji: String, remove: Bool = false) -> Command { .react(target, emoji: emoji, remove: remove) }

    @Test func everybodyReactsOnceWithEachEmoji() {
        let scenario = group.given(reaction("👍", by: bob))
        #expect(
            scenario.when(react("👍"), by: carol)
                == .decided(reaction("👍", by: carol), .marked))
        #expect(scenario.when(react("👎"), by: bob) == .decided(reaction("👎", by: bob), .marked))
        #expect(scenario.when(react("👍"), by: bob) == .decided([], .marked))
    }

    @Test func onlyOnesOwnReactionIsTakenBack() {
        let scenario = group.given(reaction("👍", by: bob))
        #expect(
            scenario.when(react("👍", remove: true), by: bob)
                == .decided(
                    .reactionRemoved(ReactionRemoved(message: reference, by: bob, emoji: "👍")), .marked))
        #expect(scenario.when(react("👍", remove: true), by: carol) == .decided([], .marked))
    }

    @Test func aTwentyFirstEmojiIsTooManyUntilOneIsGone() {
        var scenario = group
        let emojis = (0..<20).map { String(UnicodeScalar(UInt8(ascii: "a") + UInt8($0))) }
        for emoji in emojis { scenario = scenario.given(reaction(emoji, by: bob)) }
        scenario = scenario.given(reaction("a", by: carol))
        #expect(scenario.when(react("👍"), by: alice) == .refused(.tooMany))
        #expect(scenario.when(react("t"), by: alice) == .decided(reaction("t", by: alice), .marked))
        let removed = { ChatEvent.reactionRemoved(ReactionRemoved(message: reference, by: $0, emoji: "a")) }
        #expect(scenario.given(removed(bob)).when(react("👍"), by: alice) == .refused(.tooMany))
        #expect(
            scenario.given(removed(bob), removed(carol)).when(react("👍"), by: alice)
                == .decided(reaction("👍", by: alice), .marked))
    }

    @Test func theFirstSpellingOfAnEmojiIsEverybodys() throws {
        let scenario = group.given(reaction("\u{E9}", by: bob))
        guard case .decided(let events, _) = scenario.when(react("e\u{301}"), by: carol),
            case .reactionAdded(let added)? = events.first
        else {
            Issue.record("refused")
            return
        }
        #expect(Array(added.emoji.unicodeScalars) == ["\u{E9}"])
    }

    @Test(arguments: [("👍", true), ("👩‍👩‍👧", true), ("", false), ("a b", false), ("\u{A0}", false), ("\n", false)])
    func anEmojiHasNoWhiteSpaceOrControlCharacter(_ text: String, _ fits: Bool) {
        #expect(TextRules.isEmoji(text) == fits)
    }

    @Test func anEmojiHasAtMost32Bytes() {
        #expect(TextRules.isEmoji(String(repeating: "👍", count: 8)))
        #expect(!TextRules.isEmoji(String(repeating: "👍", count: 8) + "a"))
    }
}
