/// What Redis answered.
public indirect enum RedisReply: Sendable, Equatable {
    /// There is nothing: no such key, no entry in time.
    case null
    /// A number.
    case integer(Int64)
    /// A short word, such as `OK`.
    case status(String)
    /// Bytes of any kind.
    case bytes([UInt8])
    /// Replies in order.
    case array([RedisReply])
    /// Redis refused the command; its words, which may quote arguments: not for a log.
    case error(String)

    /// The reply itself, unless it is an error.
    /// - Throws: ``RedisError/Code/refused`` with the first word of Redis's error.
    public func accepted() throws(RedisError) -> RedisReply {
        guard case .error(let text) = self else { return self }
        throw RedisError(.refused, String(text.prefix { $0.isASCII && $0.isUppercase }))
    }

    /// The text of bytes or a status; nil for anything else and for bytes that are no UTF-8.
    public var text: String? {
        switch self {
        case .status(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }
}
