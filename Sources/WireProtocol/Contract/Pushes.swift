import JSONText

extension PushContract {
    /// What the server says of its own accord, in the order of the contract.
    public static let all: [PushContract] = [
        PushContract("message", "Something was said.", Schema.message, isFeed: true),
        PushContract("edited", "A message has another text.", mark([("text", Schema.string)]), isFeed: true),
        PushContract("recalled", "A message's text is gone.", mark([]), isFeed: true),
        PushContract(
            "reaction", "Somebody reacted to a message, or took it back.",
            mark([("emoji", Schema.ref("Emoji")), ("removed", Schema.boolean)]), isFeed: true),
        PushContract(
            "friendrequest", "Somebody asks for friendship; told to both.",
            positioned([("from", Schema.user), ("to", Schema.user)]), isFeed: true),
        PushContract("friendadded", "A friendship began.", positioned([("user", Schema.user)]), isFeed: true),
        PushContract("friendremoved", "A friendship ended.", positioned([("user", Schema.user)]), isFeed: true),
        PushContract("groupchanged", "A group, or who is in it, changed.", groupChanged, isFeed: true),
        PushContract("caughtup", "The backlog up to the login's position is through.", positioned([])),
        PushContract(
            "presence", "A friend came or went.",
            Schema.object([("user", Schema.user), ("online", Schema.boolean), ("at", Schema.time)])),
        PushContract(
            "receipt", "How far somebody has received or read a conversation.",
            Schema.object(
                [("conversation", Schema.conversation), ("user", Schema.user)],
                optional: [("delivered", Schema.seq), ("read", Schema.seq)])),
        PushContract(
            "typing", "Somebody is writing.",
            Schema.object([("conversation", Schema.conversation), ("user", Schema.user)])),
        PushContract(
            "goaway", "The connection is about to be closed.",
            Schema.object(
                [("reason", Schema.words("draining", "shutdown", "idle", "slow", "replaced", "revoked"))],
                optional: [("retryAfter", Schema.integer)])),
    ]

    private static func positioned(_ members: [(String, JSONValue)]) -> JSONValue {
        Schema.object([("position", Schema.position)] + members)
    }

    private static func mark(_ members: [(String, JSONValue)]) -> JSONValue {
        positioned(
            [
                ("conversation", Schema.conversation), ("seq", Schema.seq), ("by", Schema.user), ("at", Schema.time),
            ] + members)
    }

    private static let groupChanged = Schema.object(
        [
            ("position", Schema.position), ("group", Schema.group),
            (
                "change",
                Schema.words(
                    "created", "updated", "deleted", "joined", "left", "invited", "declined", "withdrawn", "kicked",
                    "role")
            ), ("by", Schema.user),
        ], optional: [("user", Schema.user), ("role", Schema.words("owner", "admin", "member"))])
}
