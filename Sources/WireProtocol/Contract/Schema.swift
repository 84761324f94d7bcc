import JSONText

/// The JSON Schemas of what the wire contract speaks of.
enum Schema {
    static let empty = object([])
    static let boolean: JSONValue = ["type": "boolean"]
    static let integer: JSONValue = ["type": "integer"]
    static let string: JSONValue = ["type": "string"]
    static let time = ref("Time")
    static let user = ref("User")
    static let group = ref("Group")
    static let message = ref("Message")
    static let position = ref("Position")
    static let seq = ref("Seq")
    static let conversation = ref("Conversation")
    static let userReference = ref("UserReference")
    static let groupID = ref("GroupID")
    static let text = ref("Text")
    static let key = MethodContract.Parameter.optional("key", ref("Key"))

    /// A page's size: above the maximum it is lowered to it.
    static func limit(_ maximum: Int64, default fallback: Int64? = nil) -> MethodContract.Parameter {
        .optional("limit", ["type": "integer", "minimum": 1, "default": .integer(fallback ?? maximum)])
    }

    static func ref(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    static func list(_ element: JSONValue) -> JSONValue { ["type": "array", "items": element] }

    static func words(_ words: String...) -> JSONValue {
        ["type": "string", "enum": .array(words.map { .string($0) })]
    }

    static func string(_ least: Int64, _ most: Int64) -> JSONValue {
        ["type": "string", "minLength": .integer(least), "maxLength": .integer(most)]
    }

    static func orNull(_ schema: JSONValue) -> JSONValue { ["oneOf": [schema, ["type": "null"]]] }

    /// An object whose members are all there, but for the optional ones.
    static func object(
        _ members: [(String, JSONValue)], optional: [(String, JSONValue)] = []
    ) -> JSONValue {
        var schema: JSONObject = ["type": "object"]
        if !members.isEmpty || !optional.isEmpty { schema["properties"] = .object(JSONObject(members + optional)) }
        if !members.isEmpty { schema["required"] = .array(members.map { .string($0.0) }) }
        return .object(schema)
    }

    /// What the others refer to, by name.
    static let components: JSONValue = [
        "Position": ["type": "integer", "minimum": 0, "description": "A place in the log: from 1, commit order."],
        "Seq": ["type": "integer", "minimum": 1, "description": "A message's number in its conversation."],
        "Time": ["type": "string", "format": "date-time", "description": "RFC 3339, UTC, milliseconds."],
        "Conversation": [
            "type": "string", "pattern": "^(direct:[0-9]+:[0-9]+|group:[0-9]+)$",
            "description": "direct:3:9, the smaller user id first, or group:7.",
        ],
        "UserReference": [
            "oneOf": [integer, string], "description": "A user's id, or a user's name.",
        ],
        "GroupID": ["type": "integer", "description": "A group's id."],
        "UserName": [
            "type": "string", "minLength": 2, "maxLength": 32,
            "description": "Letters, marks and digits of any script and _ . -, beginning with a letter or digit.",
        ],
        "Password": ["type": "string", "description": "8 to 128 bytes."],
        "Text": ["type": "string", "minLength": 1, "description": "1 to text.bytes bytes of UTF-8."],
        "Emoji": ["type": "string", "description": "1 to 32 bytes without white space or control characters."],
        "Key": [
            "type": "string", "minLength": 1, "maxLength": 64,
            "description": "Chosen by the client: the command is carried out once under it.",
        ],
        "User": object([("id", integer), ("name", orNull(string))]),
        "Group": object(
            [
                ("id", integer), ("name", string), ("description", string), ("visibility", words("open", "invite")),
                ("members", integer),
            ], optional: [("role", words("owner", "admin", "member"))]),
        "Invitation": object([("group", group), ("by", user), ("at", time)]),
        "Friend": object(
            [("id", integer), ("name", orNull(string)), ("online", boolean)], optional: [("lastSeen", time)]),
        "Member": object(
            [("id", integer), ("name", orNull(string)), ("role", words("owner", "admin", "member"))],
            optional: [("online", boolean)]),
        "Message": object(
            [
                ("position", position), ("conversation", conversation), ("seq", seq), ("from", user),
                ("text", string), ("at", time),
            ],
            optional: [
                ("replyTo", seq), ("edited", boolean), ("recalled", boolean), ("reactions", ref("Reactions")),
            ]),
        "Reactions": [
            "type": "object", "description": "By emoji; users: the first ten.",
            "additionalProperties": object([("count", integer), ("users", list(integer))]),
        ],
    ]
}
