import ChatDomain
import JSONText

extension MethodContract {
    static let account: [MethodContract] = [
        MethodContract(
            "hello", "What the server is, and its limits; no login needed.",
            result: Schema.object([
                ("server", Schema.string), ("version", Schema.string), ("protocol", Schema.integer),
                ("node", Schema.string),
                ("limits", ["type": "object", "additionalProperties": Schema.integer]),
            ])),
        MethodContract("ping", "A sign of life; no login needed."),
        MethodContract(
            "rpc.discover", "This description; no login needed.",
            result: ["$ref": "https://meta.open-rpc.org/"]),
        MethodContract(
            "register", "Makes an account; does not log in; no login needed.",
            [.needed("name", Schema.ref("UserName")), .needed("password", Schema.ref("Password")), Schema.key],
            result: Schema.object([("user", Schema.user)]), refusals: [.nameTaken, .keyReused]),
        MethodContract(
            "login", "Opens a session with the password or a token; its feed follows the answer.",
            [
                .optional("name", Schema.string), .optional("user", Schema.userReference),
                .optional("password", Schema.string), .optional("token", Schema.string),
                .optional("device", Schema.string(1, 64)), .optional("since", Schema.position),
                .optional("epoch", Schema.string), .optional("feed", Schema.boolean),
            ], result: loginResult, refusals: [.badCredentials, .badToken, .alreadyLoggedIn]),
        MethodContract("logout", "Ends the session and its token; the connection stays open."),
        MethodContract(
            "changepassword", "Sets another password; all other sessions and tokens end.",
            [.needed("old", Schema.string), .needed("new", Schema.ref("Password")), Schema.key],
            refusals: [.badCredentials, .keyReused]),
        MethodContract(
            "deleteaccount", "Ends the account: its name is free, its personal data can no longer be read.",
            [.needed("password", Schema.string)], refusals: [.badCredentials]),
        MethodContract(
            "whoami", "Whose session this is.",
            result: Schema.object([
                ("user", Schema.user), ("session", Schema.string), ("device", Schema.orNull(Schema.string)),
                ("node", Schema.string),
            ])),
        MethodContract("sessions", "The caller's open sessions and known devices.", result: sessionsResult),
        MethodContract(
            "endsession", "Ends one of the caller's sessions and its token.", [.needed("session", Schema.string)],
            refusals: [.noSuchSession]),
        MethodContract(
            "enddevice", "Ends a device's session and tokens, and forgets it.",
            [.needed("device", Schema.string(1, 64))], refusals: [.noSuchSession]),
        MethodContract(
            "finduser", "Users whose folded names begin with the folded query.",
            [.needed("query", Schema.string), Schema.limit(50)],
            result: Schema.object([("users", Schema.list(Schema.user))])),
    ]

    private static let loginResult = Schema.object(
        [
            ("user", Schema.user), ("session", Schema.string), ("device", Schema.orNull(Schema.string)),
            ("token", Schema.string), ("epoch", Schema.string), ("position", Schema.position),
            ("friends", Schema.list(Schema.ref("Friend"))), ("requests", Schema.list(Schema.user)),
            ("groups", Schema.list(Schema.group)), ("invitations", Schema.list(Schema.ref("Invitation"))),
        ],
        optional: [("more", Schema.boolean), ("reset", Schema.object([("position", Schema.position)]))])

    private static let sessionsResult = Schema.object([
        (
            "sessions",
            Schema.list(
                Schema.object([
                    ("session", Schema.string), ("device", Schema.orNull(Schema.string)), ("node", Schema.string),
                    ("openedAt", Schema.time), ("address", Schema.orNull(Schema.string)),
                    ("current", Schema.boolean),
                ]))
        ),
        (
            "devices",
            Schema.list(
                Schema.object([
                    ("device", Schema.string), ("lastSeen", Schema.time), ("online", Schema.boolean),
                ]))
        ),
    ])
}
