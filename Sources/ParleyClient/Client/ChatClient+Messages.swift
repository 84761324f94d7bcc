import JSONText

/// Messages. Each of these throws what ``call(_:_:key:)`` throws.
extension ChatClient {
    /// Sends somebody a message; it is on disk in the log when this comes back.
    ///
    /// - Parameter replyTo: the number, in the conversation, of the message that it answers.
    @discardableResult
    public func chat(
        to user: UserReference, _ text: String, replyTo: Int64? = nil, key: String? = nil
    ) async throws -> StoredMessage {
        let params: JSONObject = ["to": user.json, "text": .string(text)]
        return StoredMessage(try await call(Wire.Method.chat, params.adding("replyTo", replyTo), key: key))
    }

    /// Sends a group a message; it is on disk in the log when this comes back.
    @discardableResult
    public func groupChat(
        _ group: Int64, _ text: String, replyTo: Int64? = nil, key: String? = nil
    ) async throws -> StoredMessage {
        let params: JSONObject = ["group": .integer(group), "text": .string(text)]
        return StoredMessage(try await call(Wire.Method.groupChat, params.adding("replyTo", replyTo), key: key))
    }

    /// Changes a message of one's own.
    public func edit(_ conversation: String, seq: Int64, _ text: String) async throws {
        try await call("edit", ["conversation": .string(conversation), "seq": .integer(seq), "text": .string(text)])
    }

    /// Takes a message back.
    public func recall(_ conversation: String, seq: Int64) async throws {
        try await call("recall", ["conversation": .string(conversation), "seq": .integer(seq)])
    }

    /// Reacts to a message, or takes that back.
    public func react(_ conversation: String, seq: Int64, _ emoji: String, remove: Bool = false) async throws {
        let params: JSONObject = ["conversation": .string(conversation), "seq": .integer(seq), "emoji": .string(emoji)]
        try await call("react", remove ? params.adding("remove", true) : params)
    }

    /// Says that one has read up to a message.
    public func read(_ conversation: String, upTo seq: Int64) async throws {
        try await call("read", ["conversation": .string(conversation), "seq": .integer(seq)])
    }

    /// Shows the others that one is typing.
    public func typing(in conversation: String) async throws {
        try await call("typing", ["conversation": .string(conversation)])
    }

    /// What was said, in the order of the numbers; the newest that fit unless `after` is given. `more`: whether further
    /// ones lie on the side that was cut.
    ///
    /// - Parameter limit: at most 200; 50 if nil.
    public func history(
        _ conversation: String, before: Int64? = nil, after: Int64? = nil, limit: Int64? = nil
    ) async throws -> (messages: [Message], more: Bool) {
        let params: JSONObject = ["conversation": .string(conversation)]
        let result = try await call(
            "history", params.adding("before", before).adding("after", after).adding("limit", limit))
        let messages = (result["messages"]?.arrayValue ?? []).compactMap { $0.objectValue.flatMap(Message.init) }
        return (messages, result["more"]?.boolValue ?? false)
    }
}

extension JSONObject {
    /// With another member, if there is a value.
    func adding(_ name: String, _ value: Int64?) -> JSONObject {
        guard let value else { return self }
        var object = self
        object[name] = .integer(value)
        return object
    }

    func adding(_ name: String, _ value: Bool) -> JSONObject {
        var object = self
        object[name] = .bool(value)
        return object
    }
}
