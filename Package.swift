// swift-tools-version: 6.2
import PackageDescription

/// The settings of every target: language mode 6, the strictest import and memory rules, no warning left.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

// A sanitizer brings an allocator of its own.
let allocator: [LinkerSetting] = Context.environment["PARLEY_SANITIZE"] == nil ? [.linkedLibrary("jemalloc")] : []

// Under the thread sanitizer, what lets it see through a Mutex.
let mutex: [Target.Dependency] = Context.environment["PARLEY_SANITIZE"] == "thread" ? ["CThreadSanitizer"] : []

/// With jemalloc before the C library, whose malloc took a quarter of a node's processor time.
func program(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: path, swiftSettings: strict,
        linkerSettings: allocator)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// Without `pkgConfig` where Debian's file names compiler flags that SwiftPM refuses with a warning.
func system(_ name: String, pkgConfig: String? = nil, package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let migrations = [
    "0001_schemas.sql",
    "0002_events.sql",
    "0003_heads.sql",
    "0004_idempotency.sql",
    "0005_batches.sql",
    "0006_append.sql",
    "0007_identifiers.sql",
    "0008_private.sql",
    "0009_cluster.sql",
    "0010_projections.sql",
    "0011_views.sql",
    "0012_roles.sql",
    "0013_seek.sql",
    "0014_erasure.sql",
    "0015_seals.sql",
    "0016_audit.sql",
    "0017_lives.sql",
    "0018_archives.sql",
    "0019_few_commands.sql",
    "0020_append_many.sql",
    "0021_kept_plans.sql",
]

let webFiles = [
    "index.html", "theme.css", "layout.css", "chat.css", "icon.svg", "early.js", "app.js", "client.js",
    "connection.js", "refusal.js", "limits.js", "preferences.js", "words.js", "strings-en.js", "strings-zh.js",
    "dom.js", "notes.js", "dialog.js", "store.js", "conversation.js", "feed.js", "outbox.js", "actions.js",
    "view-entry.js", "view-shell.js", "view-chats.js", "view-people.js", "view-groups.js", "view-group.js",
    "view-chat.js", "view-composer.js", "view-messages.js", "view-message.js", "view-search.js", "view-settings.js",
]

let package = Package(
    name: "parley",
    products: [
        .executable(name: "chatserver", targets: ["chatserver"]),
        .executable(name: "chat-replay", targets: ["chat-replay"]),
        .executable(name: "chat-audit", targets: ["chat-audit"]),
        .executable(name: "chatclient", targets: ["chatclient"]),
        .executable(name: "chat-bench", targets: ["chat-bench"]),
        .library(name: "ParleyClient", targets: ["ParleyClient", "JSONText"]),
    ],
    targets: [
        // C libraries of Debian: a module map and a shim each, wrapped once, by the target named behind it.
        system("CEvent", pkgConfig: "libevent", package: "libevent-dev"),  // Reactor
        system("CPostgres", pkgConfig: "libpq", package: "libpq-dev"),  // PostgresClient
        system("CHiredis", package: "libhiredis-dev"),  // RedisClient
        system("CWslay", package: "libwslay-dev"),  // Edge
        system("CTLS", package: "libssl-dev"),  // TLS
        system("CCrypto", package: "libssl-dev"),  // Hashing
        system("CSodium", pkgConfig: "libsodium", package: "libsodium-dev"),  // Sealing
        system("CUtf8proc", package: "libutf8proc-dev"),  // UnicodeText
        system("CEdit", pkgConfig: "libedit", package: "libedit-dev"),  // ChatClientKit
        system("CZstd", package: "libzstd-dev"),  // Zstandard
        .systemLibrary(name: "CSpawn"),  // ChatTestKit; no package, it is in the C library

        // Foundations: no chat words.
        library("JSONText"),  // one exact JSON reader and writer, imports nothing
        library("UnicodeText", ["CUtf8proc"]),  // normalization and case folding
        library("Sealing", ["CSodium"]),  // Argon2id, sealed boxes, digests, randomness
        library("Hashing", ["CCrypto"]),  // SHA-256 as fast as the machine can
        library("Zstandard", ["CZstd"]),  // zstd frames, piece by piece
        library("Telemetry", ["JSONText"]),  // logger, counters, histograms
        library("TLS", ["CTLS"]),  // TLS sessions without sockets
        library("Reactor", ["CEvent", "TLS"] + mutex),  // event loops as executors, streams, listeners, timers
        library("Edge", ["CWslay", "Reactor", "TLS"]),  // before the chat: PROXY headers, HTTP heads, WebSocket frames
        library("PostgresClient", ["CPostgres", "Reactor"]),  // asynchronous libpq on a loop
        library("RedisClient", ["CHiredis", "Reactor"]),  // asynchronous hiredis on a loop
        library("CommandLineTool", ["JSONText"]),  // options, help, tables, progress bars
        library("ParleyClient", ["JSONText", "TLS"]),  // a client for any program: no module of the server below it

        // The chat, from the inside out.
        library("ChatDomain"),  // commands, events, states, deciders, audience: pure, imports nothing
        library("EventCodec", ["ChatDomain", "JSONText"]),  // the stored form; never imports WireProtocol
        library("WireProtocol", ["ChatDomain", "JSONText"]),  // the clients' form; never imports EventCodec
        library("ChatProjections", ["ChatDomain", "EventCodec"]),  // pure folds: events to row changes
        library(
            "ChatApplication",  // ports and use cases: load, decide, append, retry; delivery; queries
            [
                "ChatDomain", "EventCodec", "WireProtocol", "ChatProjections", "Sealing", "UnicodeText", "Telemetry",
                "JSONText",
            ]),

        library(
            "LogArchive",  // the log as a file: lines that prove each other, masks for what is personal
            ["ChatApplication", "ChatDomain", "EventCodec", "Sealing", "JSONText"]),
        library(
            "LogProof",  // what proves the log: leaves, Merkle trees, signed heads, chains and proofs; pure
            ["LogArchive", "ChatApplication", "ChatDomain", "Hashing", "Sealing", "JSONText"]),

        // The schema, embedded: a program brings its own.
        .target(
            name: "Migrations", path: "migrations", resources: migrations.map { .embedInCode($0) },
            swiftSettings: strict),

        // The web client, embedded: a node serves it from memory.
        .target(
            name: "WebClient", path: "web", resources: webFiles.map { .embedInCode($0) }, swiftSettings: strict),

        // Adapters; they never know each other.
        library(
            "EventLogPostgres",  // the log, its tail, leases, projection runner, read models, migrator
            [
                "Migrations", "LogArchive", "LogProof", "Hashing",
                "ChatApplication", "WireProtocol", "ChatProjections", "EventCodec", "ChatDomain", "PostgresClient",
                "Reactor",
                "Sealing", "Telemetry", "JSONText",
            ]),
        library("FanOutRedis", ["ChatApplication", "ChatDomain", "RedisClient", "Reactor", "Telemetry", "JSONText"]),
        library(
            "ChatSessions",  // connections: transport, request table, session state, outbound queue, limits
            ["ChatApplication", "ChatDomain", "WireProtocol", "Edge", "Reactor", "Telemetry", "JSONText"]),
        library(
            "LogAccess",  // the log and its archives, as a tool outside the cluster reaches them; signals
            [
                "EventLogPostgres", "LogArchive", "LogProof", "Zstandard", "Hashing", "ChatApplication", "ChatDomain",
                "PostgresClient", "Reactor", "Sealing", "CommandLineTool", "JSONText",
            ]),
        library(
            "ChatClientKit",  // commands, line editor
            ["CEdit", "ParleyClient", "CommandLineTool", "JSONText", "TLS"]),
        library(
            "ChatBenchKit",  // load, measured and checked; made logs, and what rebuilding takes; what a message costs
            [
                "ChatSessions", "EventLogPostgres", "FanOutRedis", "ChatApplication", "ChatProjections", "WireProtocol",
                "EventCodec", "ChatDomain", "PostgresClient", "RedisClient", "Reactor", "Sealing", "UnicodeText",
                "Telemetry", "CommandLineTool", "JSONText",
            ]),

        // Programs: configuration and wiring.
        program(
            "chatserver", path: "Sources/ChatServer",
            [
                "ChatSessions", "EventLogPostgres", "FanOutRedis", "ChatApplication", "ChatDomain", "ChatProjections",
                "PostgresClient", "JSONText", "RedisClient", "Edge", "Reactor", "TLS", "Sealing", "UnicodeText",
                "Telemetry", "WebClient",
                "CommandLineTool",
            ]),
        program(
            "chat-replay", path: "replay/Sources",
            [
                "LogAccess", "EventLogPostgres", "LogArchive", "Zstandard", "ChatProjections", "ChatApplication",
                "ChatDomain",
                "EventCodec", "PostgresClient", "Edge", "Reactor", "Sealing", "Telemetry", "UnicodeText",
                "CommandLineTool", "JSONText",
            ]),
        program(
            "chat-audit", path: "Sources/ChatAudit",
            [
                "LogAccess", "EventLogPostgres", "LogProof", "LogArchive", "ChatProjections", "ChatApplication",
                "ChatDomain", "EventCodec", "PostgresClient", "Reactor", "Sealing", "Telemetry", "UnicodeText",
                "CommandLineTool", "JSONText",
            ]),
        program("chatclient", path: "Sources/ChatClient", ["ChatClientKit", "CommandLineTool"]),
        program("chat-bench", path: "Sources/ChatBench", ["ChatBenchKit"]),

        // For tests: in-memory log and fan-out, manual clock, seeded random, contracts, scripted client, private servers.
        library(
            "ChatTestKit",
            [
                "CSpawn", "TLS", "ChatApplication", "ChatDomain", "EventCodec", "ChatProjections", "Sealing",
                "UnicodeText",
                "JSONText",
            ]),
        // For tests: a cluster with its clients in one thread, from a seed.
        program(
            "chat-simulate", path: "Sources/ChatSimulation",
            [
                "CSodium", "ChatTestKit", "ChatSessions", "ChatApplication", "ChatDomain", "ChatProjections",
                "EventCodec", "WireProtocol", "Reactor", "Telemetry", "UnicodeText", "JSONText",
            ]),
        tests("JSONTextTests", ["JSONText"]),
        tests("UnicodeTextTests", ["UnicodeText"]),
        tests("SealingTests", ["Sealing"]),
        tests("HashingTests", ["Hashing", "Sealing"]),
        tests("ZstandardTests", ["Zstandard"]),
        tests("TelemetryTests", ["Telemetry"]),
        tests("TLSTests", ["TLS", "ChatTestKit"]),
        tests("ReactorTests", ["Reactor", "TLS", "ChatTestKit"]),
        tests("WebClientTests", ["WebClient", "ChatDomain"]),
        tests("EdgeTests", ["Edge", "Reactor"]),
        tests("PostgresClientTests", ["PostgresClient", "Reactor", "ChatTestKit"]),
        tests("RedisClientTests", ["RedisClient", "Reactor", "ChatTestKit"]),
        tests("CommandLineToolTests", ["CommandLineTool", "JSONText"]),
        tests("ChatDomainTests", ["ChatDomain", "ChatTestKit", "UnicodeText"]),
        tests("EventCodecTests", ["EventCodec", "ChatDomain", "JSONText", "ChatTestKit"]),
        tests("WireProtocolTests", ["WireProtocol", "ChatDomain", "JSONText"]),
        tests("ChatProjectionsTests", ["ChatProjections", "ChatDomain", "EventCodec", "ChatTestKit"]),
        tests(
            "LogArchiveTests",
            ["LogArchive", "ChatApplication", "ChatDomain", "EventCodec", "Sealing", "JSONText", "ChatTestKit"]),
        tests(
            "LogProofTests",
            ["LogProof", "LogArchive", "ChatApplication", "ChatDomain", "Hashing", "Sealing", "JSONText"]),
        tests(
            "ChatApplicationTests",
            ["ChatApplication", "ChatTestKit", "ChatDomain", "EventCodec", "WireProtocol", "Sealing", "JSONText"]),
        tests(
            "EventLogPostgresTests",
            [
                "EventLogPostgres", "ChatApplication", "ChatProjections", "ChatDomain", "EventCodec", "PostgresClient",
                "Reactor", "Sealing", "Migrations", "JSONText", "Telemetry", "LogArchive", "LogProof", "ChatTestKit",
                "chat-replay", "chat-audit",
            ]),
        tests(
            "FanOutRedisTests",
            ["FanOutRedis", "ChatApplication", "ChatDomain", "RedisClient", "Reactor", "ChatTestKit"]),
        tests("ChatSessionsTests", ["ChatSessions", "ChatApplication", "ChatDomain", "WireProtocol", "JSONText"]),
        tests("ParleyClientTests", ["ParleyClient", "ChatTestKit", "JSONText", "chatserver"]),
        tests(
            "ChatClientKitTests",
            ["ChatClientKit", "ParleyClient", "CommandLineTool", "JSONText", "CSpawn", "ChatTestKit", "chatclient"]),
        tests(
            "ChatBenchKitTests",
            [
                "ChatBenchKit", "ChatTestKit", "ChatApplication", "ChatDomain", "PostgresClient", "Reactor", "JSONText",
                "chat-bench", "chat-replay",
            ]),
        tests(
            "ClusterTests",
            [
                "ChatTestKit", "ParleyClient", "ChatDomain", "JSONText", "TLS", "chatserver", "chat-replay",
                "chat-audit", "chat-bench",
            ]),
        tests("SimulationTests", ["ChatTestKit", "chat-simulate"]),
        tests("ArchitectureTests", []),
    ]
)

// Programs that only testing needs, in no ordinary build and in no release.
if Context.environment["PARLEY_TEST_PROGRAMS"] != nil {
    package.products += [.library(name: "Fuzz", type: .static, targets: ["Fuzz"])]
    package.targets += [
        program("websocket-echo", path: "Tests/Programs/WebSocketEcho", ["Edge", "Reactor"]),
        .target(
            name: "Fuzz", dependencies: ["Edge", "WireProtocol", "JSONText"], path: "Tests/Programs/Fuzz",
            exclude: ["corpus"], swiftSettings: strict),
    ]
}

if !mutex.isEmpty { package.targets.append(.target(name: "CThreadSanitizer")) }
