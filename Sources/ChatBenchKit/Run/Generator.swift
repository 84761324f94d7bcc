import CommandLineTool
import Foundation
import Reactor

/// Holds the clients and carries out one run after another on one loop.
actor Generator {
    let loop: EventLoop
    let target: BenchTarget
    let tokenFile: TokenFile
    /// The tokens by user name.
    var tokens: [String: String]
    var clients: [BenchClient] = []
    /// Those that speak XMPP; there are only of one kind.
    var stanzaClients: [StanzaClient] = []
    /// For each client the ids of its groups, by their names.
    var memberships: [Int: [String: Int]] = [:]
    /// What is counted of logins while they are measured.
    var logins = LoginCount()
    /// The run of messages to users who are away.
    var offline: OfflineRun?
    private var runsBegun = 0
    private var current: (run: LoadRun, over: CheckedContinuation<Void, Never>)?

    /// The loop that owns it.
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(target: BenchTarget) {
        self.target = target
        loop = EventLoop(name: "generator")
        tokenFile = TokenFile(path: target.tokenFile)
        tokens = tokenFile.read()
    }

    /// Carries out a plan and reports on it. One at a time.
    func carryOut(_ plan: RunPlan) async throws -> RunReport {
        let begin =
            switch target.speaks {
            case .parley: try await beginLines(plan)
            case .xmpp: try await beginStanzas(plan)
            }
        let start = (GeneratorClock.now() / Schedule.slot + 100) * Schedule.slot
        let run = LoadRun(number: nextNumber(), plan: plan, start: start, loop: loop)
        async let usage = ProcessTimes.usage(of: target.processes, after: plan.warmup + 0.1, during: plan.seconds)
        begin(run)
        await untilOver(run)
        return RunReport(run, faults: run.finish(), usage: await usage)
    }

    /// Makes the clients ready; what it gives begins a run with them.
    private func beginLines(_ plan: RunPlan) async throws -> (LoadRun) -> Void {
        try await prepare(count: plan.clients)
        let groups = plan.mode == .group ? try await prepareGroups(plan) : []
        let clients = clients
        return { run in
            run.begin(clients) { index in
                RequestTemplate(
                    target: plan.mode == .direct
                        ? .user(clients[index ^ 1].user) : .group(groups[index / plan.members]),
                    run: run.number, sender: index, size: plan.size)
            }
        }
    }

    private func beginStanzas(_ plan: RunPlan) async throws -> (LoadRun) -> Void {
        try await prepareStanzas(count: plan.clients)
        let rooms = plan.mode == .group ? try await prepareRooms(count: plan.conversations, size: plan.members) : []
        let clients = stanzaClients
        return { run in
            run.begin(clients) { index in
                let isDirect = plan.mode == .direct
                return StanzaTemplate(
                    type: isDirect ? "chat" : "groupchat",
                    to: isDirect ? clients[index ^ 1].address : rooms[index / plan.members],
                    run: run.number, sender: index, size: plan.size)
            }
        }
    }

    /// Told apart from the runs of other generators, whose messages may still be on their way.
    func nextNumber() -> Int {
        runsBegun += 1
        return Int(Date().timeIntervalSince1970) * 100 + runsBegun
    }

    private func untilOver(_ run: LoadRun) async {
        let pacer = Pacer(on: loop) { self.assumeIsolated { $0.tick() } }
        await withCheckedContinuation { current = (run, $0) }
        pacer.stop()
    }

    private func tick() {
        guard let (run, over) = current, run.tick(at: GeneratorClock.now()) else { return }
        current = nil
        over.resume()
    }

    /// Ends the connections.
    func close() async {
        clients.forEach { $0.close() }
        clients = []
        stanzaClients.forEach { $0.close() }
        stanzaClients = []
        await loop.sleep(for: .milliseconds(200))
    }
}
