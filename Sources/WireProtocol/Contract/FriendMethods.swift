import ChatDomain
import JSONText

extension MethodContract {
    static let friends: [MethodContract] = [
        MethodContract(
            "addfriend", "Asks for friendship, or agrees to it if the other side had asked.", toUser,
            result: Schema.object([("state", Schema.words("requested", "friends"))]),
            refusals: people + [.alreadyFriends, .alreadyRequested, .forbidden, .tooMany, .keyReused]),
        MethodContract(
            "acceptfriend", "Agrees to a request.", toUser, result: Schema.object([("state", Schema.words("friends"))]),
            refusals: people + [.noSuchRequest, .alreadyFriends, .tooMany, .keyReused]),
        MethodContract(
            "rejectfriend", "Says no to a request; nobody is told.", toUser,
            result: Schema.object([("state", Schema.words("none"))]), refusals: people + [.noSuchRequest, .keyReused]),
        MethodContract(
            "removefriend", "Ends a friendship, or takes a request back.", toUser, refusals: people + [.keyReused]),
        MethodContract(
            "block", "Ends a friendship and all requests, and lets the user write no more.", toUser,
            refusals: people + [.keyReused]),
        MethodContract("unblock", "Takes a block back.", toUser, refusals: people + [.keyReused]),
        MethodContract(
            "friends", "Friends by id; with the first page requests and blocks too.",
            [.optional("after", Schema.integer), Schema.limit(500)],
            result: Schema.object(
                [("more", Schema.boolean), ("friends", Schema.list(Schema.ref("Friend")))],
                optional: [
                    ("requests", Schema.list(Schema.user)), ("requested", Schema.list(Schema.user)),
                    ("blocked", Schema.list(Schema.user)),
                ])),
    ]

    private static let toUser: [Parameter] = [.needed("user", Schema.userReference), Schema.key]
    private static let people: [Refusal] = [.noSuchUser, .selfNotAllowed]
}
