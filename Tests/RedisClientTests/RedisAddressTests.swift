import RedisClient
import Testing

@testable import RedisClient

@Suite struct RedisAddressTests {
    @Test(arguments: [
        ("redis://localhost", "redis://localhost:6379/0"), ("redis://10.0.0.1:7000/3", "redis://10.0.0.1:7000/3"),
        ("redis://:secret@host:1/", "redis://:***@host:1/0"),
        ("redis://me:se%40cret@host", "redis://me:***@host:6379/0"),
        ("redis://[::1]:7000", "redis://[::1]:7000/0"), ("redis://[::1]", "redis://[::1]:6379/0"),
        ("redis+unix:///run/redis.sock", "redis+unix:///run/redis.sock"),
        ("redis+unix:///a%20b", "redis+unix:///a b"),
    ])
    func anAddressIsReadAndShownWithoutItsPassword(_ text: String, _ shown: String) throws {
        let address = try RedisAddress(text)
        #expect(address.description == shown)
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!dumped.contains("cret"))
        #expect(!String(reflecting: address).contains("cret"))
    }

    @Test func partsMayBePercentEncoded() throws {
        let address = try RedisAddress("redis://a%3Ab:p%40%2F%25@host")
        #expect(address.user == "a:b")
        #expect(address.password == "p@/%")
        #expect(address.endpoint == .tcp(host: "host", port: 6379))
    }

    @Test func theHandshakeSaysOnlyWhatTheAddressNames() throws {
        func names(_ text: String) throws -> [String] {
            try RedisAddress(text).handshake.map { command in
                command.map {
                    switch $0 {
                    case .string(let text): text
                    case .integer(let number): String(number)
                    case .bytes: "?"
                    }
                }.joined(separator: " ")
            }
        }
        #expect(try names("redis://h") == ["PING"])
        #expect(try names("redis://:p@h/2") == ["AUTH p", "SELECT 2", "PING"])
        #expect(try names("redis://u:p@h") == ["AUTH u p", "PING"])
    }

    @Test(arguments: [
        "", "localhost", "http://host", "redis://", "redis://:6379", "redis://host:0", "redis://host:70000",
        "redis://host:x", "redis://host/x", "redis://host/-1", "redis://secret@host", "redis://:%zz@host",
        "redis://:%00@host", "redis://:%ff@host", "redis://a b", "redis://::1", "redis://host/1/2", "redis+unix://",
        "redis+unix://path", "redis+unix:///", "redis+unix:///" + String(repeating: "a", count: 107), "redis://[::1",
    ])
    func whatIsNoAddressIsRefusedWithoutBeingQuoted(_ text: String) {
        #expect {
            try RedisAddress(text)
        } throws: { error in
            (error as? RedisError)?.code == .invalidAddress && !"\(error)".contains("secret")
        }
    }
}
