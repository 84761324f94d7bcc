/// The head of an HTTP request: its line and its fields. Source: RFC 9110 and RFC 9112.
public struct HTTPHead: Sendable, Equatable {
    /// One field; names are in lower case.
    public struct Field: Sendable, Equatable {
        /// The name, in lower case.
        public var name: String
        /// The value without the white space around it.
        public var value: String
    }

    /// The method, such as `GET`.
    public var method: String
    /// The path as it came, without the query.
    public var path: String
    /// Whether the version is 1.1, else 1.0.
    public var isVersion11: Bool
    /// The fields in their order.
    public var fields: [Field]

    /// The values of a field as one list, as commas and repetition make it.
    public func values(_ name: String) -> [String] {
        fields.filter { $0.name == name }.flatMap { $0.value.split(separator: ",") }
            .map { HTTPHead.trimmed($0) }.filter { !$0.isEmpty }
    }

    /// Whether a list field holds a word, in whatever case.
    public func names(_ word: String, in field: String) -> Bool {
        values(field).contains { $0.lowercased() == word }
    }

    /// Whether the client may send a further request on the connection.
    var keepsAlive: Bool { isVersion11 && !names("close", in: "connection") && !hasContent }

    /// Whether content follows the head. Nobody reads it, so nothing behind it can be taken for a request.
    var hasContent: Bool {
        fields.contains { $0.name == "transfer-encoding" || ($0.name == "content-length" && $0.value != "0") }
    }

    static func trimmed(_ text: Substring) -> String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var rest = text.drop(while: blank)
        while let last = rest.last, blank(last) { rest.removeLast() }
        return String(rest)
    }
}

/// What is wrong with a request that cannot be answered otherwise.
public enum HTTPRefusal: Error, Sendable, Equatable {
    /// 400: it is not HTTP, or could be read in two ways.
    case malformed
    /// 431: the head is longer, or has more fields, than allowed.
    case headTooLarge
    /// 505: neither HTTP/1.0 nor HTTP/1.1.
    case unknownVersion

    var status: Int {
        switch self {
        case .malformed: 400
        case .headTooLarge: 431
        case .unknownVersion: 505
        }
    }
}

/// Reads one request's head. Strict where leniency lets two programs disagree on where a request ends: lines end with
/// CR LF only, no folded fields, no blank before a colon, one host, one length.
public struct HTTPHeadReader: Sendable {
    /// What the bytes came to.
    public enum Output: Sendable, Equatable {
        /// More bytes are needed.
        case more
        /// The head, and what came behind it.
        case head(HTTPHead, rest: [UInt8])
        /// The connection must be closed after the answer.
        case refused(HTTPRefusal)
    }

    /// Bytes of a head, its line ends counted; more give 431.
    public static let headBytes = 8_192
    /// Fields of a head; more give 431.
    public static let maximumFields = 100

    private var bytes: [UInt8] = []
    private var lines: [ArraySlice<UInt8>] = []
    private var lineStart = 0
    private var searched = 0

    /// A reader at the beginning of a request.
    public init() {}

    /// Whether nothing of a request has come.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Takes the next bytes. Not to be called again once it gave a head or a refusal.
    public mutating func push(_ new: [UInt8]) -> Output {
        bytes.append(contentsOf: new)
        while let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            guard end < Self.headBytes else { return .refused(.headTooLarge) }
            guard end > lineStart, bytes[end - 1] == UInt8(ascii: "\r") else { return .refused(.malformed) }
            let line = bytes[lineStart..<(end - 1)]
            searched = end + 1
            lineStart = searched
            if !line.isEmpty {
                lines.append(line)
                if lines.count > Self.maximumFields + 1 { return .refused(.headTooLarge) }
            } else if !lines.isEmpty {
                return finish(rest: Array(bytes[searched...]))
            }
        }
        searched = bytes.count
        return bytes.count > Self.headBytes ? .refused(.headTooLarge) : .more
    }

    private func finish(rest: [UInt8]) -> Output {
        do throws(HTTPRefusal) {
            var head = try Self.requestLine(lines[0])
            head.fields = try lines.dropFirst().map { line throws(HTTPRefusal) in try Self.field(line) }
            try Self.check(head)
            return .head(head, rest: rest)
        } catch {
            return .refused(error)
        }
    }

    private static func requestLine(_ line: ArraySlice<UInt8>) throws(HTTPRefusal) -> HTTPHead {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, isToken(words[0]), !words[1].isEmpty,
            words[1].allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .malformed }
        let version = text(words[2])
        guard version.utf8.count == 8, version.hasPrefix("HTTP/") else { throw .malformed }
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else { throw .unknownVersion }
        return HTTPHead(
            method: text(words[0]), path: try path(text(words[1])), isVersion11: version == "HTTP/1.1", fields: [])
    }

    /// The path of a target: `/path?query`, or a whole URI as one asks a proxy.
    private static func path(_ target: String) throws(HTTPRefusal) -> String {
        var rest = target[...]
        let lower = target.lowercased()
        for scheme in ["http://", "https://"] where lower.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count).drop { $0 != "/" && $0 != "?" }
            if rest.first != "/" { rest = "/" + rest }
        }
        guard rest.first == "/" else { throw .malformed }
        return String(rest.prefix { $0 != "?" })
    }

    private static func field(_ line: ArraySlice<UInt8>) throws(HTTPRefusal) -> HTTPHead.Field {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isToken(line[..<colon]) else { throw .malformed }
        let value = line[(colon + 1)...]
        guard value.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else { throw .malformed }
        return HTTPHead.Field(
            name: text(line[..<colon]).lowercased(), value: HTTPHead.trimmed(text(value)[...]))
    }

    /// What every head must hold, and what would let a request be cut out of it in two ways.
    private static func check(_ head: HTTPHead) throws(HTTPRefusal) {
        let hosts = head.fields.count { $0.name == "host" }
        guard hosts == 1 || (hosts == 0 && !head.isVersion11) else { throw .malformed }
        let lengths = Set(head.fields.filter { $0.name == "content-length" }.map(\.value))
        guard lengths.count <= 1 else { throw .malformed }
        for length in lengths {
            guard (1...18).contains(length.utf8.count), length.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw .malformed
            }
        }
        let isEncoded = head.fields.contains { $0.name == "transfer-encoding" }
        if isEncoded, !lengths.isEmpty || !head.isVersion11 { throw .malformed }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { tokenBytes.contains($0) }
    }

    private static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
}
