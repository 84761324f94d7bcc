import RedisClient
import Testing

@testable import RedisClient

@Suite struct RedisReplyTests {
    @Test func commandsAreEncodedAsArraysOfBulkStrings() throws {
        let encoded = try EncodedCommands([["SET", "ké", .bytes([0, 13, 10])], ["INCRBY", "", -12]])
        let first = "*3\r\n$3\r\nSET\r\n$3\r\nké\r\n$3\r\n\u{0}\r\n\r\n"
        let second = "*3\r\n$6\r\nINCRBY\r\n$0\r\n\r\n$3\r\n-12\r\n"
        #expect(String(decoding: encoded.bytes, as: UTF8.self) == first + second)
        #expect(encoded.sizes == [first.utf8.count, second.utf8.count])
    }

    @Test(arguments: ["subscribe", "SUBSCRIBE", "PUnsubscribe", "monitor", "HELLO", "reset"])
    func noCommandMayChangeHowRepliesAreRead(_ name: String) {
        #expect(throws: RedisError(.unsupported)) { try EncodedCommands([["PING"], [.string(name), "x"]]) }
    }

    @Test func anEmptyCommandIsNone() {
        #expect(throws: RedisError(.unsupported)) { try EncodedCommands([[]]) }
    }

    @Test func anErrorsWordsStayOutOfItsDescription() {
        let reply = RedisReply.error("WRONGTYPE Operation against secret")
        #expect(throws: RedisError(.refused, "WRONGTYPE")) { try reply.accepted() }
        #expect(RedisError(.refused, "WRONGTYPE").description == "refused: WRONGTYPE")
        #expect(throws: RedisError(.refused)) { try RedisReply.error("secret").accepted() }
    }

    @Test func anEntryIsItsIdAndFields() {
        let fields = RedisReply.array([.bytes([97]), .bytes([1]), .bytes([98]), .bytes([2])])
        let entry = RedisStreamEntry(.array([.bytes(Array("18446744073709551615-3".utf8)), fields]))
        #expect(entry?.id == RedisStreamID(.max, 3))
        #expect(entry?["b"] == [2])
        #expect(entry?["c"] == nil)
        #expect(RedisStreamEntry(.array([.bytes(Array("5-0".utf8)), .null]))?.fields == [])
    }

    @Test(arguments: ["", "5", "-", "5-", "-5", "5-x", "5-1-1", "18446744073709551616-0"])
    func whatIsNoIdMakesNoEntry(_ id: String) {
        #expect(RedisStreamEntry(.array([.bytes(Array(id.utf8)), .array([])])) == nil)
    }

    @Test func idsAreOrderedByBothParts() {
        #expect(RedisStreamID(1, 9) < RedisStreamID(2))
        #expect(RedisStreamID(2) < RedisStreamID(2, 1))
        #expect(RedisStreamID(2, 1).description == "2-1")
    }
}
