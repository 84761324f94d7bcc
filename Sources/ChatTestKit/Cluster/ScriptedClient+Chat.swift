public import JSONText

/// Words of the chat.
extension ScriptedClient {
    /// The password of everybody in tests.
    public static let password = "correct horse"

    /// Logs in with the password; gives the result.
    @discardableResult
    public func login(_ name: String, device: String? = nil, since: Int64? = nil) throws(ClientFailure) -> JSONValue {
        var params: JSONObject = ["name": .string(name), "password": .string(Self.password)]
        if let device { params["device"] = .string(device) }
        if let since { params["since"] = .integer(since) }
        return try call("login", params)
    }

    /// Logs in with a token; gives the result.
    @discardableResult
    public func login(token: String, since: Int64? = nil) throws(ClientFailure) -> JSONValue {
        var params: JSONObject = ["token": .string(token)]
        if let since { params["since"] = .integer(since) }
        return try call("login", params)
    }

    /// Sends a direct message; gives the result.
    @discardableResult
    public func chat(_ to: String, _ text: String, key: String? = nil) throws(ClientFailure) -> JSONValue {
        var params: JSONObject = ["to": .string(to), "text": .string(text)]
        if let key { params["key"] = .string(key) }
        return try call("chat", params)
    }

    /// Sends a message to a group; gives the result.
    @discardableResult
    public func groupChat(_ group: Int64, _ text: String, key: String? = nil) throws(ClientFailure) -> JSONValue {
        var params: JSONObject = ["group": .integer(group), "text": .string(text)]
        if let key { params["key"] = .string(key) }
        return try call("groupchat", params)
    }

    /// Makes a group; gives its id.
    public func createGroup(_ name: String, visibility: String = "open") throws(ClientFailure) -> Int64 {
        let result = try call("creategroup", ["name": .string(name), "visibility": .string(visibility)])
        return result["group"]?["id"]?.intValue ?? 0
    }

    /// The whole history of a conversation, oldest first, read page by page.
    public func history(_ conversation: String) throws(ClientFailure) -> [JSONValue] {
        var messages: [JSONValue] = []
        while true {
            let page = try call(
                "history",
                [
                    "conversation": .string(conversation), "after": .integer(messages.last?["seq"]?.intValue ?? 0),
                    "limit": 200,
                ])
            messages += page["messages"]?.arrayValue ?? []
            guard page["more"] == true else { return messages }
        }
    }

    /// The id of the user who is logged in here.
    public func ownID() throws(ClientFailure) -> Int64 { try call("whoami")["user"]?["id"]?.intValue ?? 0 }

    /// Waits for a message with this text.
    @discardableResult
    public func message(_ text: String, within patience: Duration = patience) throws(ClientFailure) -> Push {
        try push("message", within: patience) { $0["text"]?.stringValue == text }
    }

    /// The messages pushed so far.
    public var messages: [JSONValue] { pushes.filter { $0.method == "message" }.map(\.params) }

    /// The texts of the messages pushed so far.
    public var texts: [String] { messages.compactMap { $0["text"]?.stringValue } }
}
