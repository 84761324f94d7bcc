import ChatDomain
import JSONText
import Testing
import WireProtocol

@Suite struct ParametersTests {
    private func parameters(_ text: String) throws -> Parameters {
        guard case .object(let members) = try JSONValue.parse(text) else { return Parameters([:]) }
        return Parameters(members)
    }

    @Test func aNullParameterCountsAsAbsent() throws {
        let given = try parameters(#"{"a":null}"#)
        #expect(!given.has("a"))
        #expect(try given.optionalString("a") == nil)
        #expect(try given.bool("a", default: true))
        #expect(try given.limit(default: 50, maximum: 200) == 50)
        #expect(throws: RPCError.invalidParameter("a")) { try given.string("a") }
    }

    @Test(arguments: ["1", "true", "[]", "{}", "1.5"])
    func whatIsNoStringIsRefused(_ value: String) throws {
        let given = try parameters(#"{"a":\#(value)}"#)
        #expect(throws: RPCError.invalidParameter("a")) { try given.string("a") }
        #expect(throws: RPCError.invalidParameter("a")) { try given.optionalString("a") }
    }

    @Test(arguments: ["\"1\"", "true", "[]", "1.0", "1e2", "9223372036854775808"])
    func whatIsNoIntegerIsRefused(_ value: String) throws {
        let given = try parameters(#"{"a":\#(value),"group":\#(value)}"#)
        #expect(throws: RPCError.invalidParameter("a")) { try given.integer("a", in: Int64.min...Int64.max) }
        #expect(throws: RPCError.invalidParameter("group")) { try given.group() }
    }

    /// Contract: T7.
    @Test func aLimitIsLoweredToItsMaximumAndRefusedBelowOne() throws {
        #expect(try parameters(#"{"limit":9223372036854775807}"#).limit(default: 50, maximum: 200) == 200)
        #expect(try parameters(#"{"limit":9223372036854775808}"#).limit(default: 50, maximum: 200) == 200)
        #expect(throws: RPCError.self) { try parameters(#"{"limit":2.5}"#).limit(default: 50, maximum: 200) }
        #expect(throws: RPCError.self) {
            try parameters(#"{"limit":-9223372036854775809}"#).limit(default: 50, maximum: 200)
        }
        #expect(try parameters(#"{"limit":1}"#).limit(default: 50, maximum: 200) == 1)
        for limit in [0, -1] {
            let given = try parameters(#"{"limit":\#(limit)}"#)
            #expect(throws: RPCError.invalidParameter("limit")) { try given.limit(default: 50, maximum: 200) }
        }
    }

    /// Contract: V1.
    @Test func aUserIsANumberOrAName() throws {
        #expect(try parameters(#"{"to":3}"#).user("to") == .id(UserID(3)))
        #expect(try parameters(#"{"to":"3"}"#).user("to") == .name("3"))
        for value in ["3.0", "true", "null", "{}"] {
            let given = try parameters(#"{"to":\#(value)}"#)
            #expect(throws: RPCError.invalidParameter("to")) { try given.user("to") }
        }
    }

    /// Contract: V3.
    @Test(arguments: [
        "direct:9:3", "direct:3:3", "direct:3", "group:x", "group:-1", "group:01", "Group:1", "group:1 ", "",
    ])
    func aConversationHasOneForm(_ text: String) throws {
        let given = try parameters(#"{"conversation":"\#(text)"}"#)
        #expect(throws: RPCError.invalidParameter("conversation")) { try given.conversation() }
    }

    @Test func aTruthIsNoNumberAndNoWord() throws {
        for value in ["0", "\"false\"", "[]"] {
            let given = try parameters(#"{"feed":\#(value)}"#)
            #expect(throws: RPCError.invalidParameter("feed")) { try given.bool("feed", default: true) }
        }
    }
}
