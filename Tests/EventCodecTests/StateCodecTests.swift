import ChatDomain
import ChatTestKit
import EventCodec
import Testing

@Suite struct StateCodecTests {
    func stream(of state: StreamState) -> StreamName {
        switch state {
        case .account: .account(UserID(1))
        case .name: .name(digest: "d")
        case .devices: .devices(UserID(1))
        case .counts: .counts(UserID(1))
        case .contact: .contact(UserID(1), UserID(2))
        case .group: .group(GroupID(1))
        case .roster: .roster(GroupID(1))
        case .member: .member(GroupID(1), UserID(1))
        case .message:
            .message(MessageReference(conversation: .group(GroupID(1)), seq: 1, position: Position(1)))
        case .reaction:
            .reaction(
                MessageReference(conversation: .group(GroupID(1)), seq: 1, position: Position(1)), UserID(1))
        case .read: .read(.group(GroupID(1)), by: UserID(1))
        case .node: .node(NodeName("a"))
        }
    }

    @Test func everyStateIsReadAsItWasWritten() throws {
        var events = RandomEvents(random: .announced(for: "round trip of states"))
        for _ in 1...500 {
            let state = events.state()
            #expect(try StateCodec.decode(StateCodec.encode(state), of: stream(of: state)) == state)
        }
    }

    @Test func aStateOfAnotherVersionIsNotGuessedAt() {
        #expect(throws: EventCodecError.unknownStateVersion("node")) {
            try StateCodec.decode(Array("{\"v\":2,\"alive\":true}".utf8), of: .node(NodeName("a")))
        }
    }

    @Test func whatIsNoStateOfTheStreamIsRefused() {
        let cases: [(String, StreamName, String)] = [
            ("{\"alive\":true}", .node(NodeName("a")), "node"), ("{\"v\":1}", .node(NodeName("a")), "node"),
            ("", .node(NodeName("a")), "node"), ("{\"v\":1}", .replay, "replay"),
            ("{\"v\":1,\"role\":\"king\"}", .member(GroupID(1), UserID(1)), "member"),
            ("{\"v\":1,\"entries\":[{}]}", .devices(UserID(1)), "devices"),
            ("{\"v\":1,\"friends\":1}", .counts(UserID(1)), "counts"),
            ("{\"v\":1,\"members\":1}", .roster(GroupID(1)), "roster"),
            ("{\"v\":1,\"name\":\"x\"}", .group(GroupID(1)), "group"),
            ("{\"v\":1,\"recalled\":true}", StreamName("message:group:1:1"), "message"),
            ("{\"v\":1,\"emojis\":[1]}", StreamName("reaction:group:1:1:1"), "reaction"),
        ]
        for (text, stream, kind) in cases {
            #expect(throws: EventCodecError.malformedState(kind)) {
                try StateCodec.decode(Array(text.utf8), of: stream)
            }
        }
    }
}
