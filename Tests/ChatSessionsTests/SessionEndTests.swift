import ChatApplication
import ChatDomain
import Testing

@testable import ChatSessions

/// What a login that is answered late may have missed.
@Suite struct SessionEndTests {
    private let session = Session(
        user: UserID(3), id: SessionID("s"), device: "phone", openedAt: Position(7), since: nil)

    private func ends(_ change: RoutingChange?) -> Bool {
        FeedItem(position: Position(9), at: 0, audience: Audience(), routing: change)
            .ends(session, on: NodeName("b"))
    }

    private func opened(replaced: String? = nil, forgotten: String? = nil) -> RoutingChange {
        .sessionOpened(
            SessionOpened(
                user: UserID(3), session: SessionID("new"), device: "d", node: NodeName("a"), term: 1, tokenDigest: "",
                replaced: replaced.map(SessionID.init), forgottenSession: forgotten.map(SessionID.init)))
    }

    private func ended(_ user: Int64, kept: String?) -> RoutingChange {
        .sessionsEnded(
            SessionsEnded(user: UserID(user), kept: kept.map(SessionID.init), sessions: [], isDeleted: false))
    }

    @Test func whatEndsASessionIsKnown() {
        #expect(ends(opened(replaced: "s")))
        #expect(ends(opened(forgotten: "s")))
        #expect(ends(ended(3, kept: "other")))
        #expect(ends(ended(3, kept: nil)))
        let closed = SessionClosed(user: UserID(3), session: SessionID("s"), device: "phone", reason: .revoked)
        #expect(ends(.sessionClosed(closed)))
        #expect(ends(.nodeLost(NodeName("b"))))
    }

    @Test func whatConcernsOthersEndsNothing() {
        #expect(!ends(nil))
        #expect(!ends(opened(replaced: "other")))
        #expect(!ends(ended(3, kept: "s")))
        #expect(!ends(ended(4, kept: nil)))
        #expect(!ends(.nodeLost(NodeName("a"))))
    }
}
