import ChatDomain
import Testing

@Suite struct AddressRangeTests {
    @Test func anAddressInIPv6ClothesStandsWhereItStandsInItsOwn() {
        #expect(AddressRange.place(of: "192.0.2.7") == "00000000000000000000ffffc0000207")
        #expect(AddressRange.place(of: "::ffff:192.0.2.7") == AddressRange.place(of: "192.0.2.7"))
        #expect(AddressRange.place(of: "2001:DB8::1%eth0") == "20010db8000000000000000000000001")
        #expect(AddressRange.place(of: "::") == String(repeating: "0", count: 32))
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "1.2.3.4.5", "+1.2.3.4", "localhost", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
        "1:2:3:4:5:6:7::8:9", ":1:2:3:4:5:6:7", "12345::", "g::", "+1::",
    ])
    func whatIsNoAddressStandsNowhere(_ text: String) {
        #expect(AddressRange.place(of: text) == nil)
        #expect(AddressRange(text) == nil)
    }

    @Test(arguments: ["1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/+8", "1.2.3.4/", "::/129", "1.2.3.4/8/8", "/8"])
    func aNetworkHasALengthThatItsAddressesHave(_ text: String) { #expect(AddressRange(text) == nil) }

    @Test func aNetworkHoldsItsFirstAndLastAddressAndNoOther() throws {
        let small = try #require(AddressRange("192.0.2.77/26"))
        for address in ["192.0.2.64", "192.0.2.127", "::ffff:192.0.2.100"] { #expect(small.contains(address)) }
        for address in ["192.0.2.63", "192.0.2.128", "::c000:0264", "nowhere"] { #expect(!small.contains(address)) }
        let wide = try #require(AddressRange("2001:db8::/33"))
        #expect(wide.contains("2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"))
        #expect(!wide.contains("2001:db8:8000::"))
        let one = try #require(AddressRange("::1"))
        #expect(one.first == one.last)
        let all = try #require(AddressRange("0.0.0.0/0"))
        #expect(all.contains("255.255.255.255") && !all.contains("::1"))
    }
}
