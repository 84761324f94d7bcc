import ChatDomain
import JSONText
import Testing
import WireProtocol

@Suite struct PushTests {
    private let bob = WireUser(id: UserID(3), name: "bob")

    private func read(_ push: Push) throws -> (method: JSONValue?, params: JSONValue?) {
        #expect(push.line.last == UInt8(ascii: "\n"))
        #expect(push.line.dropLast().allSatisfy { $0 != UInt8(ascii: "\n") })
        let json = try JSONValue.parse(push.line)
        #expect(json["jsonrpc"] == "2.0")
        #expect(json["id"] == nil)
        return (json["method"], json["params"])
    }

    /// Contract: T1, P1.
    @Test func aMessageIsOneLineWhateverItsText() throws {
        let message = WireMessage(
            position: Position(9), conversation: .group(GroupID(7)), seq: 2, from: bob, text: "a\r\n\0\u{2028}😀",
            at: 1_000, replyTo: 1)
        let push = try read(.message(message))
        #expect(push.method == "message")
        #expect(push.params?["text"] == "a\r\n\0\u{2028}😀")
        #expect(push.params?["conversation"] == "group:7")
        #expect(push.params?["replyTo"] == 1)
        #expect(push.params?["from"] == ["id": 3, "name": "bob"])
        #expect(push.params?["at"] == "1970-01-01T00:00:00.001Z")
    }

    /// Messages in their first form are written by a way of their own.
    @Test func aPushedMessageIsTheMessageObject() throws {
        for conversation in [Conversation.direct(UserID(3), UserID(1 << 40)), .group(GroupID(7))] {
            for name in ["bob", "\"\\\u{1}", nil] {
                for replyTo in [nil, Int64.max] {
                    let message = WireMessage(
                        position: Position(Int64.max), conversation: conversation, seq: 10,
                        from: WireUser(id: UserID(3), name: name), text: "a\"\\\r\n\0\u{2028}漢😀", at: -1,
                        replyTo: replyTo)
                    #expect(Push.message(message).line == RPCReply.push("message", message.json))
                }
            }
        }
    }

    @Test func aReceiptSaysHowFarAndHasNoPosition() throws {
        let conversation = Conversation.direct(UserID(3), UserID(9))
        let arrived = try read(.receipt(conversation, bob, .delivered(4)))
        #expect(arrived.method == "receipt")
        #expect(
            arrived.params
                == ["conversation": "direct:3:9", "user": ["id": 3, "name": "bob"], "delivered": 4])
        #expect(try read(.receipt(conversation, bob, .read(4))).params?["read"] == 4)
        #expect(
            try read(.typing(conversation, bob)).params
                == ["conversation": "direct:3:9", "user": ["id": 3, "name": "bob"]])
    }

    /// Contract: V2.
    @Test func aDeletedUserHasANullName() {
        #expect(WireUser(id: UserID(3), name: nil).json == ["id": 3, "name": .null])
    }

    /// Contract: P5.
    @Test func aGroupIsPushedWithoutARole() throws {
        let group = WireGroup(
            id: GroupID(7), name: "g", description: "", visibility: .open, members: 2, role: .owner)
        let push = try read(.groupChanged(Position(4), group, .joined, user: bob, role: nil, by: bob))
        #expect(push.method == "groupchanged")
        #expect(push.params?["change"] == "joined")
        #expect(push.params?["group"]?["id"] == 7)
        #expect(push.params?["group"]?["role"] == nil)
    }

    /// Contract: P10.
    @Test func aGoodbyeSaysWhenToComeBackOnlyIfThereIsATime() throws {
        #expect(try read(.goAway(.draining, retryAfter: 200)).params == ["reason": "draining", "retryAfter": 200])
        #expect(try read(.goAway(.replaced, retryAfter: nil)).params == ["reason": "replaced"])
    }

    /// Contract: P3, P4, P6.
    @Test func theOthersCarryTheirPosition() throws {
        #expect(try read(.caughtUp(Position(5))).params == ["position": 5])
        #expect(try read(.friendAdded(Position(5), bob)).params == ["position": 5, "user": bob.json])
        #expect(try read(.friendRemoved(Position(5), bob)).method == "friendremoved")
        #expect(
            try read(.friendRequest(Position(5), from: bob, to: bob)).params
                == ["position": 5, "from": bob.json, "to": bob.json])
        #expect(
            try read(.presence(bob, online: false, at: 0)).params
                == ["user": bob.json, "online": false, "at": "1970-01-01T00:00:00.000Z"])
    }
}
