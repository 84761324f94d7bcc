import CommandLineTool
import JSONText

/// The answer to a command as lines for people.
struct ResultText {
    let directory: Directory
    let colour: Bool
    /// Seconds since 1970.
    let now: Int

    func lines(_ method: String, _ result: JSONValue) -> [String] {
        let object = result.objectValue ?? [:]
        switch method {
        case "chat", "groupchat": return [sent(object)]
        case "register": return ["registered \(user(object["user"]))"]
        case "login": return ["logged in as \(user(object["user"]))"]
        case "addfriend", "acceptfriend", "rejectfriend": return [printable(object["state"])]
        case "creategroup", "joingroup", "updategroup": return [group(object["group"])]
        case "friends": return friends(object)
        case "groups": return groups(object)
        case "groupinfo": return [group(object["group"])] + table(object, "members", ["id", "name", "role", "online"])
        case "finduser": return table(object, "users", ["id", "name"]).orElse("nobody found")
        case "findgroup":
            return table(object, "groups", ["id", "name", "members", "description"]).orElse("none found")
        case "history": return messages(object, numbered: true)
        case "search": return messages(object, numbered: true)
        case "conversations": return conversations(object)
        case "sessions":
            return table(object, "sessions", ["session", "device", "node", "openedAt", "address", "current"])
                + table(object, "devices", ["device", "lastSeen", "online"])
        default: return fields(object)
        }
    }

    private func sent(_ result: JSONObject) -> String {
        let time = Moment(result["at"]?.stringValue ?? "").map { " at \($0.text(now: now))" } ?? ""
        let again = result["duplicate"]?.boolValue == true ? " (it had arrived already)" : ""
        return "sent\(time): \(printable(result["conversation"])) #\(number(result["seq"]))\(again)"
    }

    private func friends(_ result: JSONObject) -> [String] {
        var lines = table(result, "friends", ["id", "name", "online", "lastSeen"])
        for (field, title) in [
            ("requests", "asked by"), ("requested", "asked"), ("blocked", "blocked"),
        ] {
            let names = result[field]?.arrayValue?.map { user($0) } ?? []
            if !names.isEmpty { lines.append("\(title): \(names.joined(separator: ", "))") }
        }
        return lines.isEmpty ? ["nobody yet"] : lines
    }

    private func groups(_ result: JSONObject) -> [String] {
        var lines = table(result, "groups", ["id", "name", "role", "members", "visibility", "description"])
        for invitation in result["invitations"]?.arrayValue ?? [] {
            lines.append("invited to \(group(invitation["group"])) by \(user(invitation["by"]))")
        }
        return lines.isEmpty ? ["none yet"] : lines
    }

    private func messages(_ result: JSONObject, numbered: Bool) -> [String] {
        let text = PushText(directory: directory, colour: colour, now: now)
        let lines = (result["messages"]?.arrayValue ?? []).map {
            text.message($0.objectValue ?? [:], numbered: numbered)
        }
        return lines + more(result)
    }

    private func conversations(_ result: JSONObject) -> [String] {
        let rows = (result["conversations"]?.arrayValue ?? []).map { entry -> JSONObject in
            [
                "conversation": entry["conversation"] ?? .null,
                "with": entry["group"]?["name"] ?? entry["with"]?["name"] ?? .null,
                "unread": entry["unread"] ?? .null,
                "last": entry["last"]?["text"] ?? .null,
            ]
        }
        let columns: [Table.Column] = [
            .init("conversation"), .init("with"), .init("unread", isTrailing: true), .init("last", widest: 60),
        ]
        return rows.isEmpty ? more(result) : split(Table(columns, rows: rows).text(colour: colour)) + more(result)
    }

    /// A table of the objects in a field; none if it is empty or absent.
    private func table(_ result: JSONObject, _ field: String, _ columns: [String]) -> [String] {
        let rows = (result[field]?.arrayValue ?? []).compactMap { $0.objectValue }.map(readable)
        if rows.isEmpty { return more(result) }
        let table = Table(columns.map { Table.Column($0, isTrailing: $0 == "id", widest: 60) }, rows: rows)
        return split(table.text(colour: colour)) + more(result)
    }

    /// Times as people read them.
    private func readable(_ row: JSONObject) -> JSONObject {
        var row = row
        for field in ["lastSeen", "openedAt"] {
            guard let moment = Moment(row[field]?.stringValue ?? "") else { continue }
            row[field] = .string(moment.text(now: now))
        }
        return row
    }

    private func more(_ result: JSONObject) -> [String] {
        result["more"]?.boolValue == true ? ["… there are more: ask with after= or before="] : []
    }

    /// `name: value`, a line each; objects within by their own lines.
    private func fields(_ result: JSONObject) -> [String] {
        if result.count == 0 { return ["done"] }
        return result.members.filter { !$0.value.isNull }.flatMap { member -> [String] in
            let name = DisplayText.printable(member.name)
            if ["user", "by", "with", "from"].contains(name) { return ["\(name): \(user(member.value))"] }
            guard let object = member.value.objectValue else { return ["\(name): \(printable(member.value))"] }
            return ["\(name):"] + object.members.map { "  \(DisplayText.printable($0.name)): \(printable($0.value))" }
        }
    }

    private func user(_ value: JSONValue?) -> String {
        let id = number(value?["id"])
        return value?["name"]?.stringValue.map { "\(DisplayText.printable($0)) (\(id))" } ?? "(deleted user \(id))"
    }

    private func group(_ value: JSONValue?) -> String {
        let facts = [
            value?["visibility"]?.stringValue, value?["role"]?.stringValue,
            value?["members"]?.intValue.map { $0 == 1 ? "1 member" : "\($0) members" },
        ]
        let text = facts.compactMap { $0 }.joined(separator: ", ")
        let description = value?["description"]?.stringValue ?? ""
        let about = description.isEmpty ? "" : " — \(DisplayText.printable(description))"
        return "\(printable(value?["name"])) (\(number(value?["id"]))): \(DisplayText.printable(text))\(about)"
    }

    private func split(_ text: String) -> [String] {
        text.split(separator: "\n").map(String.init)
    }

    private func printable(_ value: JSONValue?) -> String {
        switch value {
        case .string(let text): DisplayText.printable(text)
        case .some(let value): DisplayText.printable(value.description)
        case nil: ""
        }
    }

    private func number(_ value: JSONValue?) -> String { value?.intValue.map { "\($0)" } ?? "?" }
}

extension [String] {
    /// A line in the place of no lines, for people must see that there was an answer.
    fileprivate func orElse(_ line: String) -> [String] { isEmpty ? [line] : self }
}
