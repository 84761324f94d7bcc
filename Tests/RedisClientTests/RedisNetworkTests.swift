import ChatTestKit
import Foundation
import RedisClient
import Testing

@Suite struct RedisNetworkTests {
    private func connect(_ address: String) async throws -> RedisConnection {
        try await RedisConnection.connect(try RedisAddress(address), on: Fixture.loop, timeout: Fixture.patience)
    }

    @Test func aNameAPasswordAndADatabaseLeadIn() async throws {
        let server = try PrivateRedis()
        let port = try FreePort.find()
        #expect(try server.command("CONFIG", "SET", "port", "\(port)") == "OK\n")
        #expect(try server.command("CONFIG", "SET", "requirepass", "p@ss") == "OK\n")
        for host in ["127.0.0.1", "localhost"] {
            let redis = try await connect("redis://:p%40ss@\(host):\(port)/3")
            #expect(try await redis.send(["CLIENT", "INFO"]).text?.contains(" db=3 ") == true)
            await redis.close()
        }
        #expect(await failure { _ = try await connect("redis://:wrong@127.0.0.1:\(port)") } == .refused)
        #expect(await failure { _ = try await connect("redis://127.0.0.1:\(port)") } == .refused)
        #expect(await failure { _ = try await connect("redis://:p%40ss@127.0.0.1:\(port)/99") } == .refused)
        #expect(await failure { _ = try await Fixture.connect(server) } == .refused)
    }

    @Test func aPortThatNobodyHasIsNoConnection() async throws {
        let port = try FreePort.find()
        #expect(await failure { _ = try await connect("redis://127.0.0.1:\(port)") } == .cannotConnect)
    }

    @Test func aNameWithoutAddressIsNoConnection() async throws {
        #expect(await failure { _ = try await connect("redis://no-such-host.invalid") } == .cannotConnect)
    }
}

/// A port of the loopback address that was free a moment ago.
private enum FreePort {
    static func find() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                unsafe bind(descriptor, general, size) | getsockname(descriptor, general, &size)
            }
        }
        try #require(status == 0)
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Listens and never says a word: the kernel takes the connections.
enum SilentServer {
    static func listen() throws -> (path: String, descriptor: Int32) {
        let path = NSTemporaryDirectory() + "silent-\(UUID().uuidString.prefix(8)).sock"
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            unsafe bytes.copyBytes(from: path.utf8.prefix(bytes.count - 1))
        }
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                unsafe bind(descriptor, general, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(status == 0 && Foundation.listen(descriptor, 8) == 0)
        return (path, descriptor)
    }

    static func remove(_ path: String, _ descriptor: Int32) {
        close(descriptor)
        unsafe unlink(path)
    }
}
