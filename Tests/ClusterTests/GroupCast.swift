import ChatTestKit
import JSONText

/// Words for what happens in groups.
extension ScriptedClient {
    /// What was pushed about a group so far, as `change user role`, without what is not there.
    func changes(in group: Int64) -> [String] {
        pushes.filter { $0.method == "groupchanged" && $0.params["group"]?["id"]?.intValue == group }.map { push in
            let words = [push.params["change"], push.params["user"]?["name"], push.params["role"]]
            return words.compactMap { $0?.stringValue }.joined(separator: " ")
        }
    }

    /// A command about somebody in a group.
    @discardableResult
    func call(_ method: String, _ group: Int64, _ user: String? = nil, role: String? = nil) throws -> JSONValue {
        try call(method, Self.params(group, user, role))
    }

    /// The same, to be refused: the reason; nil if it is not.
    func refusal(_ method: String, _ group: Int64, _ user: String? = nil, role: String? = nil) throws -> String? {
        try refusal(method, Self.params(group, user, role))?.reason
    }

    private static func params(_ group: Int64, _ user: String?, _ role: String?) -> JSONObject {
        var params: JSONObject = ["group": .integer(group)]
        if let user { params["user"] = .string(user) }
        if let role { params["role"] = .string(role) }
        return params
    }
}

/// Somebody with two devices: one that is connected all the time, and one that comes back at the end.
struct Person {
    let name: String
    let phone: ScriptedClient
    let cluster: ClusterFixture
    let node: Int

    init(_ name: String, _ cluster: ClusterFixture, on node: Int) throws {
        self.name = try cluster.register(name)
        self.cluster = cluster
        self.node = node
        phone = try cluster.client(self.name, device: "phone", on: node)
        try cluster.client(self.name, device: "away", on: 1 - node).close()
    }

    /// What the device that was away is shown of a group, up to a message with this text.
    func backlog(of group: Int64, until text: String) throws -> [String] {
        let away = try cluster.client(name, device: "away", on: 1 - node)
        try away.message(text)
        defer { away.close() }
        return away.changes(in: group)
    }
}
