import ChatDomain
import ChatTestKit
import Testing

@Suite struct MessageTests {
    func message(to target: SendMessage.Target, canReadReplied: Bool = true) -> Command {
        .sendMessage(SendMessage(target: target, text: "hi", replyTo: 4, canReadReplied: canReadReplied))
    }

    func sent(_ conversation: Conversation, by user: UserID) -> Outcome {
        .decided(
            .messageSent(MessageSent(conversation: conversation, from: user, text: "hi", replyTo: 4)),
            .sent(conversation))
    }

    @Test func conversationsAreReadInTheirOnlySpelling() {
        let known: [String: Conversation] = [
            "direct:3:9": .direct(UserID(3), UserID(9)),
            "direct:1:9223372036854775807": .direct(UserID(1), UserID(.max)), "group:70": .group(GroupID(70)),
        ]
        for (name, conversation) in known {
            #expect(Conversation(name) == conversation && conversation.description == name)
            #expect(StreamName("messages:" + name).conversation == conversation)
            #expect(StreamName("marks:" + name).conversation == conversation)
            #expect(Conversation(messagesStream: Array("messages:\(name)".utf8).span) == conversation)
            #expect(Conversation(messagesStream: Array("marks:\(name)".utf8).span) == nil)
            #expect(Conversation(messagesStream: Array(name.utf8).span) == nil)
        }
        for name in [
            "direct:9:3", "direct:3:3", "direct:03:9", "direct:3", "direct:3:", "direct:3:9:1", "direct:3:9 ",
            "direct::9", "direct:3;9", "direct:9223372036854775807:9223372036854775808", "group:0", "group:-1",
            "group:", "group::", "group:7:", "group:99999999999999999999", "Group:7", "messages:group:7", "",
        ] {
            #expect(Conversation(name) == nil, "\(name)")
            #expect(StreamName("messages:" + name).conversation == nil, "\(name)")
        }
    }

    /// Contract: M1.
    @Test func aMessageNeedsNoFriendship() {
        #expect(people.when(message(to: .user(bob)), by: alice) == sent(.direct(alice, bob), by: alice))
    }

    @Test func bothSidesWriteInOneConversation() {
        #expect(people.when(message(to: .user(alice)), by: bob) == sent(.direct(alice, bob), by: bob))
    }

    /// Contract: M2.
    @Test func aMemberWritesToTheGroup() {
        let scenario = withGroup.given(joined(bob, members: 2))
        #expect(scenario.when(message(to: .group(climbers)), by: bob) == sent(.group(climbers), by: bob))
    }

    @Test func nobodyWritesToOneselfOrToNobody() {
        #expect(people.when(message(to: .user(alice)), by: alice) == .refused(.selfNotAllowed))
        #expect(people.when(message(to: .user(stranger)), by: alice) == .refused(.noSuchUser))
    }

    /// Contract: M2, E2.
    @Test func whoLeftOrNeverJoinedCannotWrite() {
        let scenario = withGroup.given(joined(bob, members: 2), left(bob, members: 1))
        for user in [bob, carol] {
            #expect(scenario.when(message(to: .group(climbers)), by: user) == .refused(.notAMember))
        }
    }

    @Test func nobodyWritesToAGroupThatIsGone() {
        let gone = withGroup.given(joined(bob, members: 2), deleted(by: alice, members: 2))
        for scenario in [gone, people] {
            #expect(scenario.when(message(to: .group(climbers)), by: bob) == .refused(.noSuchGroup))
        }
    }

    /// Contract: M2, E3.
    @Test func whatOneCannotReadOneCannotAnswer() {
        for target in [SendMessage.Target.user(bob), .group(climbers)] {
            let command = message(to: target, canReadReplied: false)
            #expect(withGroup.when(command, by: alice) == .refused(.noSuchMessage))
        }
    }

    @Test func whoIsNotLoggedInWritesNothing() {
        for target in [SendMessage.Target.user(bob), .group(climbers)] {
            #expect(withGroup.when(message(to: target)) == .refused(.notLoggedIn))
            #expect(withGroup.when(message(to: target), by: stranger) == .refused(.notLoggedIn))
        }
    }

    @Test func aDirectMessageRestsOnBothAccountsAndTheirContact() {
        #expect(
            people.reads(message(to: .user(bob)), by: alice) == [
                .account(alice), .account(bob), .contact(alice, bob),
            ])
    }

    @Test func aGroupMessageRestsOnNothingThatOthersJoiningMoves() {
        #expect(
            withGroup.reads(message(to: .group(climbers)), by: alice) == [
                .account(alice), .group(climbers), .member(climbers, alice),
            ])
    }

    /// Contract: V5.
    @Test func theVersionOfAMessageStreamIsTheSeq() {
        var scenario = people
        for seq in 1...3 {
            _ = scenario.carryOut(message(to: .user(bob)), by: alice)
            #expect(scenario.version(.messages(.direct(alice, bob))) == Int64(seq))
        }
        #expect(scenario.state(.messages(.direct(alice, bob))) == nil)
    }
}
