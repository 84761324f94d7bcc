import CommandLineTool
import JSONText
import ParleyClient

/// Pushes and messages as lines for people. Nothing in them can act on the terminal.
struct PushText {
    let directory: Directory
    let colour: Bool
    /// Seconds since 1970.
    let now: Int

    /// Nil for what is not worth a line.
    func line(_ method: String, _ params: JSONObject) -> String? {
        switch method {
        case Wire.Push.message: return message(params)
        case Wire.Push.edited: return stamp(params) + "\(by(params)) changed \(which(params)) to: \(text(params))"
        case Wire.Push.recalled: return stamp(params) + "\(by(params)) took back \(which(params))"
        case Wire.Push.reaction: return stamp(params) + reaction(params)
        case Wire.Push.friendRequest: return note(friendRequest(params))
        case Wire.Push.friendAdded: return note("\(name(params["user"])) is your friend now")
        case Wire.Push.friendRemoved: return note("\(name(params["user"])) is no longer your friend")
        case Wire.Push.groupChanged: return note(groupChange(params))
        case Wire.Push.caughtUp: return note("caught up")
        case Wire.Push.presence:
            return stamp(params)
                + note("\(name(params["user"])) is \(params["online"]?.boolValue == true ? "online" : "offline")")
        case Wire.Push.receipt: return receipt(params)
        case Wire.Push.typing: return nil
        case Wire.Push.goAway: return note("the server says goodbye: \(string(params["reason"]))")
        default: return note("\(DisplayText.printable(method)) \(printable(.object(params)))")
        }
    }

    /// A message: `[12:03:22] bob: hi`, in a group `[12:03:22] climbers/bob: hi`.
    func message(_ message: JSONObject, numbered: Bool = false) -> String {
        let from = message["from"]
        let isMine = from?["id"]?.intValue != nil && from?["id"]?.intValue == directory.me?.id
        let sender = paint(PushText.hue(isMine ? nil : from?["id"]?.intValue), isMine ? "me" : name(from))
        let place =
            switch directory.conversation(string(message["conversation"])) {
            case .group(let id): "\(group(id))/\(sender)"
            case .direct(let other): isMine ? "\(sender) → \(user(other))" : sender
            case nil: sender
            }
        var line = numbered ? "#\(number(message["seq"])) " : ""
        line += stamp(message) + place + ": "
        if let to = message["replyTo"]?.intValue { line += note("(to #\(to)) ") }
        line += message["recalled"]?.boolValue == true ? note("(taken back)") : text(message)
        if message["edited"]?.boolValue == true { line += note(" (edited)") }
        return line + reactions(message["reactions"]?.objectValue)
    }

    /// Somebody's own colour, always the same; green for oneself. Red is for what went wrong.
    static func hue(_ user: Int64?) -> Colour {
        let hues: [Colour] = [.cyan, .yellow, .magenta, .blue]
        return user.map { hues[Int($0.magnitude % UInt64(hues.count))] } ?? .green
    }

    private func reactions(_ reactions: JSONObject?) -> String {
        guard let reactions, reactions.count > 0 else { return "" }
        let shown = reactions.members.map { "\(DisplayText.printable($0.name)) \(number($0.value["count"]))" }
        return note("  [\(shown.joined(separator: ", "))]")
    }

    private func reaction(_ params: JSONObject) -> String {
        let emoji = string(params["emoji"])
        let isRemoved = params["removed"]?.boolValue == true
        return "\(by(params)) \(isRemoved ? "took back \(emoji) from" : "reacted \(emoji) to") \(which(params))"
    }

    private func friendRequest(_ params: JSONObject) -> String {
        if params["from"]?["id"]?.intValue == directory.me?.id, directory.me != nil {
            return "you asked \(name(params["to"])) to be a friend"
        }
        let from = name(params["from"])
        return "\(from) asks to be your friend: acceptfriend \(from), or rejectfriend \(from)"
    }

    private func groupChange(_ params: JSONObject) -> String {
        let group = "\(string(params["group"]?["name"])) (\(number(params["group"]?["id"])))"
        let user = params["user"].map { name($0) } ?? ""
        let by = by(params)
        let what =
            switch params["change"]?.stringValue {
            case "created": "created by \(by)"
            case "updated": "changed by \(by)"
            case "deleted": "deleted by \(by)"
            case "joined": "\(user.isEmpty ? by : user) joined"
            case "left": "\(user.isEmpty ? by : user) left"
            case "invited": "\(by) invited \(user)"
            case "declined": "\(user.isEmpty ? by : user) declined the invitation"
            case "withdrawn": "\(by) took back the invitation of \(user)"
            case "kicked": "\(by) removed \(user)"
            case "role": "\(by) made \(user) \(string(params["role"]))"
            case let other: "\(DisplayText.printable(other ?? "changed")) \(user)"
            }
        return "group \(group): \(what)"
    }

    private func receipt(_ params: JSONObject) -> String? {
        guard let read = params["read"]?.intValue else { return nil }
        if params["user"]?["id"]?.intValue == directory.me?.id { return nil }
        return note("\(name(params["user"])) has read \(place(params)) up to #\(read)")
    }

    // MARK: Parts

    private func which(_ params: JSONObject) -> String { "\(place(params)) #\(number(params["seq"]))" }
    private func by(_ params: JSONObject) -> String { name(params["by"]) }
    private func text(_ params: JSONObject) -> String { string(params["text"]) }

    private func place(_ params: JSONObject) -> String {
        switch directory.conversation(string(params["conversation"])) {
        case .group(let id): group(id)
        case .direct(let other): "the conversation with \(user(other))"
        case nil: string(params["conversation"])
        }
    }

    private func stamp(_ params: JSONObject) -> String {
        guard let moment = Moment(params["at"]?.stringValue ?? "") else { return "" }
        return note("[\(moment.text(now: now))] ")
    }

    func name(_ user: JSONValue?) -> String {
        guard let id = user?["id"]?.intValue else { return "?" }
        if directory.me?.id == id, directory.me != nil { return "you" }
        return user?["name"]?.stringValue.map { DisplayText.printable($0) } ?? "(deleted user \(id))"
    }

    private func user(_ id: Int64) -> String {
        if directory.me?.id == id { return "me" }
        return directory.users[id].map { DisplayText.printable($0) } ?? "user \(id)"
    }

    private func group(_ id: Int64) -> String {
        directory.groups[id].map { DisplayText.printable($0) } ?? "group \(id)"
    }

    private func string(_ value: JSONValue?) -> String { DisplayText.printable(value?.stringValue ?? "") }
    private func number(_ value: JSONValue?) -> String { value?.intValue.map { "\($0)" } ?? "?" }
    private func printable(_ value: JSONValue) -> String { DisplayText.printable(value.description) }
    private func note(_ text: String) -> String { paint(.dim, text) }
    private func paint(_ hue: Colour, _ text: String) -> String { hue.paint(text, if: colour) }
}
