/// One argument of a command, the command's name included. Redis takes bytes of any kind.
public enum RedisArgument: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    /// The UTF-8 of a text.
    case string(String)
    /// The bytes as they are.
    case bytes([UInt8])
    /// The decimal digits of a number.
    case integer(Int)

    /// A literal text.
    public init(stringLiteral value: String) {
        self = .string(value)
    }

    /// A literal number.
    public init(integerLiteral value: Int) {
        self = .integer(value)
    }
}

/// Commands as Redis reads them (RESP: an array of bulk strings each), one behind the other in one buffer.
struct EncodedCommands {
    private(set) var bytes: [UInt8] = []
    /// The size of each command in ``bytes``.
    private(set) var sizes: [Int] = []

    init(_ commands: [[RedisArgument]]) throws(RedisError) {
        sizes.reserveCapacity(commands.count)
        for command in commands {
            guard let name = command.first, !Self.changesTheReading(name) else { throw RedisError(.unsupported) }
            append(command)
        }
    }

    init(subscribingTo channel: String) {
        append(["SUBSCRIBE", .string(channel)])
    }

    private mutating func append(_ command: [RedisArgument]) {
        let start = bytes.count
        append(count: command.count, mark: "*")
        for argument in command {
            switch argument {
            case .string(let text): append(text.utf8)
            case .bytes(let bytes): append(bytes)
            case .integer(let number): append(String(number).utf8)
            }
        }
        sizes.append(bytes.count - start)
    }

    private mutating func append(count: Int, mark: Unicode.Scalar) {
        bytes.append(UInt8(ascii: mark))
        bytes.append(contentsOf: String(count).utf8)
        lineEnd()
    }

    private mutating func append(_ argument: some Collection<UInt8>) {
        append(count: argument.count, mark: "$")
        bytes.append(contentsOf: argument)
        lineEnd()
    }

    private mutating func lineEnd() {
        bytes.append(13)
        bytes.append(10)
    }

    /// After these commands a reply is no answer to a command any more, which hiredis keeps account of by itself.
    private static func changesTheReading(_ name: RedisArgument) -> Bool {
        guard case .string(let text) = name, readingCommandSizes.contains(text.utf8.count) else { return false }
        return readingCommands.contains(text.lowercased())
    }

    private static let readingCommandSizes = 5...12
    private static let readingCommands: Set<String> = [
        "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe", "monitor", "hello",
        "reset",
    ]
}
