import ChatDomain
import JSONText

extension MethodContract {
    static let messages: [MethodContract] = saying + marking + reading

    private static let saying: [MethodContract] = [
        MethodContract(
            "chat", "Says something to a user; answered when it is on disk.",
            [.needed("to", Schema.userReference)] + said, result: sent,
            refusals: [.noSuchUser, .selfNotAllowed, .forbidden, .noSuchMessage, .keyReused]),
        MethodContract(
            "groupchat", "Says something in a group; answered when it is on disk.",
            [.needed("group", Schema.groupID)] + said, result: sent,
            refusals: [.noSuchGroup, .notAMember, .noSuchMessage, .keyReused]),
        MethodContract(
            "typing", "Tells the other participants that something is being written.", [conversation],
            refusals: participant),
    ]

    private static let marking: [MethodContract] = [
        MethodContract(
            "edit", "Changes the text of one's own message.", oneMessage + [.needed("text", Schema.text), Schema.key],
            result: Schema.object([("position", Schema.position)]), refusals: marks + [.notAllowed]),
        MethodContract(
            "recall", "Takes a message's text away from everybody.", oneMessage + [Schema.key],
            result: Schema.object([("position", Schema.position)]), refusals: marks + [.notAllowed]),
        MethodContract(
            "react", "Adds a reaction to a message, or removes one.",
            oneMessage + [
                .needed("emoji", Schema.ref("Emoji")), .optional("remove", Schema.boolean), Schema.key,
            ], result: Schema.object([("position", Schema.orNull(Schema.position))]), refusals: marks + [.tooMany]),
        MethodContract(
            "ack", "Says that everything pushed up to a position has arrived; usually a notification.",
            [.needed("position", Schema.position)]),
        MethodContract(
            "read", "Says that everything up to a message was read.", oneMessage + [Schema.key],
            refusals: participant + [.keyReused]),
    ]

    private static let reading: [MethodContract] = [
        MethodContract(
            "history", "Messages of a conversation, ascending, bounds excluded.",
            [
                conversation, .optional("before", Schema.integer), .optional("after", Schema.integer),
                Schema.limit(200, default: 50),
            ],
            result: Schema.object(
                [("messages", Schema.list(Schema.message)), ("more", Schema.boolean)],
                optional: [("archived", Schema.boolean)]),
            refusals: participant),
        MethodContract(
            "conversations", "The caller's conversations, the newest first, with what is unread.",
            [Schema.limit(100), .optional("before", Schema.position)],
            result: Schema.object([
                ("conversations", Schema.list(conversationEntry)), ("more", Schema.boolean),
            ])),
        MethodContract(
            "search", "Messages that contain a text after folding, newest first.",
            [
                .needed("query", Schema.string(2, 64)), .optional("conversation", Schema.conversation),
                Schema.limit(50), .optional("before", Schema.position),
            ],
            result: Schema.object([
                ("messages", Schema.list(Schema.message)), ("more", Schema.boolean), ("upTo", Schema.position),
            ]), refusals: participant),
    ]

    private static let conversation = Parameter.needed("conversation", Schema.conversation)
    private static let oneMessage = [conversation, Parameter.needed("seq", Schema.seq)]
    private static let said: [Parameter] = [
        .needed("text", Schema.text), .optional("replyTo", Schema.seq), Schema.key,
    ]
    private static let sent = Schema.object([
        ("position", Schema.position), ("conversation", Schema.conversation), ("seq", Schema.seq),
        ("at", Schema.time),
    ])
    private static let participant: [Refusal] = [.forbidden, .notAMember]
    private static let marks: [Refusal] = participant + [.noSuchMessage, .keyReused]

    private static let conversationEntry = Schema.object(
        [
            ("conversation", Schema.conversation), ("position", Schema.position), ("lastSeq", Schema.integer),
            ("readSeq", Schema.integer), ("unread", Schema.integer),
        ],
        optional: [
            ("with", Schema.user), ("group", Schema.group), ("last", Schema.message),
            ("others", Schema.object([("delivered", Schema.integer), ("read", Schema.integer)])),
        ])
}
