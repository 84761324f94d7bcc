import Testing

@testable import Edge

@Suite struct ProxyHeaderTests {
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    private func text(_ line: String) -> ProxyHeader.Output { ProxyHeader.read(Array(line.utf8)) }

    private func binary(_ command: UInt8, _ family: UInt8, _ body: [UInt8]) -> [UInt8] {
        Self.signature + [command, family, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    @Test func versionOneNamesTheClient() {
        let line = "PROXY TCP4 192.0.2.1 192.0.2.2 5000 6000\r\n"
        #expect(text(line + "rest") == .header(ProxyHeader(address: "192.0.2.1"), length: line.utf8.count))
        let six = "PROXY TCP6 2001:0DB8:0::1 ::1 5000 6000\r\n"
        #expect(text(six) == .header(ProxyHeader(address: "2001:db8::1"), length: six.utf8.count))
    }

    @Test func versionOneMayNotKnowTheClient() {
        #expect(text("PROXY UNKNOWN\r\n") == .header(ProxyHeader(address: nil), length: 15))
        #expect(text("PROXY UNKNOWN a b c\r\n") == .header(ProxyHeader(address: nil), length: 21))
    }

    @Test(arguments: [
        "PROXY TCP4 999.0.2.1 192.0.2.2 1 2\r\n", "PROXY TCP4 evil\" 192.0.2.2 1 2\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 192.0.2.1 ::1 1 2\r\n", "PROXY TCP6 1::2::3 ::1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n", "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", #"{"jsonrpc":"2.0"}"#, "\n", "GET / HTTP/1.1\r\n",
    ])
    func whatIsNoHeaderIsRefused(_ line: String) { #expect(text(line) == .invalid) }

    @Test func aHeaderMayComeByteByByteAndIsBounded() {
        let line = Array("PROXY TCP4 192.0.2.1 192.0.2.2 5000 6000\r\n".utf8)
        for count in 0..<line.count { #expect(ProxyHeader.read(Array(line[..<count])) == .more) }
        #expect(text("PROXY UNKNOWN " + String(repeating: "x", count: 107)) == .invalid)
    }

    @Test func versionTwoNamesTheClient() {
        let four = binary(0x21, 0x11, [192, 0, 2, 1, 192, 0, 2, 2, 1, 2, 3, 4])
        #expect(ProxyHeader.read(four + [7]) == .header(ProxyHeader(address: "192.0.2.1"), length: four.count))
        for count in 0..<four.count { #expect(ProxyHeader.read(Array(four[..<count])) == .more) }
        let address: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        let six = binary(0x21, 0x21, address + address + [1, 2, 3, 4])
        #expect(ProxyHeader.read(six) == .header(ProxyHeader(address: "2001:db8::1"), length: six.count))
    }

    @Test func versionTwoMayBeTheBalancerItself() {
        #expect(ProxyHeader.read(binary(0x20, 0, [])) == .header(ProxyHeader(address: nil), length: 16))
        #expect(ProxyHeader.read(binary(0x21, 0x00, [1])) == .header(ProxyHeader(address: nil), length: 17))
    }

    @Test func anotherVersionOrCommandIsRefused() {
        #expect(ProxyHeader.read(binary(0x31, 0x11, [])) == .invalid)
        #expect(ProxyHeader.read(binary(0x21, 0x11, [1])) == .invalid)
        #expect(ProxyHeader.read(binary(0x21, 0x21, Array(repeating: 1, count: 35))) == .invalid)
        #expect(ProxyHeader.read(binary(0x22, 0x11, [])) == .invalid)
        #expect(ProxyHeader.read(Self.signature + [0x21, 0x11, 0xFF, 0xFF]) == .invalid)
    }

    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("FE80:0:0:0:0:0:0:1", "fe80::1"),
    ])
    func anAddressHasOneForm(_ text: Substring, _ form: String) { #expect(IPAddressText.ipv6(text) == form) }

    @Test(arguments: ["", ":", ":::", "1:2:3", "1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8", "g::", "12345::", "+1::", "1:"])
    func whatIsNoAddressHasNone(_ text: Substring) { #expect(IPAddressText.ipv6(text) == nil) }
}
