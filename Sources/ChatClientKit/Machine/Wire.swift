import JSONText

/// The names of the wire contract that the client itself acts on. Those that it merely passes on stand in
/// ``CommandTable``.
enum Wire {
    static let version = "2.0"

    enum Method {
        static let hello = "hello"
        static let register = "register"
        static let login = "login"
        static let logout = "logout"
        static let changePassword = "changepassword"
        static let deleteAccount = "deleteaccount"
        static let ping = "ping"
        static let ack = "ack"
        static let whoAmI = "whoami"
        static let findUser = "finduser"
        static let groups = "groups"
        static let groupInfo = "groupinfo"
        static let chat = "chat"
        static let groupChat = "groupchat"
    }

    enum Push {
        static let message = "message"
        static let edited = "edited"
        static let recalled = "recalled"
        static let reaction = "reaction"
        static let friendRequest = "friendrequest"
        static let friendAdded = "friendadded"
        static let friendRemoved = "friendremoved"
        static let groupChanged = "groupchanged"
        static let caughtUp = "caughtup"
        static let presence = "presence"
        static let receipt = "receipt"
        static let typing = "typing"
        static let goAway = "goaway"
    }

    enum Setting {
        static let frameBytes = "frame.bytes"
        static let rate = "rate.commands"
        static let burst = "rate.burst"
        static let idle = "timeout.idle"
    }

    enum Reason {
        static let badToken = "bad_token"
        static let badCredentials = "bad_credentials"
        static let frameTooLarge = "frame_too_large"
        static let replaced = "replaced"
        static let revoked = "revoked"
    }

    static let unauthorized = 401
    static let rateLimited = 429
    static let unavailable = 503

    /// A request's or notification's frame with its line end.
    static func frame(id: Int?, method: String, params: JSONValue) -> [UInt8] {
        var members: [(String, JSONValue)] = [("jsonrpc", .string(version))]
        if let id { members.append(("id", .integer(Int64(id)))) }
        members.append(("method", .string(method)))
        members.append(("params", params))
        return JSONValue.object(JSONObject(members)).encoded() + [UInt8(ascii: "\n")]
    }
}
