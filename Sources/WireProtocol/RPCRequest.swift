public import JSONText

/// The id of a request: a string of at most 64 characters, an integer within ±2^53, or null.
public enum RPCID: Sendable, Hashable {
    case null
    case integer(Int64)
    case string(String)

    /// How it stands in a reply.
    public var json: JSONValue {
        switch self {
        case .null: .null
        case .integer(let value): .integer(value)
        case .string(let value): .string(value)
        }
    }

    private static let integers = -(Int64(1) << 53)...(Int64(1) << 53)

    /// The id that stands in a request; nil if it is none that is allowed.
    init?(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .integer(let number) where Self.integers.contains(number): self = .integer(number)
        case .string(let text) where text.unicodeScalars.count <= 64: self = .string(text)
        default: return nil
        }
    }
}

/// A request, or a notification if it has no id.
public struct RPCRequest: Sendable {
    /// Its id; nil for a notification, which is never answered.
    public var id: RPCID?
    /// The method's name.
    public var method: String
    /// The parameters as they came: an object, an array, or nothing.
    public var parameters: JSONValue?

    /// The parameters by name; positional ones are refused as the parameter `params`.
    public func named() throws(RPCError) -> Parameters {
        switch parameters {
        case nil: return Parameters([:])
        case .object(let members): return Parameters(members)
        default: throw .invalidParameter("params")
        }
    }
}

/// What one frame holds.
public enum RPCFrame: Sendable {
    /// One request, or what is wrong with it and the id to say it to.
    case single(Element)
    /// Several, which take effect in their order and are answered together.
    case batch([Element])
    /// Nothing that could be carried out: answered once, with a null id.
    case invalid(RPCError)

    /// One element of a frame.
    public enum Element: Sendable {
        case request(RPCRequest)
        case invalid(RPCError, id: RPCID)
    }

    /// How many elements a batch may have.
    public static let maximumBatch = 64

    /// Reads a frame; a text that is no JSON is `parse`.
    public static func read(_ bytes: [UInt8]) -> RPCFrame {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue.parse(bytes)
        } catch {
            return .invalid(.parse)
        }
        guard case .array(let elements) = value else { return .single(element(value)) }
        guard (1...maximumBatch).contains(elements.count) else { return .invalid(.invalidRequest) }
        return .batch(elements.map(element))
    }

    private static func element(_ value: JSONValue) -> Element {
        guard case .object(let object) = value else { return .invalid(.invalidRequest, id: .null) }
        var id: RPCID?
        if let given = object["id"] {
            guard let valid = RPCID(given) else { return .invalid(.invalidRequest, id: .null) }
            id = valid
        }
        guard object["jsonrpc"] == "2.0", case .string(let method)? = object["method"] else {
            return .invalid(.invalidRequest, id: id ?? .null)
        }
        var parameters = object["params"]
        switch parameters {
        case nil, .object, .array: break
        // Many libraries write this for a call without parameters.
        case .null: parameters = nil
        default: return .invalid(.invalidRequest, id: id ?? .null)
        }
        return .request(RPCRequest(id: id, method: method, parameters: parameters))
    }
}
