public import ChatDomain
public import JSONText

/// What the wire contract says of one method: the router serves it, `rpc.discover` describes it.
public struct MethodContract: Sendable {
    /// A parameter, by its name.
    public struct Parameter: Sendable {
        /// Its name.
        public var name: String
        /// What it may be, as a JSON Schema.
        public var schema: JSONValue
        /// Whether it must be there.
        public var isRequired: Bool

        static func needed(_ name: String, _ schema: JSONValue) -> Parameter {
            Parameter(name: name, schema: schema, isRequired: true)
        }

        static func optional(_ name: String, _ schema: JSONValue) -> Parameter {
            Parameter(name: name, schema: schema, isRequired: false)
        }
    }

    /// Its name.
    public var name: String
    /// One sentence for people.
    public var summary: String
    /// Its parameters.
    public var parameters: [Parameter]
    /// Its result, as a JSON Schema.
    public var result: JSONValue
    /// The refusals of its own, beside those that any method may meet.
    public var refusals: [Refusal]

    init(
        _ name: String, _ summary: String, _ parameters: [Parameter] = [], result: JSONValue = Schema.empty,
        refusals: [Refusal] = []
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.result = result
        self.refusals = refusals
    }

    /// Every method of the contract, in its order there.
    public static let all = account + friends + groups + messages

    /// What the contract says of a method.
    public static func named(_ name: String) -> MethodContract? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

/// Something that the server says of its own accord.
public struct PushContract: Sendable {
    /// Its method.
    public var name: String
    /// One sentence for people.
    public var summary: String
    /// Its parameters, as a JSON Schema.
    public var parameters: JSONValue
    /// Whether it belongs to the user's feed.
    public var isFeed: Bool

    init(_ name: String, _ summary: String, _ parameters: JSONValue, isFeed: Bool = false) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.isFeed = isFeed
    }
}
