/// Where a stream socket listens or connects: an Internet address with a port, or a path.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The kinds of addresses.
    public enum Family: Sendable {
        /// An IPv4 address and a port.
        case ipv4
        /// An IPv6 address and a port.
        case ipv6
        /// A Unix-domain socket.
        case unix
    }

    enum Form: Hashable, Sendable {
        /// The four bytes of the address, in network order.
        case ipv4([UInt8], port: UInt16)
        /// The sixteen bytes of the address, in network order.
        case ipv6([UInt8], port: UInt16, scope: UInt32)
        /// Empty for the unnamed end of a connection.
        case unix(String)
    }

    let form: Form

    init(_ form: Form) {
        self.form = form
    }

    /// Parses `host:port`, `[::1]:port`, `:port` (every IPv4 address) or `unix:/path`.
    ///
    /// A host that is a name is looked up, which blocks: do that at start-up, not on a loop. The first address wins.
    public init(_ text: String) throws(SocketError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard (1...SocketAddress.longestPath).contains(path.utf8.count) else {
                throw SocketError(.badAddress, "parse address")
            }
            form = .unix(path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw SocketError(.badAddress, "parse address")
        }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            self = try resolveHost(String(host.dropFirst().dropLast()), port: port)
        } else if host.contains(":") {
            throw SocketError(.badAddress, "parse address")
        } else {
            self = try resolveHost(host.isEmpty ? "0.0.0.0" : String(host), port: port)
        }
    }

    /// The bytes that a path may have: `sun_path` with its final 0.
    static let longestPath = 107

    /// The kind of address.
    public var family: Family {
        switch form {
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        case .unix: .unix
        }
    }

    /// The address without its port, as text; nil for a Unix-domain socket.
    public var host: String? {
        switch form {
        case .ipv4(let bytes, _): addressText(bytes)
        case .ipv6(let bytes, _, _): addressText(bytes)
        case .unix: nil
        }
    }

    /// The port; nil for a Unix-domain socket.
    public var port: UInt16? {
        switch form {
        case .ipv4(_, let port): port
        case .ipv6(_, let port, _): port
        case .unix: nil
        }
    }

    /// The text that `init(_:)` parses.
    public var description: String {
        switch form {
        case .ipv4(let bytes, let port): "\(addressText(bytes)):\(port)"
        case .ipv6(let bytes, let port, _): "[\(addressText(bytes))]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
