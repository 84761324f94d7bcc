import CommandLineTool
import JSONText
import ParleyClient

/// Turns the words of a command into parameters of the wire. What the directory does not know is asked for.
struct Resolution {
    let directory: Directory
    /// Asks the server: method and parameters to result.
    let ask: (String, JSONObject) throws -> JSONValue

    /// Throws a ``Refusal`` (also for what the server need not be asked) or a ``UsageError``.
    func parameters(of command: CommandWords) throws -> JSONObject {
        var params: JSONObject = [:]
        for parameter in command.spec.required + command.spec.optional {
            guard let text = command.values[parameter.name] else { continue }
            params[parameter.name] = try value(text, of: parameter)
        }
        return params
    }

    private func value(_ text: String, of parameter: ParameterSpec) throws -> JSONValue {
        switch parameter.kind {
        case .user: return Resolution.user(text)
        case .group: return .integer(try group(text))
        case .conversation: return .string(try conversation(text))
        case .integer:
            guard let number = Int64(text) else {
                throw UsageError("\(parameter.label) is a whole number")
            }
            return .integer(number)
        case .truth:
            guard let truth = Bool(text) else { throw UsageError("\(parameter.label) is true or false") }
            return .bool(truth)
        case .word, .text, .password, .newPassword: return .string(text)
        }
    }

    static func user(_ text: String) -> JSONValue {
        if let id = Int64(text), id >= 0 { return .integer(id) }
        return .string(text.hasPrefix("@") ? String(text.dropFirst()) : text)
    }

    private func group(_ text: String) throws -> Int64 {
        if let id = Int64(text) { return id }
        let name = text.hasPrefix("@") ? String(text.dropFirst()) : text
        let found = try ownGroups(named: name)
        if found.count == 1 { return found[0] }
        let message =
            found.isEmpty
            ? "none of your groups is named \(name)"
            : "several of your groups are named \(name): use one of the ids \(found.map { "\($0)" }.joined(separator: ", "))"
        throw Refusal(code: 404, reason: "no_such_group", message: message)
    }

    /// The directory knows the first page; the other groups are asked for, a page at a time.
    private func ownGroups(named name: String) throws -> [Int64] {
        var known = directory
        if known.hasAllGroups { return known.ownGroups(named: name) }
        var after: Int64 = 0
        while true {
            let page = try ask(Wire.Method.groups, after == 0 ? [:] : ["after": .integer(after)])
            known.learnGroups(page.objectValue ?? [:])
            let last = page["groups"]?.arrayValue?.compactMap { $0["id"]?.intValue }.max() ?? 0
            guard page["more"]?.boolValue == true, last > after else { return known.ownGroups(named: name) }
            after = last
        }
    }

    func conversation(_ text: String) throws -> String {
        if text.hasPrefix("direct:") || text.hasPrefix("group:") { return text }
        let name = text.hasPrefix("@") ? String(text.dropFirst()) : text
        if !text.hasPrefix("@"), let group = try ownGroups(named: name).first { return "group:\(group)" }
        if let other = try directory.user(named: name) ?? find(name), let found = try direct(with: other) {
            return found
        }
        throw Refusal(
            code: 404, reason: "no_such_user", message: "no group of yours and no user is named \(name)")
    }

    private func find(_ name: String) throws -> Int64? {
        let users = try ask(Wire.Method.findUser, ["query": .string(name)])["users"]?.arrayValue ?? []
        return users.first { $0["name"]?.stringValue?.lowercased() == name.lowercased() }?["id"]?.intValue
    }

    private func direct(with other: Int64) throws -> String? {
        if let known = directory.directConversation(with: other) { return known }
        guard let me = try ask(Wire.Method.whoAmI, [:])["user"]?["id"]?.intValue else { return nil }
        return "direct:\(min(me, other)):\(max(me, other))"
    }
}
