import ChatDomain
import ChatTestKit
import EventCodec
import Testing

/// The stored form of version 1, for ever: what once was written must be read as long as there are logs. A change of
/// these bytes is a new schema with an upcaster, never a new expectation.
@Suite struct GoldenPayloadTests {
    static let payloads: [String] = [
        #"{"user":3,"nameDigest":"5ca1ab1e","sealed":{"key":12,"box":"Tp/eh8vEyMCHn4f/ymYOhfmH//mHh4"#
            + #"mH1cTW1tLK18HtxNbNh5+HgcTXwsrLl8zBgd2HiYfEwcHXwNbWh5+HlJyXi5WLl4uSh9g="}}"#,
        #"{"user":3,"session":"s2","ended":[["s3","desk"],["s4",null]],"sealed":{"key":12,"box":"Y7Peh9XE1t"#
            + #"bSytfB7cTWzYefh4HE18LKy5fMwYHch9g="}}"#,
        #"{"user":3,"nameDigest":"5ca1ab1e","ended":[["s3","desk"]]}"#,
        #"{"user":3,"purpose":"person"}"#,
        #"{"user":3,"session":"s2","device":"phone","node":"a","term":5,"tokenDigest":"70ce","replac"#
            + #"ed":"s1","since":41,"forgotten":"old","forgottenSession":"s0","sealed":{"key":12,"box":""#
            + #"kuneh8TBwdfA1taHn4eUnJeLlYuXi5KH2A=="}}"#,
        #"{"user":3,"session":"s2","device":"phone","reason":"disconnected"}"#,
        #"{"node":"a"}"#,
        #"{"node":"a","graceful":true}"#,
        #"{"from":3,"to":9}"#,
        #"{"from":3,"to":9}"#,
        #"{"from":3,"to":9}"#,
        #"{"from":3,"to":9}"#,
        #"{"by":3,"with":9}"#,
        #"{"by":3,"user":9}"#,
        #"{"by":3,"user":9}"#,
        #"{"group":7,"owner":3,"name":"climbers","description":"up \\ down","visibility":"invite"}"#,
        #"{"group":7,"by":3,"name":"hikers","description":"down","visibility":"open"}"#,
        #"{"group":7,"by":3,"members":12}"#,
        #"{"group":7,"user":9,"by":3}"#,
        #"{"group":7,"user":9}"#,
        #"{"group":7,"user":9,"by":3}"#,
        #"{"group":7,"user":3,"members":12}"#,
        #"{"group":7,"user":3,"members":11}"#,
        #"{"group":7,"user":9,"by":3,"members":10}"#,
        #"{"group":7,"user":9,"by":3,"role":"admin"}"#,
        #"{"group":7,"from":3,"to":9}"#,
        #"{"from":3,"replyTo":54,"sealed":{"key":12,"box":"wbvNzKVVOjQo"}}"#,
        #"{"seq":55,"position":812,"by":3,"sealed":{"key":12,"box":"LpHNyqVVOjQr"}}"#,
        #"{"seq":55,"position":812,"by":3}"#,
        #"{"seq":55,"position":812,"by":3,"emoji":"👍🏽"}"#,
        #"{"seq":55,"position":812,"by":3,"emoji":"👍🏽"}"#,
        #"{"conversation":"group:7","user":3,"seq":55,"groupSize":12}"#,
        #"{"entries":[[3,"phone",44],[9,"pc",45,[[3,17]]]]}"#,
        #"{"work":"rollout","projections":["user","friend"],"role":"chat","host":"h1","node":"a"}"#,
        #"{"projections":["user","friend"],"at":99,"role":"chat","host":"h1","node":"a"}"#,
        #"{"projections":["user"],"at":99,"role":"chat","host":"h1"}"#,
        #"{"work":"rebuild","projections":["user"],"reason":"interrupted","role":"chat","host":"h1"}"#,
        #"{"projections":["user"],"role":"chat","host":"h1"}"#,
        #"{"epoch":"e1","through":99,"role":"chat","host":"h1"}"#,
        #"{"step":"dropped","from":1,"to":99,"file":"a.json","manifest":"ab","root":"cd","role":"chat","host":"h1"}"#,
        #"{"user":3,"bad_credentials":4,"rate_limited":7,"first":1795180800123456,"sealed":{"key":12,"box":"#
            + #""5V7eh8TBwdfA1taHn4eUnJeLlYuXi5KH2A=="}}"#,
        #"{"role":"auditor","host":"h1","account":"ann","command":"query","arguments":[["user","3"],["type","#
            + #""MessageSent"]],"sealed":{"key":12,"box":"quPeh8TBwdfA1taHn4eUnJeLlYuXi5WKl5GH2A=="}}"#,
    ]

    @Test(arguments: zip(Samples.events, payloads))
    func anEventIsWrittenInTheseBytes(_ event: ChatEvent, _ payload: String) throws {
        let stored = try EventCodec.encode(event, in: event.home, sealer: ShuffledSealer(), at: 0)
        #expect(stored.schema == 1)
        #expect(String(decoding: stored.payload, as: UTF8.self) == payload)
    }

    @Test(arguments: zip(Samples.events, payloads))
    func theseBytesAreReadAsTheEvent(_ event: ChatEvent, _ payload: String) throws {
        let found = try EventCodec.decode(
            type: event.type.rawValue, schema: 1, payload: Array(payload.utf8), stream: event.home,
            opener: ShuffledSealer())
        #expect(found == event)
    }

    private static let order = ErasureOrder(by: ReplayOrigin(role: "chat", host: "h1"), reason: "by request")
    private static let erasures: [(ChatEvent, String)] = [
        (
            .accountDeleted(AccountDeleted(user: UserID(3), nameDigest: "5ca1ab1e", ended: [], order: order)),
            #"{"user":3,"nameDigest":"5ca1ab1e","ended":[],"reason":"by request","role":"chat","host":"h1"}"#
        ),
        (
            .keyDestroyed(
                KeyDestroyed(user: UserID(3), purpose: .texts, quarters: ["2026Q3", "2026Q4"], order: order)),
            #"{"user":3,"purpose":"texts","quarters":["2026Q3","2026Q4"],"reason":"by request","role":"chat","#
                + #""host":"h1"}"#
        ),
        (
            .keyDestroyed(
                KeyDestroyed(
                    user: nil, purpose: .texts, quarters: ["2025Q1"],
                    order: ErasureOrder(
                        by: ReplayOrigin(role: "chatserver", host: "h1", node: NodeName("a")),
                        reason: "retention.messages=365d"))),
            #"{"purpose":"texts","quarters":["2025Q1"],"reason":"retention.messages=365d","role":"chatserver","#
                + #""host":"h1","node":"a"}"#
        ),
    ]

    @Test(arguments: erasures)
    func anErasureIsWrittenInTheseBytes(_ event: ChatEvent, _ payload: String) throws {
        let stored = try EventCodec.encode(event, in: event.home, sealer: ShuffledSealer(), at: 0)
        #expect(String(decoding: stored.payload, as: UTF8.self) == payload)
        let found = try EventCodec.decode(
            type: stored.type, schema: 1, payload: stored.payload, stream: event.home, opener: nil)
        #expect(found == event)
    }

    @Test func everyTypeHasGoldenBytes() { #expect(Self.payloads.count == Samples.events.count) }
}
