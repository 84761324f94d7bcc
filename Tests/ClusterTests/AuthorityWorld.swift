import ChatDomain
import ChatTestKit
import JSONText

/// A user with a session, made for one purpose.
struct Actor {
    let id: Int64
    let name: String
    let client: ScriptedClient
    let session: String

    init(_ cluster: ClusterFixture, on node: Int = 0) throws {
        name = try cluster.register("actor")
        client = try cluster.client(node)
        let login = try client.login(name)
        id = login["user"]?["id"]?.intValue ?? 0
        session = login["session"]?.stringValue ?? ""
    }

    /// Gives everything that was done before to this session's queries too: they see its own last command.
    func settle(with other: Actor) throws { try client.chat(other.name, "settled") }
}

/// A caller, and what a command is about, brought into one relation.
struct AuthorityWorld {
    let caller: Actor
    /// Parameters that rules name, by their words.
    var values: [String: JSONValue] = [:]

    /// A caller who is logged in, and no more.
    init(_ cluster: ClusterFixture) throws { caller = try Actor(cluster) }

    // MARK: another user

    init(_ cluster: ClusterFixture, to relation: Authority.Relation, with friend: Actor) throws {
        try self.init(cluster)
        let other = try Actor(cluster, on: 1)
        let me = caller.client
        // Seq 1 is the caller's own, 2 the other's.
        let conversation = try me.chat(other.name, "mine")["conversation"]
        try other.client.chat(caller.name, "theirs")
        values = [
            "user": .integer(relation == .oneself ? caller.id : other.id), "conversation": conversation ?? .null,
            "of two others": try other.client.chat(friend.name, "elsewhere")["conversation"] ?? .null,
        ]
        let (to, from): (JSONObject, JSONObject) = (["user": .integer(other.id)], ["user": .integer(caller.id)])
        switch relation {
        case .asked: try other.client.call("addfriend", from)
        case .friend:
            try me.call("addfriend", to)
            try other.client.call("acceptfriend", from)
        case .blocked: try other.client.call("block", from)
        case .blocker: try me.call("block", to)
        case .bereaved: try other.client.call("deleteaccount", ["password": .string(ScriptedClient.password)])
        default: break
        }
        try caller.settle(with: friend)
    }

    // MARK: a group

    /// Those who are something in every group.
    struct Cast {
        let owner, admin, member, invited, kicked, candidate: Actor

        init(_ cluster: ClusterFixture) throws {
            owner = try Actor(cluster)
            admin = try Actor(cluster, on: 1)
            member = try Actor(cluster)
            invited = try Actor(cluster)
            kicked = try Actor(cluster, on: 1)
            candidate = try Actor(cluster)
        }
    }

    init(
        _ cluster: ClusterFixture, to relation: Authority.Relation, of visibility: Visibility, _ cast: Cast
    ) throws {
        try self.init(cluster)
        let owner = relation == .owner ? caller : cast.owner
        let group = try owner.client.createGroup("authority", visibility: visibility.rawValue)
        let wasMember = [.member, .admin, .kicked, .former].contains(relation)
        let joining = [cast.admin, cast.member, cast.kicked] + (wasMember ? [caller] : [])
        for actor in joining {
            try owner.client.call("invite", group, actor.name)
            try actor.client.call("joingroup", group)
        }
        try owner.client.call("setrole", group, cast.admin.name, role: "admin")
        try cast.member.client.groupChat(group, "another's")
        if wasMember || relation == .owner { try caller.client.groupChat(group, "own") }
        try owner.client.call("kick", group, cast.kicked.name)
        try owner.client.call("invite", group, cast.invited.name)
        switch relation {
        case .invited: try owner.client.call("invite", group, caller.name)
        case .admin: try owner.client.call("setrole", group, caller.name, role: "admin")
        case .kicked: try owner.client.call("kick", group, caller.name)
        case .former: try caller.client.call("leavegroup", group)
        default: break
        }
        try caller.settle(with: cast.candidate)
        values = [
            "group": .integer(group), "conversation": .string("group:\(group)"),
            "a member": .integer(cast.member.id), "an admin": .integer(cast.admin.id),
            "the owner": .integer(owner.id), "somebody invited": .integer(cast.invited.id),
            "somebody once kicked": .integer(cast.kicked.id), "candidate": .integer(cast.candidate.id),
        ]
    }
}

extension AuthorityWorld {
    /// What a rule's command is called with here.
    func parameters(of rule: Authority.Rule) -> JSONObject {
        switch rule.scope {
        case .account: accountParameters(of: rule.method)
        case .person: personParameters(of: rule)
        case .group: groupParameters(of: rule)
        }
    }

    private func accountParameters(of method: String) -> JSONObject {
        let password = JSONValue.string(ScriptedClient.password)
        switch method {
        case "register", "login": return ["name": .string("again\(caller.id)"), "password": password]
        case "changepassword": return ["old": password, "new": "another password"]
        case "deleteaccount": return ["password": password]
        case "endsession": return ["session": .string(caller.session)]
        case "enddevice": return ["device": "default"]
        case "finduser", "findgroup", "search": return ["query": "actor"]
        case "creategroup": return ["name": "own"]
        case "ack": return ["position": 0]
        default: return [:]
        }
    }

    private func personParameters(of rule: Authority.Rule) -> JSONObject {
        switch rule.method {
        case "chat": return ["to": value("user"), "text": "hi"]
        case "history" where !rule.about.isEmpty: return ["conversation": value(rule.about)]
        case "edit", "recall", "react", "typing", "read", "history":
            return conversationParameters(of: rule.method, seq: rule.about.hasPrefix("the other's") ? 2 : 1)
        default: return ["user": value("user")]
        }
    }

    private func groupParameters(of rule: Authority.Rule) -> JSONObject {
        var params: JSONObject = ["group": value("group")]
        switch rule.method {
        case "groupchat": params["text"] = "hi"
        case "updategroup": params["description"] = "changed"
        case "invite":
            params["user"] = value(rule.about.hasPrefix("into") ? "candidate" : rule.about)
        case "kick": params["user"] = value(rule.about)
        case "setrole":
            params["user"] = value("a member")
            params["role"] = rule.about.hasPrefix("to pass") ? "owner" : "admin"
        case "edit", "recall", "react", "typing", "read", "history":
            return conversationParameters(of: rule.method, seq: rule.about.hasPrefix("another's") ? 1 : 2)
        default: break
        }
        return params
    }

    private func conversationParameters(of method: String, seq: Int64) -> JSONObject {
        var params: JSONObject = ["conversation": value("conversation")]
        if ["edit", "recall", "react", "read"].contains(method) { params["seq"] = .integer(seq) }
        if method == "edit" { params["text"] = "edited" }
        if method == "react" { params["emoji"] = "👍" }
        return params
    }

    private func value(_ word: String) -> JSONValue { values[word] ?? .null }
}
