import Glibc
import Testing

@testable import PostgresClient

/// A host that is gone without a word is noticed, unless the connection string has its own opinion.
@Suite struct VanishedHostTests {
    private func option(_ name: Int32, _ conninfo: String) throws -> Int32 {
        let listener = try Listener()
        let connection = try LibPQ(
            conninfo: "host=127.0.0.1 port=\(listener.port) \(conninfo)", applicationName: "tests")
        // The socket is made by the first step.
        _ = connection.connectStep()
        var value: Int32 = 0
        var size = socklen_t(4)
        try #require(unsafe getsockopt(connection.socket, Int32(IPPROTO_TCP), name, &value, &size) == 0)
        return value
    }

    @Test func aConnectionProbesItsPeer() throws {
        #expect(try option(TCP_USER_TIMEOUT, "") == 5_000)
        #expect(try option(TCP_KEEPIDLE, "") == 5)
        #expect(try option(TCP_KEEPINTVL, "") == 2)
        #expect(try option(TCP_KEEPCNT, "") == 3)
    }

    @Test func whatTheConnectionStringSaysCounts() throws {
        #expect(try option(TCP_USER_TIMEOUT, "tcp_user_timeout=7000") == 7_000)
        #expect(try option(TCP_KEEPIDLE, "keepalives_idle=60") == 60)
    }
}

/// A port that accepts, and says nothing.
private final class Listener {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(listen(descriptor, 1) == 0)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe getsockname(descriptor, pointer, &size)
            }
        }
        try #require(status == 0)
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }
}
