import CommandLineTool
import JSONText

/// Brings clients together in groups.
extension Generator {
    /// Above the numbers of all clients: who is a member, and not there.
    private static let firstAbsent = 1_000_000

    /// Gives the ids of a plan's groups, made of the clients in their order.
    func prepareGroups(_ plan: RunPlan) async throws -> [Int] {
        let joining = (plan.members + plan.absent) * plan.conversations + plan.clients * plan.quietGroups
        let progress = ProgressReporter("joining groups", unit: "members", total: joining)
        defer { progress.finish() }
        var ids: [Int] = []
        for group in 0..<plan.conversations {
            let first = group * plan.members
            let name = "bench \(plan.members)\(plan.absent > 0 ? "+\(plan.absent)" : "")/\(group)"
            let id = try await gather(first..<first + plan.members, in: name, progress)
            try await bringAbsent(plan.absent, into: id, of: first, progress)
            ids.append(id)
        }
        for group in 0..<plan.quietGroups {
            _ = try await gather(0..<plan.clients, in: "bench quiet \(plan.clients)/\(group)", progress)
        }
        return ids
    }

    /// The group of this name, of clients of whom the first owns it.
    private func gather(_ members: Range<Int>, in name: String, _ progress: ProgressReporter) async throws -> Int {
        let id = try await ownGroup(named: name, client: members.lowerBound)
        try await forEach(members.dropFirst()) { generator, index in
            try await generator.join(id, named: name, client: index)
            progress.advance(by: 1)
        }
        return id
    }

    private func ownGroup(named name: String, client index: Int) async throws -> Int {
        if let id = memberships[index]?[name] { return id }
        let result = try await insist(clients[index], "creategroup", ["name": .string(name)])
        guard let id = result["group"]?["id"]?.intValue else {
            throw ToolFailure(.failed, "creategroup gave no group")
        }
        memberships[index, default: [:]][name] = Int(id)
        return Int(id)
    }

    private func join(_ id: Int, named name: String, client index: Int) async throws {
        guard memberships[index]?[name] != id else { return }
        _ = try await insist(clients[index], "joingroup", ["group": .integer(Int64(id))])
        memberships[index, default: [:]][name] = id
    }

    /// Lets users join who go again at once, unless an earlier run has done so.
    private func bringAbsent(_ count: Int, into id: Int, of owner: Int, _ progress: ProgressReporter) async throws {
        guard count > 0 else { return }
        let found = try await insist(clients[owner], "groupinfo", ["group": .integer(Int64(id)), "limit": 1])
        guard (found["group"]?["members"]?.intValue ?? 0) < count else { return }
        let first = Generator.firstAbsent + owner
        try await forEach(first..<first + count) { generator, index in
            let client = try await generator.connect(index)
            _ = try await generator.session(of: client)
            do {
                _ = try await generator.insist(client, "joingroup", ["group": .integer(Int64(id))])
            } catch let refusal as ServerRefusal where refusal.code == 409 {
                // Joined by an earlier run that did not end.
            }
            client.close()
            progress.advance(by: 1)
        }
    }
}
