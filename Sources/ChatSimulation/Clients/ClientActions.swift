import ChatTestKit
import JSONText

/// What people do.
extension SimulatedClient {
    /// Goes on doing something now and then until the world has had enough.
    func live() {
        timeline.after(timeline.milliseconds(world.plan.pace)) { [weak self] in
            guard let self, world.isBusy else { return }
            if session != nil { act() }
            live()
        }
    }

    private func act() {
        switch timeline.random.number(1...100) {
        case ...30: say(inGroup: false)
        case ...55: say(inGroup: true)
        case ...62: (0..<timeline.random.number(2...5)).forEach { _ in say(inGroup: timeline.random.oneIn(2)) }
        case ...69: moveMember()
        case ...73: mark()
        case ...77: befriend()
        case ...85: acknowledge()
        case ...89: askHistory()
        case ...92: repeatSomething()
        case ...94: stall(for: timeline.milliseconds(100...2_000))
        case ...95: send("logout", [:], .logout)
        default: if world.plan.breaksConnections { hangUp() }
        }
    }

    private func make(_ method: String, _ params: JSONObject, text: String? = nil, isKeyed: Bool? = nil) {
        let number = world.nextCommand()
        let hasKey = isKeyed ?? !timeline.random.oneIn(4)
        let command = IssuedCommand(
            number: number, user: person.number, method: method, params: params, key: hasKey ? "key \(number)" : nil,
            text: text)
        issued.append(command)
        issue(command)
    }

    func createGroup() { make("creategroup", ["name": "all of us"], isKeyed: true) }

    private var other: Person? {
        let others = world.persons.filter { $0 !== person && $0.id != nil }
        return others.isEmpty ? nil : timeline.random.pick(others)
    }

    private var group: Int64? { world.groups.isEmpty ? nil : timeline.random.pick(world.groups) }

    private func say(inGroup: Bool) {
        let size = timeline.random.oneIn(8) ? 600 : 0
        let text = "text \(world.nextText())" + String(repeating: ".", count: size)
        if inGroup, let group {
            make("groupchat", ["group": .integer(group), "text": .string(text)], text: text)
        } else if let other, let id = other.id {
            let to: JSONValue = timeline.random.oneIn(3) ? .string(other.name) : .integer(id)
            make("chat", ["to": to, "text": .string(text)], text: text)
        }
    }

    private func moveMember() {
        guard let group else { return }
        let params: JSONObject = ["group": .integer(group)]
        switch timeline.random.number(1...6) {
        case ...3: make("joingroup", params)
        case 4: if world.founder != person.number { make("leavegroup", params) }
        default:
            guard let id = other?.id else { return }
            let isKick = timeline.random.oneIn(2)
            make(isKick ? "kick" : "invite", ["group": .integer(group), "user": .integer(id)])
        }
    }

    /// Changes something of what one said, or takes it back.
    private func mark() {
        guard let said = world.said.suffix(12).last(where: { $0.user == person.number || timeline.random.oneIn(6) })
        else { return }
        var params: JSONObject = ["conversation": .string(said.conversation), "seq": .integer(said.seq)]
        if timeline.random.oneIn(3) { return make("recall", params) }
        let text = "edit \(world.nextText())"
        params["text"] = .string(text)
        make("edit", params, text: text)
    }

    private func befriend() {
        guard let id = other?.id else { return }
        let method = timeline.random.pick(["addfriend", "addfriend", "acceptfriend", "removefriend", "rejectfriend"])
        make(method, ["user": .integer(id)])
    }

    func acknowledge() {
        guard let session, session.lastSeen > 0 else { return }
        let seen = session.pushes.filter { $0.isFeed || $0.method == "caughtup" }
        let position = timeline.random.oneIn(3) ? timeline.random.pick(seen).position : session.lastSeen
        let params: JSONObject = ["position": .integer(position)]
        send("ack", params, timeline.random.oneIn(2) ? .acknowledgement(position, session) : nil)
    }

    /// What was answered in this session must be seen in it.
    private func askHistory() {
        let mine = issued.filter { $0.method == "chat" }.flatMap(\.answers).compactMap { answer -> (String, Int64)? in
            guard case .done(_, let seq?, let conversation?, _) = answer else { return nil }
            return (conversation, seq)
        }
        guard let last = mine.last else { return }
        send(
            "history", ["conversation": .string(last.0), "limit": 200],
            .history(conversation: last.0, atLeast: last.1))
    }

    /// Sends a command under a key once more, though it was answered.
    private func repeatSomething() {
        let keyed = issued.filter { $0.key != nil }
        guard !keyed.isEmpty else { return }
        issue(timeline.random.pick(keyed))
    }
}
