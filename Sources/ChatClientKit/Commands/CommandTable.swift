import ParleyClient

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
        open("hello", [], [], "what the server is, and its limits"),
        open("register", [("name", .word), ("password", .newPassword)], [], "make a new account"),
        open("login", [("name", .word), ("password", .password)], [], "log in and keep the token"),
        account("logout", [], "end the session and its token"),
        account(
            "changepassword", [("old", .password), ("new", .newPassword)], "and end all other sessions"),
        account("deleteaccount", [("password", .password)], "delete the account for good"),
        account("whoami", [], "user, session, device, node"),
        account("sessions", [], "open sessions and known devices"),
        account("endsession", [("session", .word)], "end one of one's own sessions"),
        account("enddevice", [("device", .word)], "end a device's session and forget it"),
        command("finduser", [("query", .word)], [("limit", .integer)], "users whose names begin so"),
        open("ping", [], [], "see whether the server answers"),

        command("addfriend", [("user", .user)], [], "ask somebody to be a friend"),
        command("acceptfriend", [("user", .user)], [], "accept such a request"),
        command("rejectfriend", [("user", .user)], [], "reject such a request; nobody is told"),
        command("removefriend", [("user", .user)], [], "end a friendship, or take back a request"),
        command("block", [("user", .user)], [], "hear nothing more from somebody"),
        command("unblock", [("user", .user)], [], "take that back"),
        command("friends", [], [("after", .integer), ("limit", .integer)], "friends and requests"),

        command(
            "creategroup", [("name", .word)], [("description", .word), ("visibility", .word)],
            "make a group; visibility open or invite"),
        command(
            "updategroup", [("group", .group)], [("name", .word), ("description", .word), ("visibility", .word)],
            "change a group"),
        command("deletegroup", [("group", .group)], [], "delete a group"),
        command("joingroup", [("group", .group)], [], "join an open group, or accept an invitation"),
        command("leavegroup", [("group", .group)], [], "leave a group, or decline an invitation"),
        command("invite", [("group", .group), ("user", .user)], [], "invite somebody into a group"),
        command("kick", [("group", .group), ("user", .user)], [], "remove somebody from a group"),
        command(
            "setrole", [("group", .group), ("user", .user), ("role", .word)], [], "role: member, admin or owner"),
        command("groups", [], [("after", .integer), ("limit", .integer)], "one's groups and invitations"),
        command(
            "groupinfo", [("group", .group)], [("after", .integer), ("limit", .integer)], "a group and its members"),
        command("findgroup", [("query", .word)], [("limit", .integer)], "open groups whose names begin so"),

        command("chat", [("to", .user), ("text", .text)], [("replyTo", .integer)], "send somebody a message"),
        command("groupchat", [("group", .group), ("text", .text)], [("replyTo", .integer)], "send a group a message"),
        command(
            "edit", [("conversation", .conversation), ("seq", .integer), ("text", .text)], [],
            "change a message of one's own"),
        command("recall", [("conversation", .conversation), ("seq", .integer)], [], "take a message back"),
        command(
            "react", [("conversation", .conversation), ("seq", .integer), ("emoji", .word)], [("remove", .truth)],
            "react to a message with an emoji"),
        command("ack", [("position", .integer)], [], "say that all up to a position has arrived"),
        command(
            "read", [("conversation", .conversation), ("seq", .integer)], [], "say that one has read up to a message"),
        command("typing", [("conversation", .conversation)], [], "show that one is typing"),
        command(
            "history", [("conversation", .conversation)],
            [("before", .integer), ("after", .integer), ("limit", .integer)], "what was said"),
        command("conversations", [], [("limit", .integer), ("before", .integer)], "conversations, the newest first"),
        command(
            "search", [("query", .word)],
            [("conversation", .conversation), ("limit", .integer), ("before", .integer)], "find messages"),
    ]

    static func find(_ method: String) -> CommandSpec? {
        commands.first { $0.method == method }
    }

    private typealias Parameters = [(String, ParameterKind)]

    private static func spec(
        _ method: String, _ required: Parameters, _ optional: Parameters, _ needsLogin: Bool,
        _ summary: String
    ) -> CommandSpec {
        CommandSpec(
            method: method, required: required.map { ParameterSpec(name: $0, kind: $1) },
            optional: optional.map { ParameterSpec(name: $0, kind: $1) }, retry: .usual(for: method),
            needsLogin: needsLogin,
            summary: summary)
    }

    /// Needs no login.
    private static func open(
        _ method: String, _ required: Parameters, _ optional: Parameters, _ summary: String
    ) -> CommandSpec {
        spec(method, required, optional, false, summary)
    }

    private static func account(
        _ method: String, _ required: Parameters, _ summary: String
    ) -> CommandSpec {
        spec(method, required, [], true, summary)
    }

    private static func command(
        _ method: String, _ required: Parameters, _ optional: Parameters, _ summary: String
    ) -> CommandSpec {
        spec(method, required, optional, true, summary)
    }
}
