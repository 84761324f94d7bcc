import Reactor
import Testing

@Suite struct SocketAddressTests {
    @Test(arguments: ["127.0.0.1:80", "[::1]:65535", "[fe80::2]:1", "unix:/run/parley.sock"])
    func anAddressIsDescribedAsItWasWritten(_ text: String) throws {
        #expect(try SocketAddress(text).description == text)
    }

    @Test(arguments: ["", "80", "127.0.0.1", "::1:80", "1.2.3.4:70000", "1.2.3.4:-1", "unix:", "[::1:80", "[::1]80"])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(throws: SocketError.self) { try SocketAddress(text) }
    }

    @Test func aPathTooLongForTheKernelIsRefused() {
        #expect(throws: SocketError.self) { try SocketAddress("unix:/" + String(repeating: "x", count: 107)) }
    }

    @Test func partsOfAnAddressAreTold() throws {
        let address = try SocketAddress(":443")
        #expect(address.family == .ipv4)
        #expect(address.host == "0.0.0.0")
        #expect(address.port == 443)
        #expect(try SocketAddress("unix:/x").host == nil)
    }
}
