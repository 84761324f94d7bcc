extension Authority {
    static let accountRules: [Rule] = [
        own("hello"), own("ping"), own("rpc.discover"), own("register"), own("login", .alreadyLoggedIn), own("logout"),
        own("whoami"),
        own("changepassword"), own("deleteaccount"), own("sessions"), own("endsession"), own("enddevice"),
        own("finduser"), own("friends"), own("creategroup"), own("groups"), own("findgroup"), own("conversations"),
        own("search"), own("ack"),
    ]

    static let personRules: [Rule] = [
        person(
            "addfriend", yes: [.stranger, .asked],
            [.friend: .alreadyFriends, .blocked: .forbidden, .blocker: .forbidden]),
        person(
            "acceptfriend", yes: [.asked],
            [
                .stranger: .noSuchRequest, .friend: .alreadyFriends, .blocked: .noSuchRequest,
                .blocker: .noSuchRequest,
            ]),
        person(
            "rejectfriend", yes: [.asked],
            [
                .stranger: .noSuchRequest, .friend: .noSuchRequest, .blocked: .noSuchRequest,
                .blocker: .noSuchRequest,
            ]),
        person("removefriend", yes: [.stranger, .asked, .friend, .blocked, .blocker]),
        person("block", yes: [.stranger, .asked, .friend, .blocked, .blocker]),
        person("unblock", yes: [.stranger, .asked, .friend, .blocked, .blocker]),
        person("chat", yes: [.stranger, .asked, .friend], [.blocked: .forbidden, .blocker: .forbidden]),
        direct("edit", "one's own message", but: [.blocked: .forbidden]),
        direct(
            "edit", "the other's message",
            but: [
                .stranger: .notAllowed, .asked: .notAllowed, .friend: .notAllowed, .blocked: .forbidden,
                .blocker: .notAllowed, .bereaved: .notAllowed,
            ]),
        direct("recall", "one's own message"),
        direct(
            "recall", "the other's message",
            but: [
                .stranger: .notAllowed, .asked: .notAllowed, .friend: .notAllowed, .blocked: .notAllowed,
                .blocker: .notAllowed, .bereaved: .notAllowed,
            ]),
        direct("react", "", but: [.blocked: .forbidden]),
        direct("typing", "", but: [.blocked: .forbidden]),
        direct("read", ""),
        direct("history", ""),
        direct(
            "history", "of two others",
            but: [
                .stranger: .forbidden, .asked: .forbidden, .friend: .forbidden, .blocked: .forbidden,
                .blocker: .forbidden, .bereaved: .forbidden,
            ]),
    ]

    private static let members: [Relation] = [.member, .admin, .owner]

    static let groupRules: [Rule] = [
        group("updategroup", yes: [.admin, .owner], [.member: .notAllowed]),
        group("deletegroup", yes: [.owner], [.member: .notAllowed, .admin: .notAllowed]),
        group(
            "joingroup", "an open group", yes: [.outsider, .invited, .former],
            [.member: .alreadyMember, .admin: .alreadyMember, .owner: .alreadyMember, .kicked: .forbidden]),
        group(
            "joingroup", "an invite-only group", .invite, yes: [.invited],
            [
                .outsider: .forbidden, .member: .alreadyMember, .admin: .alreadyMember, .owner: .alreadyMember,
                .kicked: .forbidden, .former: .forbidden,
            ]),
        group("leavegroup", yes: [.invited, .member, .admin], [.owner: .ownerMustPassOn]),
        group("invite", "into an open group", yes: members),
        group("invite", "into an invite-only group", .invite, yes: [.admin, .owner], [.member: .notAllowed]),
        group("invite", "somebody once kicked", yes: [.admin, .owner], [.member: .notAllowed]),
        group("kick", "a member", yes: [.admin, .owner], [.member: .notAllowed]),
        group("kick", "an admin", yes: [.owner], [.member: .notAllowed, .admin: .notAllowed]),
        group("kick", "the owner", yes: [], [.member: .notAllowed, .admin: .notAllowed], none: [.owner]),
        group("kick", "somebody invited", yes: [.admin, .owner], [.member: .notAllowed]),
        group("setrole", "of a member", yes: [.owner], [.member: .notAllowed, .admin: .notAllowed]),
        group("setrole", "to pass ownership on", yes: [.owner], [.member: .notAllowed, .admin: .notAllowed]),
        group("groupinfo", "of an open group", yes: Scope.group(.open).relations),
        group(
            "groupinfo", "of an invite-only group", .invite, yes: [.invited] + members,
            [.outsider: .forbidden, .kicked: .forbidden, .former: .forbidden]),
    ]

    static let messageRules: [Rule] = [
        group("groupchat", yes: members),
        group("edit", "one's own message in a group", yes: members),
        group(
            "edit", "another's message in a group", yes: [],
            [.member: .notAllowed, .admin: .notAllowed, .owner: .notAllowed]),
        group("recall", "one's own message in a group", yes: members),
        group("recall", "another's message in a group", yes: [.admin, .owner], [.member: .notAllowed]),
        group("react", "in a group", yes: members),
        group("typing", "in a group", yes: members),
        group("read", "in a group", yes: members),
        group("history", "of a group", yes: members),
    ]
}
