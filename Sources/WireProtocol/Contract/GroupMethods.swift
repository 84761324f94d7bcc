import ChatDomain
import JSONText

extension MethodContract {
    static let groups: [MethodContract] = groupLife + groupPeople + groupQueries

    private static let groupLife: [MethodContract] = [
        MethodContract(
            "creategroup", "Makes a group that the caller owns.",
            [.needed("name", Schema.string(1, 64))] + settings + [Schema.key],
            result: oneGroup, refusals: [.tooMany, .keyReused]),
        MethodContract(
            "updategroup", "Changes a group's settings; owner or admin.",
            [inGroup, .optional("name", Schema.string(1, 64))] + settings + [Schema.key],
            result: oneGroup, refusals: member),
        MethodContract("deletegroup", "Ends a group; owner.", [inGroup, Schema.key], refusals: member),
        MethodContract(
            "joingroup", "Makes the caller a member of an open group, or uses up an invitation.",
            [inGroup, Schema.key], result: oneGroup,
            refusals: [.noSuchGroup, .alreadyMember, .forbidden, .groupFull, .tooMany, .keyReused]),
        MethodContract(
            "leavegroup", "Ends a membership, or declines an invitation.", [inGroup, Schema.key],
            refusals: [.noSuchGroup, .notAMember, .ownerMustPassOn, .keyReused]),
    ]

    private static let groupPeople: [MethodContract] = [
        MethodContract(
            "invite", "Invites a user; any member of an open group, admins of others.", [inGroup, whom, Schema.key],
            refusals: member + [.noSuchUser, .alreadyMember, .alreadyInvited, .selfNotAllowed, .forbidden, .tooMany]),
        MethodContract(
            "kick", "Removes a member, or takes an invitation back.", [inGroup, whom, Schema.key],
            refusals: member + [.noSuchUser, .noSuchMember, .selfNotAllowed]),
        MethodContract(
            "setrole", "Gives a member another role; `owner` passes ownership on.",
            [inGroup, whom, .needed("role", Schema.words("owner", "admin", "member")), Schema.key],
            refusals: member + [.noSuchUser, .noSuchMember, .selfNotAllowed]),
    ]

    private static let groupQueries: [MethodContract] = [
        MethodContract(
            "groups", "The caller's groups by id; with the first page the invitations.",
            [.optional("after", Schema.integer), Schema.limit(200)],
            result: Schema.object(
                [("more", Schema.boolean), ("groups", Schema.list(Schema.group))],
                optional: [("invitations", Schema.list(Schema.ref("Invitation")))])),
        MethodContract(
            "groupinfo", "A group and its members by id.",
            [inGroup, .optional("after", Schema.integer), Schema.limit(500)],
            result: Schema.object([
                ("group", Schema.group), ("members", Schema.list(Schema.ref("Member"))), ("more", Schema.boolean),
            ]), refusals: [.noSuchGroup, .forbidden]),
        MethodContract(
            "findgroup", "Open groups whose folded name begins with the folded query.",
            [.needed("query", Schema.string), Schema.limit(50)],
            result: Schema.object([("groups", Schema.list(Schema.group))])),
    ]

    private static let inGroup = Parameter.needed("group", Schema.groupID)
    private static let whom = Parameter.needed("user", Schema.userReference)
    private static let settings: [Parameter] = [
        .optional("description", Schema.string(0, 500)), .optional("visibility", Schema.words("open", "invite")),
    ]
    private static let oneGroup = Schema.object([("group", Schema.group)])
    private static let member: [Refusal] = [.noSuchGroup, .notAMember, .notAllowed, .keyReused]
}
