import ChatTestKit
import JSONText

/// What must hold of what the driver did.
extension FeedDriver {
    /// Now and then: the session that was answered sees the effect in the next query, and another one before long.
    func lookNow(_ watch: FeedWatch, _ place: String) throws {
        guard random.oneIn(3) else { return }
        if let difference = try difference(watch, place) { wrong.append("right after an answer, \(difference)") }
        guard let other = open.values.first(where: { $0.user != watch.user }) else { return }
        try eventually("\(other.device) sees \(place)") { try difference(other, place) == nil }
    }

    /// Where a history differs from what the user has to see, if it does.
    private func difference(_ watch: FeedWatch, _ place: String) throws -> String? {
        let params: JSONObject = ["conversation": .string(place), "limit": 20]
        var from: Int64 = 0
        if let group = groups.firstIndex(where: { place == "group:\($0)" }) {
            guard let joined = members[group][watch.user] else {
                let refusal = try watch.client.refusal("history", params)
                return refusal?.reason == "not_a_member" ? nil : "\(place) is shown to a former member"
            }
            from = joined
        } else if !place.split(separator: ":").contains("\(ids[watch.user])") {
            let refusal = try watch.client.refusal("history", params)
            return refusal?.reason == "forbidden" ? nil : "\(place) is shown to a third one"
        }
        let expected = Array((from + 1...max(from + 1, lastSeq[place, default: 0])).suffix(20))
            .compactMap { seq in told[ToldKey(place: place, seq: seq)].map { Self.shown($0, seq) } }
        let found = (try watch.client.call("history", params)["messages"]?.arrayValue ?? []).map(Self.shown)
        return found == expected ? nil : "\(place) of \(watch.user) shows \(found.suffix(3)) for \(expected.suffix(3))"
    }

    private static func shown(_ message: ToldMessage, _ seq: Int64) -> String {
        let form = message.form(asOf: .max, now: .max)
        var reactions: [(emoji: String, users: [Int64])] = []
        for (emoji, user) in message.reactions {
            if let index = reactions.firstIndex(where: { $0.emoji == emoji }) {
                reactions[index].users.append(user)
            } else {
                reactions.append((emoji, [user]))
            }
        }
        let counts = reactions.map { "\($0.emoji)\($0.users)" }.joined()
        return "\(seq) \(message.position) \(form.text) \(form.isEdited) \(form.isRecalled) \(counts)"
    }

    private static func shown(_ message: JSONValue) -> String {
        let isRecalled = message["recalled"] == true
        let reactions = (message["reactions"]?.objectValue?.members ?? []).map { name, value in
            "\(name)\((value["users"]?.arrayValue ?? []).compactMap(\.intValue))"
        }
        let edited = message["edited"] == true && !isRecalled
        return "\(message["seq"]?.intValue ?? 0) \(message["position"]?.intValue ?? 0) "
            + "\(message["text"]?.stringValue ?? "?") \(edited) \(isRecalled) \(reactions.joined())"
    }

    /// Everything that is against the promises, once all has arrived.
    func violations() throws -> [String] {
        let model = try FeedModel(cluster)
        for (device, watch) in open {
            let rows = model.feed(of: ids[device.user]).rows
            let last = rows.last { $0.position > watch.begin && $0.session != watch.session }
            if let last { try watch.client.wait("the rest of a feed") { _ in watch.last >= last.position } }
            watch.isComplete = true
        }
        let feeds = watches.flatMap { $0.violations(model, of: ids[$0.user], told: told) }
        var histories: [String] = []
        for watch in open.values {
            for place in lastSeq.keys { histories += [try difference(watch, place)].compactMap { $0 } }
        }
        return wrong + lostOrDoubled(model) + feeds + histories
    }

    /// The log holds what was answered, and nothing else.
    private func lostOrDoubled(_ model: FeedModel) -> [String] {
        func positions(_ type: String) -> [Int64] { model.rows.filter { $0.type == type }.map(\.position) }
        let messages = model.rows.filter { $0.type == "MessageSent" }.map { "\($0.place) \($0.version) \($0.position)" }
        let answered = told.map { "\($0.key.place) \($0.key.seq) \($0.value.position)" }
        var found: [String] = []
        if messages.sorted() != answered.sorted() {
            found.append("lost or doubled: \(Set(messages).symmetricDifference(answered).sorted())")
        }
        let edits = told.values.flatMap { $0.edits.map(\.position) }.sorted()
        if positions("MessageEdited") != edits { found.append("edits were lost or doubled") }
        if positions("MessageRecalled") != told.values.compactMap(\.recalled).sorted() {
            found.append("recalls were lost or doubled")
        }
        return found
    }
}
