/// Why a command was not carried out, in the stable words of the wire contract.
public enum Refusal: String, Error, Sendable, Hashable, CaseIterable {
    case notLoggedIn = "not_logged_in"
    case badCredentials = "bad_credentials"
    case badToken = "bad_token"
    case forbidden
    case notAMember = "not_a_member"
    case notAllowed = "not_allowed"
    case noSuchUser = "no_such_user"
    case noSuchGroup = "no_such_group"
    case noSuchMember = "no_such_member"
    case noSuchMessage = "no_such_message"
    case noSuchRequest = "no_such_request"
    case noSuchSession = "no_such_session"
    case nameTaken = "name_taken"
    case alreadyFriends = "already_friends"
    case alreadyRequested = "already_requested"
    case alreadyMember = "already_member"
    case alreadyInvited = "already_invited"
    case alreadyLoggedIn = "already_logged_in"
    case ownerMustPassOn = "owner_must_pass_on"
    case keyReused = "key_reused"
    case groupFull = "group_full"
    case tooMany = "too_many"
    case selfNotAllowed = "self_not_allowed"
    case rateLimited = "rate_limited"
    case unavailable

    /// The stable word.
    public var reason: String { rawValue }

    /// The HTTP-like code.
    public var code: Int {
        switch self {
        case .notLoggedIn, .badCredentials, .badToken: 401
        case .forbidden, .notAMember, .notAllowed: 403
        case .noSuchUser, .noSuchGroup, .noSuchMember, .noSuchMessage, .noSuchRequest, .noSuchSession: 404
        case .nameTaken, .alreadyFriends, .alreadyRequested, .alreadyMember, .alreadyInvited, .alreadyLoggedIn,
            .ownerMustPassOn, .keyReused:
            409
        case .groupFull, .tooMany: 413
        case .selfNotAllowed: 422
        case .rateLimited: 429
        case .unavailable: 503
        }
    }
}

extension Refusal {
    /// A sentence for a person.
    public var message: String {
        switch self {
        case .notLoggedIn: "Log in first."
        case .badCredentials: "The name or the password is wrong."
        case .badToken: "The token is not, or no longer, good: log in with the password."
        case .forbidden: "You may not do that here."
        case .notAMember: "You are not a member of this group."
        case .notAllowed: "Your role does not allow that."
        case .noSuchUser: "There is no such user."
        case .noSuchGroup: "There is no such group."
        case .noSuchMember: "There is no such member."
        case .noSuchMessage: "There is no such message."
        case .noSuchRequest: "There is no such request."
        case .noSuchSession: "There is no such session."
        case .nameTaken: "This name is taken."
        case .alreadyFriends: "You are friends already."
        case .alreadyRequested: "You have asked already."
        case .alreadyMember: "You are a member already."
        case .alreadyInvited: "This user is invited already."
        case .alreadyLoggedIn: "This connection is logged in already."
        case .ownerMustPassOn: "Pass the ownership on before you leave."
        case .keyReused: "This key was used for another command."
        case .groupFull: "The group is full."
        case .tooMany: "There are too many of these already."
        case .selfNotAllowed: "You cannot do that with yourself."
        case .rateLimited: "Too many commands in too short a time."
        case .unavailable: "The service cannot do that just now."
        }
    }
}
