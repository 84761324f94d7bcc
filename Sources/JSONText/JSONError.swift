/// Why bytes are no JSON text.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was wrong.
    public enum Code: String, Sendable {
        case unexpectedEnd
        case unexpectedByte
        case invalidNumber
        case invalidEscape
        case loneSurrogate
        case invalidUTF8
        case controlCharacter
        case tooDeep
        case trailingBytes
    }

    /// What was wrong.
    public var code: Code
    /// The offset, in bytes, at which it was seen.
    public var offset: Int

    /// The code and the offset; never a part of the text.
    public var description: String { "\(code.rawValue) at byte \(offset)" }
}
