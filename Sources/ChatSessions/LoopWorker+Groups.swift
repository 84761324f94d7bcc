import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// `creategroup`, `updategroup`, `joingroup`, `leavegroup`, `deletegroup`, `groups`, `groupinfo`, `findgroup`.
extension LoopWorker {
    func createGroup(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let name = try call.parameters.string("name", where: TextRules.isGroupName)
        let description =
            try call.parameters.optionalString("description", where: TextRules.isDescription) ?? ""
        let visibility = try self.visibility(call) ?? .open
        _ = try call.parameters.optionalString("key", where: TextRules.isKey)
        let create = CreateGroup(
            group: try await services.identifiers.nextGroup(), name: name, description: description,
            visibility: visibility, groups: try await services.reads.groupCount(of: session.user))
        return try await groupCommand(call) { (_) throws(DecisionStop) in .createGroup(create) }
    }

    func updateGroup(_ call: Call) throws -> CommandCall {
        let update = UpdateGroup(
            group: try call.parameters.group(),
            name: try call.parameters.optionalString("name", where: TextRules.isGroupName),
            description: try call.parameters.optionalString("description", where: TextRules.isDescription),
            visibility: try visibility(call))
        return CommandCall(
            request: try request(call) { (_) throws(DecisionStop) in .updateGroup(update) }, render: Self.group)
    }

    private func visibility(_ call: Call) throws(RPCError) -> Visibility? {
        guard let word = try call.parameters.optionalString("visibility") else { return nil }
        guard let visibility = Visibility(rawValue: word) else { throw .invalidParameter("visibility") }
        return visibility
    }

    func joinGroup(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let group = try call.parameters.group()
        _ = try call.parameters.optionalString("key", where: TextRules.isKey)
        let groups = try await services.reads.groupCount(of: session.user)
        return try await groupCommand(call) { (_) throws(DecisionStop) in .joinGroup(group, groups: groups) }
    }

    private func groupCommand(
        _ call: Call, plan: @escaping @Sendable (inout StateReader) throws(DecisionStop) -> Command
    ) async throws -> JSONValue {
        let outcome = await run(try request(call, plan: plan), call.connection)
        return try result(of: outcome, call.connection, Self.group)
    }

    private static let group: CommandCall.Render = { result, _ in
        guard case .group(let id, let group, let members, let role) = result else { return [:] }
        let wire = WireGroup(
            id: id, name: group.name, description: group.description, visibility: group.visibility,
            members: members, role: role)
        return ["group": wire.json]
    }

    func leaveGroup(_ call: Call) throws -> CommandCall {
        let group = try call.parameters.group()
        return CommandCall(request: try request(call) { (_) throws(DecisionStop) in .leaveGroup(group) }) { _, _ in [:]
        }
    }

    func deleteGroup(_ call: Call) throws -> CommandCall {
        let group = try call.parameters.group()
        return CommandCall(request: try request(call) { (_) throws(DecisionStop) in .deleteGroup(group) }) { _, _ in [:]
        }
    }

    func groups(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let after = try call.parameters.optionalInteger("after", in: 0...Int64.max).map { GroupID($0) }
        let limit = try call.parameters.limit(default: 200, maximum: 200)
        let page = try await services.reads.groups(
            of: session.user, after: after, limit: limit, atLeast: session.told)
        let invitations = fitting(page.invitations.map(invitation), into: call.budget / 2)
        let fitted = fitting(page.groups.map(\.json), into: call.budget - Self.listNames - invitations.bytes)
        return [
            "more": .bool(page.more || fitted.isCut || invitations.isCut), "groups": .array(fitted.entries),
            "invitations": .array(invitations.entries),
        ]
    }

    func invitation(_ invitation: GroupsPage.Invitation) -> JSONValue {
        [
            "group": invitation.group.json, "by": invitation.by.json,
            "at": .string(WireTime.text(microseconds: invitation.at)),
        ]
    }

    func groupInfo(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let group = try call.parameters.group()
        let after = try call.parameters.optionalInteger("after", in: 0...Int64.max).map { UserID($0) }
        let limit = try call.parameters.limit(default: 500, maximum: 500)
        let found = try await services.reads.groupInfo(
            group, asker: session.user, after: after, limit: limit, atLeast: session.told)
        guard let page = found else { throw Refusal.noSuchGroup }
        let isMember = page.group.role != nil
        guard isMember || page.isInvited || page.group.visibility == .open else { throw Refusal.forbidden }
        let fitted = fitting(page.members.map { member($0, showsPresence: isMember) }, into: call.budget - 4_096)
        return [
            "group": page.group.json, "members": .array(fitted.entries), "more": .bool(page.more || fitted.isCut),
        ]
    }

    private func member(_ member: GroupPage.Member, showsPresence: Bool) -> JSONValue {
        var object: JSONObject = [
            "id": .integer(member.user.id.value), "name": member.user.name.map { .string($0) } ?? .null,
            "role": .string(member.role.rawValue),
        ]
        if showsPresence { object["online"] = .bool(member.isOnline) }
        return .object(object)
    }

    func findGroup(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let query = try call.parameters.string("query")
        let limit = try call.parameters.limit(default: 50, maximum: 50)
        let groups = try await services.reads.findGroups(
            foldedPrefix: services.credentials.folded(query), asker: session.user, limit: limit,
            atLeast: session.told)
        return ["groups": .array(fitting(groups.map(\.json), into: call.budget - Self.listNames).entries)]
    }
}
