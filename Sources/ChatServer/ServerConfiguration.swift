import ChatDomain
import ChatSessions
import CommandLineTool
import Reactor
import RedisClient
import Sealing
import Telemetry

/// What a node is told on its command line.
struct ServerConfiguration: Sendable {
    /// The node's name.
    var node: NodeName
    /// Where clients connect.
    var listen: SocketAddress
    /// Where WebSockets connect, and where health, readiness and metrics are.
    var http: SocketAddress
    /// Where clients connect over TLS.
    var tlsListen: SocketAddress?
    /// Where WebSockets connect over TLS, and what else is on the HTTP port.
    var tlsHTTP: SocketAddress?
    /// The files of certificate and key, if TLS is spoken anywhere.
    var tlsFiles: (certificate: String, key: String)?
    /// PostgreSQL, as libpq takes it.
    var database: String
    /// Redis; without it nodes read the log.
    var redis: RedisAddress?
    /// Whether clients come through a balancer that speaks the PROXY protocol.
    var expectsProxy: Bool
    /// Whether the balancer on the HTTP port says who the client is.
    var trustsForwarded: Bool
    /// What the node signs the log with, if it may seal it.
    var auditKey: SigningKey?
    /// Event loops that hold connections.
    var threads: Int
    /// What clients meet.
    var settings: SessionSettings
    /// How passwords are hashed.
    var passwords: PasswordCost
    /// Threads that hash passwords.
    var passwordThreads: Int
    /// Passwords that wait for one of them; more are refused for the moment.
    var passwordQueue: Int
    /// The same from one address.
    var passwordQueueAddress: Int
    /// How long texts are kept.
    var retention: RetentionSetting
    /// What is worth a line.
    var logLevel: LogLevel

    /// Everywhere that the node listens.
    var addresses: [SocketAddress] { [listen, http] + [tlsListen, tlsHTTP].compactMap { $0 } }

    /// Reads a command line; throws `UsageError` on what makes no sense.
    init(_ invocation: Invocation) throws {
        node = try Self.node(try invocation.required("node"))
        listen = try Self.address("listen", invocation)
        http = try Self.address("http", invocation)
        tlsListen = try Self.optionalAddress("tls-listen", invocation)
        tlsHTTP = try Self.optionalAddress("tls-http", invocation)
        tlsFiles = try Self.tlsFiles(invocation, isUsed: tlsListen != nil || tlsHTTP != nil)
        database = try invocation.required("database")
        do {
            redis = try invocation.text("redis").map { try RedisAddress($0) }
        } catch {
            throw UsageError("--redis is not an address of a Redis")
        }
        expectsProxy = invocation.flag("proxy-protocol")
        trustsForwarded = invocation.flag("trust-forwarded")
        auditKey = try invocation.text("audit-key").map { try AuditKeyFile.read($0) }
        threads = invocation.integer("threads") ?? 1
        settings = SessionSettings()
        for (name, key) in SessionSettings.names { settings[keyPath: key] = invocation.settingInteger(name) }
        passwords = PasswordCost(
            operations: invocation.settingInteger(ServerProgram.passwordOperations),
            memory: invocation.settingInteger(ServerProgram.passwordMemory) * 1_024)
        passwordThreads = invocation.settingInteger(ServerProgram.passwordThreads)
        passwordQueue = invocation.settingInteger(ServerProgram.passwordQueue)
        passwordQueueAddress = invocation.settingInteger(ServerProgram.passwordQueueAddress)
        retention = try RetentionSetting(invocation.setting(RetentionSetting.name))
        logLevel = LogLevel(rawValue: invocation.text("log-level") ?? "info") ?? .info
    }

    private static func node(_ text: String) throws -> NodeName {
        let isFit = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard (1...32).contains(text.utf8.count), isFit else {
            throw UsageError("--node takes 1 to 32 of a-z A-Z 0-9 - _")
        }
        return NodeName(text)
    }

    private static func optionalAddress(_ option: String, _ invocation: Invocation) throws -> SocketAddress? {
        invocation.text(option) == nil ? nil : try address(option, invocation)
    }

    private static func tlsFiles(
        _ invocation: Invocation, isUsed: Bool
    ) throws -> (certificate: String, key: String)? {
        let certificate = invocation.text("tls-certificate")
        let key = invocation.text("tls-key")
        guard isUsed else {
            if certificate != nil || key != nil {
                throw UsageError("--tls-certificate and --tls-key need --tls-listen")
            }
            return nil
        }
        guard let certificate, let key else {
            throw UsageError("--tls-listen and --tls-http need --tls-certificate and --tls-key")
        }
        return (certificate, key)
    }

    private static func address(_ option: String, _ invocation: Invocation) throws -> SocketAddress {
        do {
            return try SocketAddress(try invocation.required(option))
        } catch {
            throw UsageError("--\(option) takes HOST:PORT or unix:/PATH")
        }
    }
}
