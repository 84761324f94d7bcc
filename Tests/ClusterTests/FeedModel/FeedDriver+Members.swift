import ChatTestKit
import JSONText

/// Who comes, goes, is put out, is invited back, and wants to hear nothing.
extension FeedDriver {
    /// Joins a group, or leaves it.
    func moveMember(_ device: Device) throws {
        guard let watch = open[device] else { return }
        let group = random.number(0...1)
        guard device.user != group else { return }
        let params: JSONObject = ["group": .integer(groups[group])]
        if members[group][device.user] != nil {
            try watch.client.call("leavegroup", params)
            members[group][device.user] = nil
        } else if kicked[group].contains(device.user), !invited[group].contains(device.user) {
            return expect(try watch.client.refusal("joingroup", params), "forbidden")
        } else {
            try watch.client.call("joingroup", params)
            members[group][device.user] = lastSeq["group:\(groups[group])", default: 0]
            kicked[group].remove(device.user)
            invited[group].remove(device.user)
        }
        try lookNow(watch, "group:\(groups[group])")
    }

    /// An owner puts a member out.
    func kick(_ device: Device) throws {
        guard let watch = open[device], device.user < groups.count else { return }
        let group = device.user
        let other = (device.user + random.number(1...names.count - 1)) % names.count
        guard !invited[group].contains(other) else { return }
        let params: JSONObject = ["group": .integer(groups[group]), "user": .integer(ids[other])]
        guard members[group][other] != nil else {
            return expect(try watch.client.refusal("kick", params), "no_such_member")
        }
        try watch.client.call("kick", params)
        members[group][other] = nil
        kicked[group].insert(other)
        try lookNow(watch, "group:\(groups[group])")
    }

    /// An owner invites.
    func invite(_ device: Device) throws {
        guard let watch = open[device], device.user < groups.count else { return }
        let group = device.user
        let other = (device.user + random.number(1...names.count - 1)) % names.count
        let params: JSONObject = ["group": .integer(groups[group]), "user": .integer(ids[other])]
        if members[group][other] != nil {
            return expect(try watch.client.refusal("invite", params), "already_member")
        }
        if blocked[other].contains(device.user) {
            return expect(try watch.client.refusal("invite", params), "forbidden")
        }
        if invited[group].contains(other) {
            return expect(try watch.client.refusal("invite", params), "already_invited")
        }
        try watch.client.call("invite", params)
        invited[group].insert(other)
    }

    /// Blocks another, or takes it back.
    func block(_ device: Device) throws {
        guard let watch = open[device] else { return }
        let other = (device.user + random.number(1...names.count - 1)) % names.count
        let params: JSONObject = ["user": .integer(ids[other])]
        if blocked[device.user].remove(other) == nil {
            try watch.client.call("block", params)
            blocked[device.user].insert(other)
        } else {
            try watch.client.call("unblock", params)
        }
    }

    /// Whether one of the two hears nothing from the other.
    func isBlocked(_ one: Int, _ other: Int) -> Bool {
        blocked[one].contains(other) || blocked[other].contains(one)
    }

    /// Whether the other side of a message's conversation hears nothing from a user.
    func isBlocked(by key: ToldKey, _ user: Int) -> Bool {
        let sides = key.place.split(separator: ":").dropFirst().compactMap { Int64($0) }
        return ids.indices.contains { $0 != user && sides.contains(ids[$0]) && blocked[$0].contains(user) }
    }
}
