import ChatDomain
import JSONText
import Testing
import WireProtocol

@Suite struct RPCFrameTests {
    private func read(_ text: String) -> RPCFrame { RPCFrame.read(Array(text.utf8)) }

    /// The only request of a frame.
    private func request(_ text: String) throws -> RPCRequest {
        guard case .single(.request(let request)) = read(text) else { throw NotThat() }
        return request
    }

    /// The id to which it is said that a frame is no request.
    private func refusedID(_ text: String) throws -> RPCID {
        guard case .single(.invalid(.invalidRequest, let id)) = read(text) else { throw NotThat() }
        return id
    }

    private func refusal(_ text: String) throws -> RPCError {
        guard case .invalid(let error) = read(text) else { throw NotThat() }
        return error
    }

    private struct NotThat: Error {}

    /// Contract: T6.
    @Test(arguments: [
        ("7", RPCID.integer(7)), ("-1", .integer(-1)), ("9007199254740992", .integer(1 << 53)),
        ("-9007199254740992", .integer(-(1 << 53))), ("null", .null), (#""""#, .string("")),
        (#""a\u0000b""#, .string("a\0b")),
    ])
    func anIDIsAStringAnIntegerOrNull(_ text: String, _ id: RPCID) throws {
        #expect(try request(#"{"jsonrpc":"2.0","id":\#(text),"method":"ping"}"#).id == id)
    }

    /// Contract: T6.
    @Test(arguments: ["1.0", "1.5", "1e3", "9007199254740993", "-9007199254740993", "true", "{}", "[]"])
    func nothingElseIsAnID(_ text: String) throws {
        #expect(try refusedID(#"{"jsonrpc":"2.0","id":\#(text),"method":"ping"}"#) == .null)
    }

    /// Contract: T6.
    @Test func aStringIDHasAtMost64Characters() throws {
        let fits = String(repeating: "é", count: 64)
        #expect(try request(#"{"jsonrpc":"2.0","id":"\#(fits)","method":"ping"}"#).id == .string(fits))
        #expect(try refusedID(#"{"jsonrpc":"2.0","id":"\#(fits)x","method":"ping"}"#) == .null)
    }

    /// Contract: T6.
    @Test func aRequestWithoutAnIDIsANotification() throws {
        #expect(try request(#"{"jsonrpc":"2.0","method":"ping"}"#).id == nil)
    }

    @Test(arguments: [
        #"{"id":4,"method":"ping"}"#, #"{"jsonrpc":"1.0","id":4,"method":"ping"}"#,
        #"{"jsonrpc":2.0,"id":4,"method":"ping"}"#, #"{"jsonrpc":"2.0","id":4}"#,
        #"{"jsonrpc":"2.0","id":4,"method":5}"#, #"{"jsonrpc":"2.0","id":4,"method":"ping","params":"x"}"#,
    ])
    func whatIsNoRequestIsRefusedToItsID(_ text: String) throws { #expect(try refusedID(text) == .integer(4)) }

    @Test(arguments: ["5", #""x""#, "null", "true", "{}"])
    func aTextThatIsNoObjectIsNoRequest(_ text: String) throws { #expect(try refusedID(text) == .null) }

    /// Contract: T5.
    @Test(arguments: ["", "{", "x", #""\ud800""#, #"{"a":"\udc00x"}"#, "1 2", "[1,]"])
    func whatIsNoJSONIsAParseError(_ text: String) throws { #expect(try refusal(text) == .parse) }

    /// Contract: T5.
    @Test func invalidUTF8IsAParseError() {
        guard case .invalid(.parse) = RPCFrame.read([0x22, 0xFF, 0x22]) else {
            Issue.record("it was read")
            return
        }
    }

    @Test func nestingBeyondAllMeasureIsAParseErrorAndNoCrash() throws {
        #expect(try refusal(String(repeating: "[", count: 30_000)) == .parse)
    }

    @Test func parametersThatAreNullCountAsNone() throws {
        let parameters = try request(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#).named()
        #expect(!parameters.has("anything"))
    }

    /// Contract: T7.
    @Test func positionalParametersAreTheParameterParams() throws {
        let request = try request(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#)
        #expect(throws: RPCError.invalidParameter("params")) { try request.named() }
    }

    /// Contract: T6.
    @Test func aBatchHas1To64Elements() throws {
        let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
        #expect(try refusal("[]") == .invalidRequest)
        #expect(
            try refusal("[" + Array(repeating: ping, count: 65).joined(separator: ",") + "]") == .invalidRequest)
        for count in [1, 64] {
            guard
                case .batch(let elements) = read(
                    "[" + Array(repeating: ping, count: count).joined(separator: ",") + "]")
            else { throw NotThat() }
            #expect(elements.count == count)
        }
    }

    @Test func anElementThatIsNoRequestLeavesTheOthersAlone() throws {
        guard case .batch(let elements) = read(#"[1,{"jsonrpc":"2.0","method":"ping"}]"#) else { throw NotThat() }
        guard case .invalid(.invalidRequest, id: .null) = elements[0], case .request = elements[1] else {
            throw NotThat()
        }
    }

    /// Contract: T6.
    @Test func repliesAreWrittenAsTheyAreRead() throws {
        let reply = RPCReply.error(.refusal(.rateLimited, retryAfter: 12), id: .string("é\""))
        let json = try JSONValue.parse(reply)
        #expect(json["id"] == "é\"")
        #expect(json["error"]?["code"] == 429)
        #expect(json["error"]?["data"]?["reason"] == "rate_limited")
        #expect(json["error"]?["data"]?["retryAfter"] == 12)
        #expect(RPCReply.batch([]) == nil)
        #expect(try JSONValue.parse(try #require(RPCReply.batch([reply, reply]))) == .array([json, json]))
    }
}
