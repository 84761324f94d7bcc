/// What a positional parameter of a command means to the user.
enum ParameterKind: Equatable {
    /// A name; digits alone are an id; `@` before it makes anything a name.
    case user
    /// An id, or the name of one of one's own groups.
    case group
    /// `direct:3:9`, `group:7`, or the name of a group of one's own, or of a user.
    case conversation
    case integer
    /// `true` or `false`.
    case truth
    /// One word (on a command line: one argument).
    case word
    /// All that follows.
    case text
    /// Never typed in the clear: from the environment, a file or the terminal.
    case password
    /// A password to be, typed twice.
    case newPassword
}

/// A parameter of a command, by its name on the wire.
struct ParameterSpec: Equatable {
    let name: String
    let kind: ParameterKind

    /// As the help shows it.
    var label: String { kind == .user ? "USER" : name.uppercased() }
}

/// A command of the protocol as the client knows it.
struct CommandSpec: Equatable {
    let method: String
    let required: [ParameterSpec]
    /// May follow in this order, or be given as `name=value` anywhere before a text.
    let optional: [ParameterSpec]
    let retry: RetryRule
    let needsLogin: Bool
    let summary: String

    /// The parameters that are typed.
    var typed: [ParameterSpec] { required.filter { $0.kind != .password && $0.kind != .newPassword } }
    var endsInText: Bool { required.last?.kind == .text }
}

/// Every command of the protocol, on one screen. A server that does not know one yet says so.
enum CommandTable {
    static let commands: [CommandSpec] = [
        open("hello", [], [], .freely, "what the server is, and its limits"),
        open("register", [("name", .word), ("password", .newPassword)], [], .underItsKey, "make a new account"),
        open("login", [("name", .word), ("password", .password)], [], .never, "log in and keep the token"),
        account("logout", [], .never, "end the session and its token"),
        account(
            "changepassword", [("old", .password), ("new", .newPassword)], .underItsKey, "and end all other sessions"),
        account("deleteaccount", [("password", .password)], .never, "delete the account for good"),
        account("whoami", [], .freely, "user, session, device, node"),
        account("sessions", [], .freely, "open sessions and known devices"),
        account("endsession", [("session", .word)], .freely, "end one of one's own sessions"),
        account("enddevice", [("device", .word)], .freely, "end a device's session and forget it"),
        query("finduser", [("query", .word)], [("limit", .integer)], "users whose names begin so"),
        open("ping", [], [], .freely, "see whether the server answers"),

        change("addfriend", [("user", .user)], [], "ask somebody to be a friend"),
        change("acceptfriend", [("user", .user)], [], "accept such a request"),
        change("rejectfriend", [("user", .user)], [], "reject such a request; nobody is told"),
        change("removefriend", [("user", .user)], [], "end a friendship, or take back a request"),
        change("block", [("user", .user)], [], "hear nothing more from somebody"),
        change("unblock", [("user", .user)], [], "take that back"),
        query("friends", [], [("after", .integer), ("limit", .integer)], "friends and requests"),

        change(
            "creategroup", [("name", .word)], [("description", .word), ("visibility", .word)],
            "make a group; visibility open or invite"),
        change(
            "updategroup", [("group", .group)], [("name", .word), ("description", .word), ("visibility", .word)],
            "change a group"),
        change("deletegroup", [("group", .group)], [], "delete a group"),
        change("joingroup", [("group", .group)], [], "join an open group, or accept an invitation"),
        change("leavegroup", [("group", .group)], [], "leave a group, or decline an invitation"),
        change("invite", [("group", .group), ("user", .user)], [], "invite somebody into a group"),
        change("kick", [("group", .group), ("user", .user)], [], "remove somebody from a group"),
        change(
            "setrole", [("group", .group), ("user", .user), ("role", .word)], [], "role: member, admin or owner"),
        query("groups", [], [("after", .integer), ("limit", .integer)], "one's groups and invitations"),
        query("groupinfo", [("group", .group)], [("after", .integer), ("limit", .integer)], "a group and its members"),
        query("findgroup", [("query", .word)], [("limit", .integer)], "open groups whose names begin so"),

        change("chat", [("to", .user), ("text", .text)], [("replyTo", .integer)], "send somebody a message"),
        change("groupchat", [("group", .group), ("text", .text)], [("replyTo", .integer)], "send a group a message"),
        change(
            "edit", [("conversation", .conversation), ("seq", .integer), ("text", .text)], [],
            "change a message of one's own"),
        change("recall", [("conversation", .conversation), ("seq", .integer)], [], "take a message back"),
        change(
            "react", [("conversation", .conversation), ("seq", .integer), ("emoji", .word)], [("remove", .truth)],
            "react to a message with an emoji"),
        query("ack", [("position", .integer)], [], "say that all up to a position has arrived"),
        query(
            "read", [("conversation", .conversation), ("seq", .integer)], [], "say that one has read up to a message"),
        query("typing", [("conversation", .conversation)], [], "show that one is typing"),
        query(
            "history", [("conversation", .conversation)],
            [("before", .integer), ("after", .integer), ("limit", .integer)], "what was said"),
        query("conversations", [], [("limit", .integer), ("before", .integer)], "conversations, the newest first"),
        query(
            "search", [("query", .word)],
            [("conversation", .conversation), ("limit", .integer), ("before", .integer)], "find messages"),
    ]

    static func find(_ method: String) -> CommandSpec? {
        commands.first { $0.method == method }
    }

    private typealias Parameters = [(String, ParameterKind)]

    private static func spec(
        _ method: String, _ required: Parameters, _ optional: Parameters, _ retry: RetryRule, _ needsLogin: Bool,
        _ summary: String
    ) -> CommandSpec {
        CommandSpec(
            method: method, required: required.map { ParameterSpec(name: $0, kind: $1) },
            optional: optional.map { ParameterSpec(name: $0, kind: $1) }, retry: retry, needsLogin: needsLogin,
            summary: summary)
    }

    /// Needs no login.
    private static func open(
        _ method: String, _ required: Parameters, _ optional: Parameters, _ retry: RetryRule, _ summary: String
    ) -> CommandSpec {
        spec(method, required, optional, retry, false, summary)
    }

    private static func account(
        _ method: String, _ required: Parameters, _ retry: RetryRule, _ summary: String
    ) -> CommandSpec {
        spec(method, required, [], retry, true, summary)
    }

    /// Changes something, once under its key.
    private static func change(
        _ method: String, _ required: Parameters, _ optional: Parameters, _ summary: String
    ) -> CommandSpec {
        spec(method, required, optional, .underItsKey, true, summary)
    }

    /// May be repeated at will.
    private static func query(
        _ method: String, _ required: Parameters, _ optional: Parameters, _ summary: String
    ) -> CommandSpec {
        spec(method, required, optional, .freely, true, summary)
    }
}
