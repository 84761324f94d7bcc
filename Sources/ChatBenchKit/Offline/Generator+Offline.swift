import CommandLineTool
import JSONText
import Reactor
import Telemetry

/// Measures messages to users who are away.
extension Generator {
    /// How often somebody comes back once more.
    private static let comebacks = 10

    /// Has everybody log in, sends half of them away, writes to these, has them come back, and then some of them once
    /// more, one by one.
    func carryOut(_ plan: OfflinePlan) async throws -> OfflineReport {
        try await prepare(count: 2 * plan.users)
        let away = clients[plan.users...].map { $0 }
        for client in away { client.close() }
        clients.removeLast(plan.users)
        await loop.sleep(for: .milliseconds(200))
        let run = OfflineRun(plan: plan, number: nextNumber())
        offline = run
        defer {
            offline = nil
            clients.forEach { $0.session = nil }
            run.end()
        }
        let begun = GeneratorClock.now()
        run.store(from: clients, to: away)
        let stored = try await ended(run, begun, "stored") { run.isStored }
        let returned = GeneratorClock.now()
        let positions = away.map(\.position)
        try await forEach(plan.users..<2 * plan.users, atOnce: plan.users) { generator, index in
            try await generator.bringBack(index, since: positions[index - plan.users])
        }
        let drained = try await ended(run, returned, "with their recipients") { run.isDrained }
        run.beginComebacks()
        for comeback in 0..<Generator.comebacks {
            let place = comeback % plan.users
            // They have come back in an order of their own.
            guard let gone = clients.lastIndex(where: { $0.index == plan.users + place }) else { continue }
            let client = clients.remove(at: gone)
            client.session = nil
            client.close()
            try await bringBack(plan.users + place, since: positions[place])
            _ = try await ended(run, GeneratorClock.now(), "with who came once more") { run.isDrained }
        }
        return OfflineReport(
            plan: plan, storeSeconds: Double(stored - begun) / 1e9, drainSeconds: Double(drained - returned) / 1e9,
            first: RunReport.Times(run.firstTimes), later: RunReport.Times(run.laterTimes), faults: run.faults)
    }

    private func bringBack(_ index: Int, since position: Int) async throws {
        let begun = GeneratorClock.now()
        let client = try await connect(index)
        clients.append(client)
        client.session = offline?.receiver(of: client, begun: begun)
        let parameters: JSONObject = [
            "token": .string(tokens[client.name] ?? ""), "since": .integer(Int64(position)),
        ]
        let request: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": "login", "params": .object(parameters)]
        client.write(Array((request.description + "\n").utf8))
    }

    /// The generator's time when a half was over.
    private func ended(
        _ run: OfflineRun, _ begun: Int64, _ what: String, _ isOver: () -> Bool
    ) async throws -> Int64 {
        while !isOver() {
            if let failure = run.failure { throw ToolFailure(.failed, failure) }
            guard GeneratorClock.now() < begun + Int64(run.plan.patience * 1e9) else {
                throw ToolFailure(.failed, "not all messages were \(what) within \(rounded(run.plan.patience)) s")
            }
            await loop.sleep(for: .milliseconds(1))
        }
        return run.lastTime
    }
}
