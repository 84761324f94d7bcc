import ChatTestKit
import JSONText

/// What users say, and what they do to what was said.
extension FeedDriver {
    func chat(_ device: Device) throws {
        guard let watch = open[device] else { return }
        let other = (device.user + random.number(1...names.count - 1)) % names.count
        let text = "said \(step)"
        guard !isBlocked(device.user, other) else {
            let params: JSONObject = ["to": .string(names[other]), "text": .string(text)]
            return expect(try watch.client.refusal("chat", params), "forbidden")
        }
        let result = try watch.client.chat(names[other], text, key: random.oneIn(3) ? "\(step)" : nil)
        let place = note(result, by: device.user, text: text)
        try lookNow(watch, place)
    }

    func groupChat(_ device: Device) throws {
        guard let watch = open[device] else { return }
        let group = random.number(0...1)
        let text = "said \(step)"
        guard members[group][device.user] != nil else {
            let params: JSONObject = ["group": .integer(groups[group]), "text": .string(text)]
            return expect(try watch.client.refusal("groupchat", params), "not_a_member")
        }
        let place = note(try watch.client.groupChat(groups[group], text), by: device.user, text: text)
        try lookNow(watch, place)
    }

    func edit(_ device: Device) throws {
        guard let watch = open[device], let key = anyMessage(of: device.user) else { return }
        let text = "edited \(step)"
        let reason = refusal(of: device.user, key, isEdit: true)
        guard let position = try mark(watch, "edit", key, ["text": .string(text)], reason) else { return }
        told[key]?.edits.append((position, text))
        try lookNow(watch, key.place)
    }

    func recall(_ device: Device) throws {
        guard let watch = open[device], let key = anyMessage(of: device.user) else { return }
        let reason = refusal(of: device.user, key, isEdit: false)
        guard let position = try mark(watch, "recall", key, [:], reason) else { return }
        told[key]?.recalled = position
        told[key]?.reactions = []
        try lookNow(watch, key.place)
    }

    func react(_ device: Device) throws {
        guard let watch = open[device], let key = anyMessage(of: nil), let message = told[key] else { return }
        let emoji = random.pick(["👍", "🎉", "👩‍👩‍👧"])
        let remove = random.oneIn(3)
        let me = ids[device.user]
        var params: JSONObject = ["emoji": .string(emoji)]
        if remove { params["remove"] = true }
        let isThere = message.reactions.contains { $0.emoji == emoji && $0.by == me }
        let reason = unreadable(device.user, key, isSaying: true)
        guard let position = try mark(watch, "react", key, params, reason) else { return }
        if (position > 0) != (isThere == remove) { wrong.append("a reaction to \(key) came to \(position)") }
        guard isThere == remove else { return }
        if remove {
            told[key]?.reactions.removeAll { $0.emoji == emoji && $0.by == me }
        } else {
            told[key]?.reactions.append((emoji, me))
        }
        try lookNow(watch, key.place)
    }

    // MARK: what is known of it

    /// Notes an answered message; gives its conversation.
    @discardableResult
    func note(_ result: JSONValue, by user: Int, text: String) -> String {
        let place = result["conversation"]?.stringValue ?? ""
        let seq = result["seq"]?.intValue ?? 0
        if seq != lastSeq[place, default: 0] + 1 {
            wrong.append("\(place): \(seq) after \(lastSeq[place, default: 0])")
        }
        lastSeq[place] = seq
        told[ToldKey(place: place, seq: seq)] = ToldMessage(
            position: result["position"]?.intValue ?? 0, from: ids[user], text: text)
        return place
    }

    /// A message of late, half of the times one of the user's own.
    private func anyMessage(of user: Int?) -> ToldKey? {
        let mine = random.oneIn(2) ? user : nil
        let keys = told.filter { mine == nil || $0.value.from == ids[mine ?? 0] }
            .sorted { $0.value.position < $1.value.position }.suffix(30).map(\.key)
        return keys.isEmpty ? nil : random.pick(keys)
    }

    /// Gives the position, 0 for null, or nil if it was refused as it had to be.
    private func mark(
        _ watch: FeedWatch, _ method: String, _ key: ToldKey, _ further: JSONObject, _ reason: String?
    ) throws -> Int64? {
        var params: JSONObject = ["conversation": .string(key.place), "seq": .integer(key.seq)]
        for member in further.members { params[member.name] = member.value }
        if let reason {
            expect(try watch.client.refusal(method, params), reason)
            return nil
        }
        return try watch.client.call(method, params)["position"]?.intValue ?? 0
    }

    private func refusal(of user: Int, _ key: ToldKey, isEdit: Bool) -> String? {
        if let reason = unreadable(user, key, isSaying: isEdit) { return reason }
        let mayModerate = !isEdit && groups.firstIndex { key.place == "group:\($0)" } == user
        return told[key]?.from == ids[user] || mayModerate ? nil : "not_allowed"
    }

    /// Why a user can do nothing with a message. Whom the other side blocks can still take something back.
    private func unreadable(_ user: Int, _ key: ToldKey, isSaying: Bool) -> String? {
        if let group = groups.firstIndex(where: { key.place == "group:\($0)" }) {
            guard let joined = members[group][user] else { return "not_a_member" }
            if key.seq <= joined { return "no_such_message" }
        } else if !key.place.split(separator: ":").contains("\(ids[user])") {
            return "forbidden"
        } else if isSaying, isBlocked(by: key, user) {
            return "forbidden"
        }
        return told[key]?.recalled == nil ? nil : "no_such_message"
    }

    func expect(_ refusal: ClientRefusal?, _ reason: String) {
        if refusal?.reason != reason { wrong.append("\(refusal?.description ?? "done") instead of \(reason)") }
    }
}
