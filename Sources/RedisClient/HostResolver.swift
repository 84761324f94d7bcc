import Glibc
import Reactor

/// Names to numeric addresses. The only file that calls the resolver, which blocks its thread for a name.
enum HostResolver {
    /// The most addresses of one name that are tried.
    static let maximumAddresses = 4

    /// Looks up one name after the other; connections are rarely made. Its thread starts with the first name.
    private static let pool = BlockingPool(name: "redis-names", threads: 1, queueLimit: 256)

    /// The addresses of a host, the resolver's favourite first. A numeric host is its own address.
    static func addresses(of host: String) async throws(RedisError) -> [String] {
        if let numeric = try? lookUp(host, AI_NUMERICHOST) { return numeric }
        do {
            return try await pool.run { try lookUp(host, AI_ADDRCONFIG) }
        } catch {
            throw error as? RedisError ?? RedisError(.overloaded, "names wait")
        }
    }

    private static func lookUp(_ host: String, _ flags: Int32) throws(RedisError) -> [String] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = flags
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { throw RedisError(.cannotConnect, unsafe String(cString: gai_strerror(status))) }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [String] = []
        var next = unsafe list
        while let info = unsafe next, addresses.count < maximumAddresses {
            if let text = unsafe numeric(info.pointee), !addresses.contains(text) { addresses.append(text) }
            unsafe next = info.pointee.ai_next
        }
        return addresses
    }

    private static func numeric(_ info: addrinfo) -> String? {
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = unsafe getnameinfo(
            info.ai_addr, info.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
        guard status == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
