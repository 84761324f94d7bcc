/// The id of an entry in a Redis stream: two numbers, ordered by the first, then the second.
public struct RedisStreamID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The part before the hyphen.
    public let major: UInt64
    /// The part behind it.
    public let minor: UInt64

    /// Before the first entry of any stream.
    public static let zero = RedisStreamID(0)

    /// An id of two numbers.
    public init(_ major: UInt64, _ minor: UInt64 = 0) {
        self.major = major
        self.minor = minor
    }

    /// Reads `major-minor`.
    init?(_ reply: RedisReply) {
        guard let parts = reply.text?.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false),
            parts.count == 2, let major = UInt64(parts[0]), let minor = UInt64(parts[1])
        else { return nil }
        self.init(major, minor)
    }

    /// Orders as Redis does.
    public static func < (left: RedisStreamID, right: RedisStreamID) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// As Redis writes it.
    public var description: String { "\(major)-\(minor)" }
}

/// An entry of a Redis stream.
public struct RedisStreamEntry: Sendable, Equatable {
    /// One name and value of an entry.
    public struct Field: Sendable, Equatable {
        /// The name's bytes.
        public let name: [UInt8]
        /// The value's bytes.
        public let value: [UInt8]
    }

    /// The entry's id.
    public let id: RedisStreamID
    /// Its fields in the order in which they were added.
    public let fields: [Field]

    /// The value of the first field of this name.
    public subscript(_ name: String) -> [UInt8]? {
        fields.first { $0.name.elementsEqual(name.utf8) }?.value
    }

    init?(_ reply: RedisReply) {
        guard case .array(let parts) = reply, parts.count == 2, let id = RedisStreamID(parts[0]) else { return nil }
        self.id = id
        // An entry that was deleted while it was being read has null for its fields.
        guard case .array(let pairs) = parts[1] else {
            fields = []
            return
        }
        var fields: [Field] = []
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            guard case .bytes(let name) = pairs[index], case .bytes(let value) = pairs[index + 1] else { return nil }
            fields.append(Field(name: name, value: value))
        }
        self.fields = fields
    }
}

extension RedisConnection {
    /// The next entries of a stream, after an id; none when no entry came in time.
    ///
    /// A blocking read holds up every later command of its connection: give it one of its own.
    /// - Parameters:
    ///   - block: how long Redis waits for an entry, at least 1 ms; nil to answer at once.
    ///   - count: the most entries, at least 1.
    public func xread(
        _ stream: String, after id: RedisStreamID, block: Duration? = nil, count: Int
    ) async throws(RedisError) -> [RedisStreamEntry] {
        var command: [RedisArgument] = ["XREAD", "COUNT", .integer(max(1, count))]
        var allowed = commandTimeout
        if let block {
            // Zero would mean for ever.
            let milliseconds = max(1, Int(clampedMilliseconds(block)))
            command += ["BLOCK", .integer(milliseconds)]
            allowed += .milliseconds(milliseconds)
        }
        command += ["STREAMS", .string(stream), .string(id.description)]
        let reply = try await send(command, timeout: allowed).accepted()
        guard let entries = Self.entries(reply) else { throw RedisError(.unexpectedReply) }
        return entries
    }

    /// A day bounds a block, so that its milliseconds cannot overflow.
    private func clampedMilliseconds(_ block: Duration) -> Int64 {
        let (seconds, attoseconds) = min(block, .seconds(86_400)).components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// The entries of a reply to XREAD of one stream.
    private static func entries(_ reply: RedisReply) -> [RedisStreamEntry]? {
        if reply == .null { return [] }
        guard case .array(let streams) = reply, case .array(let pair)? = streams.first, pair.count == 2,
            case .array(let replies) = pair[1]
        else { return nil }
        let entries = replies.compactMap { RedisStreamEntry($0) }
        return entries.count == replies.count ? entries : nil
    }
}
