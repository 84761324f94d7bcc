/// What each module may import: the layers of Package.swift, and the little of the system that a module needs.
/// An import that is missing here is either a mistake or a decision to be made in this table.
enum LayerRules {
    /// Every module of the product, from the inside out.
    static let allowed: [String: Set<String>] = [
        // Foundations: no chat words.
        "JSONText": [],
        "UnicodeText": ["CUtf8proc", "Glibc"],
        "Sealing": ["CSodium", "Glibc"],
        "Hashing": ["CCrypto"],
        "Zstandard": ["CZstd"],
        "Telemetry": ["JSONText", "Glibc", "Synchronization"],
        "TLS": ["CTLS"],
        "Reactor": ["CEvent", "TLS", "Glibc", "Synchronization"],
        "Edge": ["CWslay", "Reactor", "TLS"],
        "PostgresClient": ["CPostgres", "Reactor", "Glibc", "Synchronization"],
        "RedisClient": ["CHiredis", "Reactor", "Glibc", "Synchronization"],
        "CommandLineTool": ["JSONText", "Foundation", "Glibc", "Synchronization"],
        "ParleyClient": ["JSONText", "TLS", "Glibc", "Synchronization"],

        // The chat, from the inside out: no system at all.
        "ChatDomain": [],
        "EventCodec": ["ChatDomain", "JSONText"],
        "WireProtocol": ["ChatDomain", "JSONText"],
        "ChatProjections": ["ChatDomain", "EventCodec"],
        "ChatApplication": [
            "ChatDomain", "EventCodec", "WireProtocol", "ChatProjections", "Sealing", "UnicodeText", "Telemetry",
            "JSONText", "Synchronization",
        ],

        "LogArchive": ["ChatApplication", "ChatDomain", "EventCodec", "Sealing", "JSONText"],
        "LogProof": ["LogArchive", "ChatApplication", "ChatDomain", "Hashing", "Sealing", "JSONText"],

        // The schema: resources and their list.
        "migrations": [],

        // The web client: files and their list.
        "web": [],

        // Adapters: they never know each other.
        "EventLogPostgres": [
            "Migrations", "LogArchive", "LogProof", "Hashing", "ChatApplication", "ChatProjections", "EventCodec",
            "ChatDomain",
            "PostgresClient", "Reactor",
            "Sealing", "Telemetry", "JSONText", "UnicodeText", "WireProtocol", "Glibc", "Synchronization",
        ],
        "FanOutRedis": [
            "ChatApplication", "ChatDomain", "RedisClient", "Reactor", "Telemetry", "JSONText", "Glibc",
            "Synchronization",
        ],
        "ChatSessions": [
            "ChatApplication", "ChatDomain", "WireProtocol", "Edge", "Reactor", "Telemetry", "JSONText", "Sealing",
            "UnicodeText", "Glibc", "Synchronization",
        ],
        "LogAccess": [
            "EventLogPostgres", "LogArchive", "LogProof", "Zstandard", "Hashing", "ChatApplication", "ChatDomain",
            "PostgresClient", "Reactor", "Sealing", "CommandLineTool", "JSONText", "Foundation", "Glibc",
            "Synchronization",
        ],
        "ChatClientKit": [
            "CEdit", "ParleyClient", "CommandLineTool", "JSONText", "TLS", "Foundation", "Glibc", "Synchronization",
        ],
        "ChatBenchKit": [
            "ChatSessions", "EventLogPostgres", "FanOutRedis", "ChatApplication", "ChatProjections", "WireProtocol",
            "EventCodec", "ChatDomain", "PostgresClient", "RedisClient", "Reactor", "Sealing", "UnicodeText",
            "Telemetry", "CommandLineTool", "JSONText", "Foundation", "Synchronization",
        ],

        // Programs: configuration and wiring.
        "ChatServer": [
            "ChatSessions", "EventLogPostgres", "FanOutRedis", "ChatApplication", "ChatProjections", "ChatDomain",
            "PostgresClient", "RedisClient", "Edge", "Reactor", "TLS", "Sealing", "UnicodeText", "Telemetry",
            "CommandLineTool", "JSONText", "WebClient",
            "Dispatch", "Foundation", "Glibc", "Synchronization",
        ],
        "replay": [
            "LogAccess", "EventLogPostgres", "LogArchive", "Zstandard", "ChatProjections", "ChatApplication",
            "ChatDomain",
            "PostgresClient", "Edge", "Reactor",
            "Sealing", "UnicodeText", "Telemetry", "EventCodec", "CommandLineTool", "JSONText", "Foundation", "Glibc",
            "Synchronization",
        ],
        "ChatAudit": [
            "LogAccess", "EventLogPostgres", "LogProof", "LogArchive", "ChatProjections", "ChatApplication",
            "ChatDomain", "EventCodec", "PostgresClient", "Reactor", "Sealing", "UnicodeText", "Telemetry",
            "CommandLineTool", "JSONText",
            "Foundation", "Glibc", "Synchronization",
        ],
        "ChatClient": ["ChatClientKit", "CommandLineTool", "Foundation", "Glibc"],
        "ChatBench": ["ChatBenchKit"],

        // For tests only; no part of the product imports it.
        "ChatTestKit": [
            "ChatApplication", "ChatDomain", "EventCodec", "WireProtocol", "ChatProjections", "Sealing", "UnicodeText",
            "Telemetry", "Reactor", "TLS", "JSONText", "CSpawn", "Foundation", "Glibc", "Synchronization", "Testing",
        ],
        // It takes over what of libsodium and of the runtime differs from run to run.
        "ChatSimulation": [
            "ChatTestKit", "ChatSessions", "ChatApplication", "ChatDomain", "ChatProjections", "EventCodec",
            "WireProtocol", "Reactor", "Telemetry", "UnicodeText", "JSONText", "CSodium", "Foundation", "Glibc",
        ],
    ]

    /// What must hold whatever else the table says.
    static let neverTogether: [(Set<String>, String)] = [
        (["EventCodec", "WireProtocol"], "the stored form and the clients' form change for different reasons"),
        (["EventLogPostgres", "FanOutRedis"], "adapters never know each other"),
        (["EventLogPostgres", "ChatSessions"], "adapters never know each other"),
        (["FanOutRedis", "ChatSessions"], "adapters never know each other"),
    ]

    /// Modules that may print and use Foundation: programs, what they talk to people with, and the tests' kit.
    static let printing: Set<String> = [
        "ChatServer", "replay", "ChatAudit", "ChatClient", "CommandLineTool", "ChatClientKit", "ChatBenchKit",
        "LogAccess", "ChatTestKit", "ChatSimulation",
    ]

    /// Every file with an `unsafe` mark: what wraps a C library, the system's calls, or the runtime's.
    static let unsafeFiles: Set<String> = [
        // Its jobs are run by the thread that measures.
        "Sources/ChatBenchKit/Costs/CostLoop.swift",
        "Sources/ChatClientKit/Terminal/LineEditor.swift",
        "Sources/ChatClientKit/Terminal/Posix.swift",
        // A stream goes to the actor of the thread that accepted it.
        "Sources/ChatServer/Restart.swift",
        "Sources/ChatServer/SystemPorts.swift",
        // What of the runtime differs from run to run is the simulation's.
        "Sources/ChatSimulation/Runtime/RuntimeHooks.swift",
        "Sources/ChatSimulation/Runtime/SimulatedLoop.swift",
        "Sources/ChatSessions/LoopWorker+Entrances.swift",
        "Sources/ChatTestKit/Cluster/ClientSocket.swift",
        "Sources/ChatTestKit/Cluster/OwnThread.swift",
        "Sources/ChatTestKit/PrivateServers/ChildProcess.swift",
        "Sources/ChatTestKit/Simulation/SimulatedLoop.swift",
        "Sources/CommandLineTool/HostName.swift",
        "Sources/CommandLineTool/Progress.swift",
        "Sources/CommandLineTool/StandardStream.swift",
        "Sources/Edge/WebSocketCodec.swift",
        "Sources/Hashing/Crypto.swift",
        "Sources/ParleyClient/Connection/Sockets.swift",
        "Sources/PostgresClient/LibPQ.swift",
        "Sources/Reactor/EventLoop.swift",
        "Sources/Reactor/LibEvent.swift",
        "Sources/Reactor/Lock.swift",
        "Sources/Reactor/SharedBytes.swift",
        "Sources/Reactor/Socket.swift",
        "Sources/Reactor/Thread.swift",
        "Sources/Reactor/Wakeup.swift",
        "Sources/RedisClient/Hiredis.swift",
        "Sources/RedisClient/HostResolver.swift",
        "Sources/Sealing/Sodium.swift",
        "Sources/TLS/OpenSSL.swift",
        "Sources/Telemetry/AtomicCells.swift",
        "Sources/Telemetry/LogOutput.swift",
        "Sources/UnicodeText/Utf8proc.swift",
        "Sources/Zstandard/Zstd.swift",
    ]

    /// Folder names that say nothing about what is inside.
    static let emptyNames: Set<String> = ["utils", "helpers", "common", "new", "misc"]

    /// The longest function, in lines from its first to its closing brace.
    static let maximumFunctionLines = 70
}
