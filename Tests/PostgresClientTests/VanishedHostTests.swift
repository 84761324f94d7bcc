import ChatTestKit
import Glibc
import Reactor
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

    // All of the time for connecting went to the first host, again and again: after a failover from a primary whose
    // machine had vanished, the new one was never tried.
    @Test func aSilentHostLeavesTimeForTheNext() async throws {
        let silent = try Listener()
        let server = try PrivatePostgres.shared()
        let conninfo =
            "host=127.0.0.1,\(server.socketFolder) port=\(silent.port),5432 user=postgres dbname=postgres"
        try await withLoop { loop in
            for first in [0, 1] {
                let connection = try await PostgresConnection.connect(
                    conninfo, applicationName: "tests", on: loop, first: first, timeout: .seconds(10))
                #expect(connection.hostNumber == 1)
                #expect(try await connection.query("select 1").int(0, 0) == 1)
                await connection.close()
            }
        }
    }

    @Test func eachHostIsSaidToLibpqByItself() throws {
        func choices(_ conninfo: String) throws -> [String] {
            try LibPQ.hosts(in: conninfo).map { $0.keywords.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }
        }
        #expect(try choices("postgresql://chat@one,two:5433/chat") == ["host=one port=5432", "host=two port=5433"])
        #expect(try choices("host=one,two") == ["host=one", "host=two"])
        #expect(try choices("host=one,two port=7") == ["host=one port=7", "host=two port=7"])
        #expect(
            try choices("hostaddr=1.1.1.1,2.2.2.2 host=one,two") == [
                "host=one hostaddr=1.1.1.1", "host=two hostaddr=2.2.2.2",
            ])
        // Nothing to choose, or not for us.
        let seeksStandby = "host=one,two target_session_attrs=prefer-standby"
        for whole in ["", "host=one", "host=one,", "host=one,two port=1,2,3", seeksStandby] {
            #expect(try choices(whole) == [""])
        }
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
