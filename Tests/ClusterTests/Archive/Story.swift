import ChatTestKit
import JSONText
import Testing

/// What happens on a fresh cluster, told so that every event that it is about is in the log afterwards. Recorded logs
/// are made from these, and tests of exports take one that holds everything.
struct Story: Sendable, CustomStringConvertible {
    let name: String
    let tell: @Sendable (ClusterFixture) throws -> Void

    var description: String { name }

    static let all = [accounts, friends, groups, messages, devices, nodes, audit, erasure]

    /// Two people, logged in on different nodes.
    static func pair(_ cluster: ClusterFixture) throws -> (ann: ScriptedClient, bob: ScriptedClient) {
        for name in ["Ann", "Bob"] { try join(name, cluster) }
        return (try cluster.client("Ann", device: "ann's phone"), try cluster.client("Bob", on: 1))
    }

    /// Registers somebody under exactly this name.
    static func join(_ name: String, _ cluster: ClusterFixture) throws {
        try cluster.client().call(
            "register", ["name": .string(name), "password": .string(ScriptedClient.password)])
    }

    static let accounts = Story(name: "accounts") { cluster in
        for name in ["Ann", "Bob", "Zoë"] { try join(name, cluster) }
        let ann = try cluster.client("Ann", device: "desk")
        let phone = try cluster.client("Ann", device: "phone", on: 1)
        let sender = try cluster.client(1)
        try sender.call(
            "login", ["name": "ann", "password": .string(ScriptedClient.password), "feed": false])
        try ann.call("changepassword", ["old": .string(ScriptedClient.password), "new": "another password"])
        try phone.waitForEnd()
        let bob = try cluster.client("Bob")
        try ann.call("addfriend", ["user": "Bob"])
        try bob.call("acceptfriend", ["user": "Ann"])
        let group = try ann.createGroup("Ann's own")
        try bob.call("joingroup", ["group": .integer(group)])
        try ann.chat("Bob", "what is left of me")
        let id = try ann.ownID()
        try ann.call("deleteaccount", ["password": "another password"])
        try eventually("the account is erased") {
            try cluster.query("select erased_at is not null from chat_read.users where id = \(id)") == ["t"]
        }
        try join("ANN", cluster)
        try cluster.client("ann").chat("Bob", "somebody else of that name")
        try bob.message("somebody else of that name")
    }

    /// Logins that come to nothing, and questions about them.
    static let audit = Story(name: "audit") { cluster in
        let (ann, bob) = try pair(cluster)
        let token = "bm90IGEgdG9rZW4"
        _ = try cluster.client().refusal("login", ["name": "Ann", "password": "not hers at all"])
        _ = try cluster.client(1).refusal("login", ["name": "nobody", "password": "not theirs at all"])
        _ = try cluster.client(1).refusal("login", ["token": .string(token)])
        try eventually("they are in the log") {
            try cluster.query("select count(*) >= 2 from chat.events where type = 'LoginRefused'") == ["t"]
        }
        try ann.call("addfriend", ["user": "Bob"])
        try bob.call("acceptfriend", ["user": "Ann"])
        for number in 1...150 { try ann.chat("Bob", "message \(number)") }
        _ = try cluster.run("chat-audit", ["query", "--user", "Bob", "--type", "FriendshipMade"])
        _ = try cluster.run("chat-audit", ["query", "--address", "127.0.0.1", "--limit", "5"])
    }

    static let friends = Story(name: "friends") { cluster in
        let (ann, bob) = try pair(cluster)
        try join("Cid", cluster)
        let cid = try cluster.client("Cid")
        try ann.call("addfriend", ["user": "Bob"])
        try bob.call("acceptfriend", ["user": "Ann"])
        try cid.call("addfriend", ["user": "Ann"])
        try ann.call("rejectfriend", ["user": "Cid"])
        try cid.call("addfriend", ["user": "Bob"])
        try cid.call("removefriend", ["user": "Bob"])
        try cid.call("addfriend", ["user": "Bob"])
        try bob.call("addfriend", ["user": "Cid"])
        try bob.call("removefriend", ["user": "Ann"])
        try bob.call("block", ["user": "Cid"])
        try cid.call("block", ["user": "Ann"])
        try bob.call("unblock", ["user": "Cid"])
        try ann.call("addfriend", ["user": "Bob"])
    }

    static let groups = Story(name: "groups") { cluster in
        let (ann, bob) = try pair(cluster)
        for name in ["Cid", "Dot", "Eve"] { try join(name, cluster) }
        let (cid, dot, eve) = (try cluster.client("Cid"), try cluster.client("Dot"), try cluster.client("Eve"))
        let open = try ann.createGroup("Climbers")
        let closed = try ann.createGroup("Secret climbers", visibility: "invite")
        try ann.call(
            "updategroup", ["group": .integer(open), "name": "Hikers", "description": "up, then down"])
        for client in [bob, cid, dot] { try client.call("joingroup", ["group": .integer(open)]) }
        for name in ["Bob", "Cid", "Dot", "Eve"] {
            try ann.call("invite", ["group": .integer(closed), "user": .string(name)])
        }
        try bob.call("joingroup", ["group": .integer(closed)])
        try cid.call("leavegroup", ["group": .integer(closed)])
        try ann.call("kick", ["group": .integer(closed), "user": "Dot"])
        try ann.call("setrole", ["group": .integer(open), "user": "Bob", "role": "admin"])
        try ann.call("setrole", ["group": .integer(open), "user": "Cid", "role": "owner"])
        try bob.call("kick", ["group": .integer(open), "user": "Dot"])
        try bob.groupChat(open, "who is left?")
        try ann.call("leavegroup", ["group": .integer(open)])
        try cid.call("setrole", ["group": .integer(open), "user": "Bob", "role": "member"])
        try ann.call("deletegroup", ["group": .integer(closed)])
        _ = try eve.createGroup("Eve alone")
    }

    static let messages = Story(name: "messages") { cluster in
        let (ann, bob) = try pair(cluster)
        let first = try ann.chat("Bob", "Shall we meet at the old mill? ☕️")
        let direct = try #require(first["conversation"])
        try bob.message("Shall we meet at the old mill? ☕️")
        try bob.call("chat", ["to": "Ann", "text": "Grüße,\nbis gleich!", "replyTo": 1])
        try ann.call("edit", ["conversation": direct, "seq": 1, "text": "Shall we meet at the new mill? ☕️"])
        try bob.call("react", ["conversation": direct, "seq": 1, "emoji": "👍🏽"])
        try bob.call("react", ["conversation": direct, "seq": 1, "emoji": "🎉"])
        try bob.call("react", ["conversation": direct, "seq": 1, "emoji": "🎉", "remove": true])
        try ann.chat("Bob", "a slip of the tongue")
        try ann.call("recall", ["conversation": direct, "seq": 3])
        let group = try ann.createGroup("Millers")
        try bob.call("joingroup", ["group": .integer(group)])
        try bob.groupChat(group, "𝒻lour for all, 面粉 even")
        try ann.call("read", ["conversation": .string("group:\(group)"), "seq": 1])
        try bob.call("read", ["conversation": direct, "seq": 3])
        let last = try ann.message("𝒻lour for all, 面粉 even").params["position"]
        try ann.call("ack", ["position": try #require(last)])
    }

    static let devices = Story(name: "devices") { cluster in
        let (ann, bob) = try pair(cluster)
        let desk = try cluster.client("Ann", device: "Ann's desk", on: 1)
        let replaced = try cluster.client("Ann", device: "Ann's desk")
        try desk.waitForEnd()
        try bob.chat("Ann", "to both of your devices")
        let position = try replaced.message("to both of your devices").params["position"]
        try replaced.call("ack", ["position": try #require(position)])
        replaced.close()
        try ann.call("logout")
        try bob.chat("Ann", "while you were away")
        let back = try cluster.client("Ann", device: "tablet", since: 1, on: 1)
        try back.message("while you were away")
        let sender = try cluster.client()
        let session = try sender.call(
            "login", ["name": "ann", "password": .string(ScriptedClient.password), "feed": false])["session"]
        try back.call("endsession", ["session": try #require(session)])
        try back.call("enddevice", ["device": "Ann's desk"])
        bob.close()
        try eventually("the session is closed") {
            try cluster.query("select count(*) from chat_log.events where type = 'SessionClosed'") == ["5"]
        }
    }

    static let erasure = Story(name: "erasure") { cluster in
        let (ann, bob) = try pair(cluster)
        try ann.chat("Bob", "what nobody shall read")
        try bob.message("what nobody shall read")
        try bob.chat("Ann", "what Bob may keep")
        let erased = try cluster.run("chat-audit", ["erase", "Ann", "--reason", "asked for by letter", "--texts"])
        guard erased.status == 0 else { throw ClientFailure.late(erased.output) }
        try eventually("nothing is left") {
            try cluster.query("select count(*) from chat_log.events where type = 'KeyDestroyed'") == ["2"]
        }
    }

    static let nodes = Story(name: "nodes") { cluster in
        let (ann, bob) = try pair(cluster)
        try ann.chat("Bob", "from node to node")
        try bob.message("from node to node")
        cluster.nodes[1].kill()
        try eventually("the node is lost") {
            try cluster.query("select count(*) from chat_log.events where type = 'NodeLost'") == ["1"]
        }
        try cluster.nodes[1].start()
        try cluster.nodes[1].waitUntilReady()
        try cluster.client("Bob", on: 1).chat("Ann", "here again")
        for work in [["rebuild", "user", "group"], ["rollback", "user", "group"], ["drop"]] {
            let done = try cluster.run("chat-replay", work)
            guard done.status == 0 else { throw ClientFailure.late(done.output) }
        }
    }
}
