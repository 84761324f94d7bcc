import JSONText
import ParleyClient

/// The names that the client has learnt in this session, for showing ids and for completing and resolving names.
struct Directory {
    /// Users that are remembered; beyond it only friends are added.
    static let mostUsers = 10_000

    private(set) var me: (id: Int64, name: String)?
    private(set) var users: [Int64: String] = [:]
    private(set) var groups: [Int64: String] = [:]
    /// Groups that the user may name: member of, or invited to.
    private(set) var own: Set<Int64> = []
    private(set) var friends: Set<Int64> = []
    /// Whether `own` is complete.
    private(set) var hasAllGroups = false

    /// Groups of one's own with this name: those that match exactly, else those that match in any case.
    func ownGroups(named name: String) -> [Int64] {
        let named = own.filter { groups[$0] == name }
        return (named.isEmpty ? own.filter { groups[$0]?.lowercased() == name.lowercased() } : named).sorted()
    }

    func user(named name: String) -> Int64? {
        if let me, me.name.lowercased() == name.lowercased() { return me.id }
        return users.first { $0.value.lowercased() == name.lowercased() }?.key
    }

    var friendNames: [String] { friends.compactMap { users[$0] }.sorted() }
    var userNames: [String] { users.values.sorted() }
    var groupNames: [String] { own.compactMap { groups[$0] }.sorted() }

    /// The other one's id in a direct conversation, or the group's.
    enum Conversation: Equatable {
        case direct(Int64)
        case group(Int64)
    }

    func conversation(_ text: String) -> Conversation? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, parts[0] == "group", let id = Int64(parts[1]) { return .group(id) }
        if parts.count == 3, parts[0] == "direct", let low = Int64(parts[1]), let high = Int64(parts[2]) {
            return .direct(low == me?.id ? high : low)
        }
        return nil
    }

    func directConversation(with other: Int64) -> String? {
        me.map { "direct:\(min($0.id, other)):\(max($0.id, other))" }
    }

    // MARK: Learning

    mutating func learnLogin(_ result: JSONObject) {
        if let user = result["user"], let id = user["id"]?.intValue { me = (id, user["name"]?.stringValue ?? "") }
        learnFriends(result)
        learnGroups(result)
        hasAllGroups = result["more"]?.boolValue != true
    }

    /// A page of `friends`.
    mutating func learnFriends(_ result: JSONObject) {
        for friend in result["friends"]?.arrayValue ?? [] {
            learn(user: friend)
            if let id = friend["id"]?.intValue { friends.insert(id) }
        }
        for field in ["requests", "requested", "users"] {
            for user in result[field]?.arrayValue ?? [] { learn(user: user) }
        }
    }

    /// A page of `groups`.
    mutating func learnGroups(_ result: JSONObject) {
        for group in result["groups"]?.arrayValue ?? [] { learn(ownGroup: group) }
        for invitation in result["invitations"]?.arrayValue ?? [] {
            if let group = invitation["group"] { learn(ownGroup: group) }
        }
    }

    mutating func learn(user: JSONValue?) {
        guard let id = user?["id"]?.intValue, let name = user?["name"]?.stringValue else { return }
        if users.count < Directory.mostUsers || users[id] != nil || friends.contains(id) { users[id] = name }
    }

    mutating func learn(group: JSONValue?) {
        guard let id = group?["id"]?.intValue, let name = group?["name"]?.stringValue else { return }
        groups[id] = name
    }

    private mutating func learn(ownGroup group: JSONValue) {
        learn(group: group)
        if let id = group["id"]?.intValue { own.insert(id) }
    }

    /// The answer to a command.
    mutating func learnResult(of method: String, _ result: JSONValue) {
        guard let result = result.objectValue else { return }
        switch method {
        case "friends": learnFriends(result)
        case "groups": learnGroups(result)
        case "finduser": learnFriends(result)
        case "creategroup", "joingroup": if let group = result["group"] { learn(ownGroup: group) }
        case "groupinfo", "updategroup":
            learn(group: result["group"])
            for member in result["members"]?.arrayValue ?? [] { learn(user: member) }
        case "findgroup": for group in result["groups"]?.arrayValue ?? [] { learn(group: group) }
        default: break
        }
    }

    mutating func learnPush(_ method: String, _ params: JSONObject) {
        for field in ["from", "to", "by", "user"] { learn(user: params[field]) }
        let user = params["user"]?["id"]?.intValue
        switch method {
        case Wire.Push.friendAdded: if let user { friends.insert(user) }
        case Wire.Push.friendRemoved: if let user { friends.remove(user) }
        case Wire.Push.groupChanged: learnGroupChange(params, of: user)
        default: break
        }
    }

    private mutating func learnGroupChange(_ params: JSONObject, of user: Int64?) {
        learn(group: params["group"])
        guard let id = params["group"]?["id"]?.intValue else { return }
        let isMine = user != nil && user == me?.id
        switch params["change"]?.stringValue {
        case "created": own.insert(id)
        case "joined", "invited": if isMine { own.insert(id) }
        case "left", "kicked", "declined", "withdrawn": if isMine { own.remove(id) }
        case "deleted": own.remove(id)
        default: break
        }
    }
}
