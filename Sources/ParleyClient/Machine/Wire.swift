package import JSONText

/// The names of the wire contract that the client itself acts on.
package enum Wire {
    package static let version = "2.0"

    package enum Method {
        package static let hello = "hello"
        package static let register = "register"
        package static let login = "login"
        package static let logout = "logout"
        package static let changePassword = "changepassword"
        package static let deleteAccount = "deleteaccount"
        package static let ping = "ping"
        package static let ack = "ack"
        package static let whoAmI = "whoami"
        package static let findUser = "finduser"
        package static let groups = "groups"
        package static let groupInfo = "groupinfo"
        package static let chat = "chat"
        package static let groupChat = "groupchat"
    }

    package enum Push {
        package static let message = "message"
        package static let edited = "edited"
        package static let recalled = "recalled"
        package static let reaction = "reaction"
        package static let friendRequest = "friendrequest"
        package static let friendAdded = "friendadded"
        package static let friendRemoved = "friendremoved"
        package static let groupChanged = "groupchanged"
        package static let caughtUp = "caughtup"
        package static let presence = "presence"
        package static let receipt = "receipt"
        package static let typing = "typing"
        package static let goAway = "goaway"
    }

    package enum Setting {
        package static let frameBytes = "frame.bytes"
        package static let rate = "rate.commands"
        package static let burst = "rate.burst"
        package static let idle = "timeout.idle"
    }

    package enum Reason {
        package static let badToken = "bad_token"
        package static let badCredentials = "bad_credentials"
        package static let frameTooLarge = "frame_too_large"
        package static let replaced = "replaced"
        package static let revoked = "revoked"
    }

    package static let unauthorized = 401
    package static let rateLimited = 429
    package static let unavailable = 503

    /// A request's or notification's frame with its line end.
    package static func frame(id: Int?, method: String, params: JSONValue) -> [UInt8] {
        var members: [(String, JSONValue)] = [("jsonrpc", .string(version))]
        if let id { members.append(("id", .integer(Int64(id)))) }
        members.append(("method", .string(method)))
        members.append(("params", params))
        return JSONValue.object(JSONObject(members)).encoded() + [UInt8(ascii: "\n")]
    }
}
