import ChatDomain
import ChatTestKit
import Testing

@Suite struct AuditFactsTests {
    private func facts(_ event: ChatEvent, in stream: StreamName? = nil) -> AuditFacts {
        event.auditFacts(in: stream ?? event.place?.stream ?? .acknowledgements(NodeName("a")), version: 41)
    }

    /// An audit that is asked for a user must not miss what names the user.
    @Test(arguments: Samples.events)
    func everyUserThatAnEventNamesIsConcerned(_ event: ChatEvent) {
        let facts = facts(event)
        let named = Set(event.shownUsers + event.audience.users)
        let concerned = Set(facts.users + facts.receivers)
        #expect(concerned.isSuperset(of: named), "\(event.type)")
        #expect(Set(facts.users).count == facts.users.count)
        if let group = event.audience.group ?? event.shownGroup { #expect(facts.group == group) }
    }

    @Test func aMessageConcernsTheOtherOneAndHasItsNumber() {
        let direct = Conversation.direct(UserID(3), UserID(9))
        let said = facts(.messageSent(MessageSent(conversation: direct, from: UserID(9), text: nil)))
        #expect(said.users == [UserID(9), UserID(3)])
        #expect(said.conversation == direct && said.group == nil && said.seq == 41)
        let toGroup = facts(.messageSent(MessageSent(conversation: .group(GroupID(7)), from: UserID(9), text: nil)))
        #expect(toGroup.users == [UserID(9)] && toGroup.group == GroupID(7))
        #expect(toGroup.conversation == .group(GroupID(7)))
    }

    @Test func whatANodeGathersIsAboutThatNode() {
        let refused = LoginRefused(
            user: UserID(3), counts: [.rateLimited: 2, .badCredentials: 1, .badToken: 0], since: 5, address: nil)
        let facts = facts(.loginRefused(refused), in: .refusals(NodeName("b")))
        #expect(facts.node == NodeName("b") && facts.users == [UserID(3)])
        #expect(facts.outcomes == ["bad_credentials", "rate_limited"])
    }

    @Test func whoHasReceivedAFeedIsNotNamedButFound() {
        let entries = [
            FeedAcknowledged.Entry(user: UserID(3), device: "x", position: Position(1)),
            FeedAcknowledged.Entry(user: UserID(3), device: "y", position: Position(1)),
        ]
        let facts = facts(.feedAcknowledged(FeedAcknowledged(entries: entries)))
        #expect(facts.users.isEmpty && facts.receivers == [UserID(3)])
    }
}
