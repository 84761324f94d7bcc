import ChatSessions
import CommandLineTool

/// The command line of `chatserver`.
enum ServerProgram {
    static let program = Program(
        "chatserver", "a node of the Parley chat backend",
        commands: [
            Command("serve", "run a node until SIGTERM", options: nodeOptions, settings: settings),
            Command(
                "migrate", "bring the database's schema up to date",
                options: [
                    database, .flag("dry-run", help: "only say which migrations are missing"),
                    .integer(
                        "partition-size", "N", in: 100...1_000_000_000,
                        help: "positions in one partition of the log, for those made from now on (10000000)"),
                    logLevel,
                ]),
            Command(
                "check", "tell whether everything that a node needs can be reached", options: nodeOptions,
                settings: settings),
        ])

    private static let database = Option.text(
        "database", "URL", environment: "CHAT_DATABASE",
        help: "PostgreSQL: a libpq URI or keyword string; several hosts allowed")

    private static let logLevel = Option.choice(
        "log-level", ["debug", "info", "notice", "warning", "error"], default: "info",
        environment: "CHAT_LOG_LEVEL", help: "what is worth a line on standard error")

    private static let nodeOptions: [Option] = [
        .text("node", "NAME", environment: "CHAT_NODE", help: "the node's name: 1 to 32 of a-z A-Z 0-9 - _"),
        .text(
            "listen", "HOST:PORT", default: "127.0.0.1:6000", environment: "CHAT_LISTEN",
            help: "where clients connect; unix:/PATH for a balancer on the same machine"),
        .text(
            "http", "HOST:PORT", default: "127.0.0.1:6080", environment: "CHAT_HTTP",
            help: "where WebSockets connect (/ws), and where /healthz, /readyz and /metrics are"),
        database,
        .text(
            "redis", "URL", environment: "CHAT_REDIS",
            help: "redis://[:password@]host:port[/db] or redis+unix:///path; without it nodes read the log"),
        .text("tls-listen", "HOST:PORT", environment: "CHAT_TLS_LISTEN", help: "where clients connect over TLS"),
        .text("tls-http", "HOST:PORT", environment: "CHAT_TLS_HTTP", help: "the HTTP port's twin over TLS"),
        .text(
            "tls-certificate", "FILE", environment: "CHAT_TLS_CERTIFICATE",
            help: "the certificate and those that lead to a known authority, as PEM"),
        .text(
            "tls-key", "FILE", environment: "CHAT_TLS_KEY",
            help: "the certificate's key, as PEM; SIGHUP reads both files again"),
        .flag(
            "proxy-protocol", environment: "CHAT_PROXY_PROTOCOL",
            help: "expect PROXY protocol v1 or v2 where clients connect, with and without TLS"),
        .flag(
            "trust-forwarded", environment: "CHAT_TRUST_FORWARDED",
            help: "believe X-Forwarded-For on the HTTP port"),
        .text(
            "audit-key", "FILE", environment: "CHAT_AUDIT_KEY",
            help: "seal the log, signing with this key of chat-audit keygen, when elected to"),
        .integer(
            "threads", "N", in: 1...64, default: 1, environment: "CHAT_THREADS",
            help: "event loops that hold connections"),
        logLevel,
    ]

    /// The settings of the wire contract, and those of the server itself.
    private static let settings: [Setting] =
        SessionSettings.names.map { name, key in
            Setting(
                name, default: SessionSettings()[keyPath: key], in: SessionSettings.range(of: name),
                help: help[name] ?? "")
        } + [
            Setting(
                passwordMemory, default: 19_456, in: 8...1_048_576,
                help: "KiB of memory that hashing a password takes (Argon2id)"),
            Setting(
                passwordOperations, default: 2, in: 1...100, help: "passes that hashing a password takes (Argon2id)"),
            Setting(
                passwordThreads, default: 1, in: 1...64,
                help: "threads that hash passwords; logins by password and registrations queue for them"),
            Setting(
                passwordQueue, default: 4_000, in: 1...100_000,
                help: "passwords that wait for a thread; one more is answered with 503"),
            Setting(
                passwordQueueAddress, default: 2_000, in: 1...100_000,
                help: "the same from one address (of IPv6: one /64); addresses take turns"),
            Setting(
                RetentionSetting.name, text: "0",
                help: "how long texts of messages can be read, such as 365d, by whole quarters; 0: for ever"),
        ]

    static let passwordMemory = "password.memory"
    static let passwordOperations = "password.operations"
    static let passwordThreads = "password.threads"
    static let passwordQueue = "password.queue"
    static let passwordQueueAddress = "password.queue-address"

    private static let help: [String: String] = [
        "frame.bytes": "bytes of a frame from a client; a longer one is refused and the connection closed",
        "text.bytes": "bytes of a message's text",
        "group.members": "members of a group; the next one gets group_full",
        "user.groups": "groups of a user; one more is too_many",
        "user.friends": "friends of a user; one more is too_many",
        "user.devices": "devices of a user; one more makes the one longest unused forgotten",
        "user.requests": "pending friend requests to or from a user; one more is too_many",
        "user.invitations": "pending invitations to or from a user; one more is too_many",
        "rate.commands": "commands a second of a connection; 0: no limit",
        "rate.burst": "commands that a connection may send at once",
        "rate.login-failures": "failed logins a minute for an account from one address; 0: no limit",
        "rate.login-failures-address": "failed logins a minute from one address; 0: no limit",
        "rate.registrations": "registrations a minute from one address; 0: no limit",
        "session.queue": "bytes that may wait for a client before its feed is read from the log",
        "timeout.idle": "seconds without a byte before goaway idle",
        "timeout.login": "seconds without a login before the connection is closed",
        "timeout.handshake": "seconds for a PROXY header, a TLS handshake or a request's head over HTTP to come",
        "timeout.write": "seconds in which a client accepts not a byte before goaway slow",
    ]
}
