/// Where a Redis is, with what it takes to be let in: `redis://[[user]:password@]host[:port][/db]` or
/// `redis+unix:///path`. Parts may be percent-encoded. Never shows the password.
public struct RedisAddress: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    enum Endpoint: Hashable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    /// The port where none is named.
    public static let defaultPort = 6379

    let endpoint: Endpoint
    let user: String?
    let password: String?
    let database: Int

    /// Reads an address.
    /// - Throws: ``RedisError/Code/invalidAddress``, without the text.
    public init(_ text: String) throws(RedisError) {
        if let rest = Self.suffix(of: text, after: "redis+unix://") {
            (endpoint, user, password, database) = (try Self.unix(rest), nil, nil, 0)
        } else if let rest = Self.suffix(of: text, after: "redis://") {
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            let authority = rest[..<slash]
            let at = authority.lastIndex(of: "@")
            (user, password) = try Self.credentials(at.map { authority[..<$0] })
            endpoint = try Self.tcp(at.map { authority[authority.index(after: $0)...] } ?? authority)
            database = try Self.database(rest[slash...])
        } else {
            throw Self.invalid("scheme")
        }
    }

    /// The address, with `***` for the password.
    public var description: String {
        switch endpoint {
        case .unix(let path): return "redis+unix://" + path
        case .tcp(let host, let port):
            let shown = host.contains(":") ? "[\(host)]" : host
            return "redis://\(password == nil ? "" : (user ?? "") + ":***@")\(shown):\(port)/\(database)"
        }
    }

    /// Without children, so that `dump` shows no password either.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// What opens a connection: being let in, the database, and a sign of life.
    var handshake: [[RedisArgument]] {
        var commands: [[RedisArgument]] = []
        if let password { commands.append(["AUTH"] + (user.map { [.string($0)] } ?? []) + [.string(password)]) }
        if database != 0 { commands.append(["SELECT", .integer(database)]) }
        return commands + [["PING"]]
    }
}

// MARK: - Parts of an address

extension RedisAddress {
    private static func invalid(_ part: String) -> RedisError {
        RedisError(.invalidAddress, part)
    }

    private static func suffix(of text: String, after prefix: String) -> Substring? {
        text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : nil
    }

    private static func unix(_ rest: Substring) throws(RedisError) -> Endpoint {
        let path = try decoded(rest, "path")
        // sun_path of sockaddr_un holds 107 bytes and a NUL.
        guard path.hasPrefix("/"), path.utf8.count > 1, path.utf8.count <= 107 else { throw invalid("path") }
        return .unix(path: path)
    }

    private static func credentials(_ text: Substring?) throws(RedisError) -> (user: String?, password: String?) {
        guard let text else { return (nil, nil) }
        guard let colon = text.firstIndex(of: ":") else { throw invalid("credentials") }
        let user = try decoded(text[..<colon], "user")
        let password = try decoded(text[text.index(after: colon)...], "password")
        return (user.isEmpty ? nil : user, password)
    }

    private static func tcp(_ text: Substring) throws(RedisError) -> Endpoint {
        var host = text
        var port = defaultPort
        let bracket = text.lastIndex(of: "]")
        if let colon = text.lastIndex(of: ":"), bracket.map({ $0 < colon }) ?? true {
            guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else { throw invalid("port") }
            (host, port) = (text[..<colon], Int(number))
        }
        if host.hasPrefix("[") && host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        let name = try decoded(host, "host")
        guard !name.isEmpty, !name.contains(where: { "[]/@ ".contains($0) }) else { throw invalid("host") }
        guard bracket != nil || !name.contains(":") else { throw invalid("host") }
        return .tcp(host: name, port: port)
    }

    private static func database(_ text: Substring) throws(RedisError) -> Int {
        let digits = text.dropFirst()
        if digits.isEmpty { return 0 }
        guard let number = UInt16(digits) else { throw invalid("database") }
        return Int(number)
    }

    private static func decoded(_ text: Substring, _ part: String) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), value != 0
            else { throw invalid(part) }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw invalid(part) }
        return decoded
    }
}
