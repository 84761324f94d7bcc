import CommandLineTool
import JSONText
import ParleyClient

/// Talking with somebody, and what is unread meanwhile.
extension Interactive {
    /// With whom one talks.
    struct Partner: Equatable {
        let conversation: String
        let name: String
    }

    /// `talk NAME` begins, `talk` alone ends.
    func talk(_ name: String?) throws {
        guard let name, !name.isEmpty else {
            partner = nil
            return
        }
        let resolution = Resolution(directory: directory, ask: askNow)
        let conversation = try resolution.conversation(
            name.hasPrefix("\"") ? String(name.dropFirst().dropLast()) : name)
        partner = Partner(conversation: conversation, name: name)
        screen.note("what you type goes to \(name); commands begin with /, and /talk ends it")
        markRead(conversation)
    }

    /// Sends a message to whom one talks with.
    func say(_ text: String) {
        guard let partner else { return }
        switch directory.conversation(partner.conversation) {
        case .direct(let other): send(Wire.Method.chat, ["to": .integer(other), "text": .string(text)])
        case .group(let id): send(Wire.Method.groupChat, ["group": .integer(id), "text": .string(text)])
        case nil: fail("there is no conversation \(partner.conversation)")
        }
    }

    private func send(_ method: String, _ params: JSONObject) {
        guard let spec = CommandTable.find(method) else { return }
        send(method, .object(CommandKey.add(to: params, for: spec)), spec.retry, needsLogin: true)
    }

    /// `unread` lists what waits.
    func showUnread() {
        let unread = marks.unread
        if unread.isEmpty { return screen.show(["nothing is unread"]) }
        screen.show(unread.map { "\($0.count)  \(name(of: $0.conversation))" })
    }

    /// What the user missed is asked for once after the login.
    func askWhatIsUnread() {
        guard screen.isTerminal,
            let tag = runner.submit("conversations", ["limit": 100], retry: .freely)
        else { return }
        followUps[tag] = { [unowned self] result in
            for entry in result["conversations"]?.arrayValue ?? [] {
                directory.learn(user: entry["with"])
                directory.learn(group: entry["group"])
            }
            marks.learn(result)
            let waiting = marks.unread.map { "\(name(of: $0.conversation)) (\($0.count))" }
            if !waiting.isEmpty { screen.note("unread: \(waiting.joined(separator: ", "))") }
        }
    }

    /// What is shown of the conversation in which one talks is read.
    func learnUnread(_ method: String, _ params: JSONObject) {
        marks.learn(method, params, me: directory.me?.id)
        guard method == Wire.Push.message, let partner, params["conversation"]?.stringValue == partner.conversation
        else { return }
        markRead(partner.conversation)
    }

    private func markRead(_ conversation: String) {
        guard let last = marks.last(in: conversation), marks.unread.contains(where: { $0.conversation == conversation })
        else { return }
        marks.read(conversation, upTo: last)
        _ = runner.submit("read", ["conversation": .string(conversation), "seq": .integer(last)], retry: .freely)
    }

    /// A result that tells how far one has read.
    func learnRead(_ method: String, _ result: JSONValue) {
        guard method == Wire.Method.chat || method == Wire.Method.groupChat,
            let conversation = result["conversation"]?.stringValue, let seq = result["seq"]?.intValue
        else { return }
        marks.read(conversation, upTo: seq)
    }

    func name(of conversation: String) -> String {
        switch directory.conversation(conversation) {
        case .direct(let other): DisplayText.printable(directory.users[other] ?? "user \(other)")
        case .group(let id): DisplayText.printable(directory.groups[id] ?? "group \(id)")
        case nil: DisplayText.printable(conversation)
        }
    }
}
