import ChatDomain
import ChatTestKit
import EventCodec
import Testing

@testable import ChatApplication

/// Two nodes' pipelines over one log, with whatever can go wrong between them, from a seed.
struct PipelineWorld {
    /// A command as it was submitted, and what became of it.
    struct Submitted {
        var id: Int
        var node: Int
        var chain: Int
        var user: Int64
        var command: Command
        var key: ClientKey?
        var outcome: CommandOutcome?
    }

    /// Something that the log confirmed: behind how many events, and whose.
    struct Confirmed {
        var after: Int64
        var id: Int
        var verdict: Result<CommandResult, Refusal>
        var events: [ChatEvent]
    }

    struct Node {
        let machine: PipelineMachine
        var loads: [[StreamName]] = []
        var append: [DecidedCommand]?
        /// The batch has arrived at the log, and this answer is on its way.
        var answer: Result<[AppendOutcome], EventLogError>?
        /// Chains with a 503 that is on its way to its connection.
        var untold: [Int] = []
    }

    var random: SeededRandom
    let hasFaults: Bool
    let log = InMemoryEventLog()
    var nodes: [Node]
    var submitted: [Submitted] = []
    var confirmed: [Confirmed] = []
    var groups: [Int64] = [1]
    var now: Int64 = 0

    static let users: ClosedRange<Int> = 1...6
    static let chains = 1...8

    init(_ random: SeededRandom, hasFaults: Bool) async throws {
        self.random = random
        self.hasFaults = hasFaults
        var limits = PipelineLimits()
        limits.batchCommands = 6
        limits.cachedStates = 20
        nodes = (0..<2).map { _ in Node(machine: PipelineMachine(limits: limits)) }
        for user in Self.users { try await register(Int64(user)) }
    }

    private func register(_ user: Int64) async throws {
        let event = UserRegistered(
            user: UserID(user), nameDigest: "d\(user)", name: "user\(user)", passwordHash: "hash", address: nil)
        let stored = try EventCodec.encode(
            .userRegistered(event), in: .account(UserID(user)), sealer: PlainSealer(), at: 0)
        let state = StreamState.account(AccountState(name: "user\(user)", passwordHash: "hash"))
        let command = AppendCommand(
            chain: 0,
            events: [
                EncodedEvent(
                    stream: .account(UserID(user)), type: stored.type, schema: stored.schema, payload: stored.payload)
            ], states: [EncodedState(stream: .account(UserID(user)), bytes: StateCodec.encode(state))])
        _ = try await log.append(AppendBatch(origin: nil, commands: [command]))
    }

    // MARK: steps

    mutating func step() async throws {
        let node = random.number(0...1)
        switch random.number(1...11) {
        case 1...4: submit(node)
        case 5...6: try await answerLoad(node)
        case 7: try await arrive(node)
        case 8...9: answerAppend(node)
        case 10: tell(node)
        default: tick(node)
        }
        checkNoStall(nodes[node].machine)
    }

    /// Everything is answered, without faults, until nothing is left.
    mutating func drain() async throws {
        for _ in 0..<20_000 where submitted.contains(where: { $0.outcome == nil }) {
            now += 20_000
            for node in 0...1 {
                while !nodes[node].loads.isEmpty { try await load(node, nodes[node].loads.removeFirst()) }
                if nodes[node].answer == nil { try await carryOut(node, isRefused: false) }
                answerAppend(node)
                perform(node, nodes[node].machine.tick(now: now))
            }
        }
        for node in nodes {
            #expect(node.machine.isIdle)
            #expect(node.machine.loading.isEmpty && node.machine.blocked.isEmpty)
        }
    }

    private mutating func submit(_ node: Int) {
        let chain = random.number(Self.chains) + node * 100
        let user = Int64(chain % 100 % Self.users.count + 1)
        var command = randomCommand()
        var key = random.oneIn(3) ? clientKey(user, random.number(1...40)) : nil
        // A retry: the same key and command by the same user, wherever.
        let earlier = submitted.filter { $0.user == user && $0.key != nil }
        if !earlier.isEmpty, random.oneIn(4) {
            let first = random.pick(earlier)
            (command, key) = (first.command, first.key)
        }
        let id = submitted.count
        submitted.append(Submitted(id: id, node: node, chain: chain, user: user, command: command, key: key))
        let request = CommandRequest(cause: Cause(actor: UserID(user), reference: "\(id)"), key: key) { [command] _ in
            command
        }
        let isBehind503 = nodes[node].untold.contains(chain)
        perform(node, nodes[node].machine.submit(request, id: id, chain: chain, now: now))
        if isBehind503 { #expect(submitted[id].outcome?.isUnavailable == true, "\(id) was sent before a 503 was told") }
    }

    private mutating func tell(_ node: Int) {
        while !nodes[node].untold.isEmpty { nodes[node].machine.told(nodes[node].untold.removeFirst()) }
    }

    private func clientKey(_ user: Int64, _ number: Int) -> ClientKey {
        ClientKey(digest: [UInt8](repeating: UInt8(user), count: 15) + [UInt8(number)])
    }

    private mutating func randomCommand() -> Command {
        let other = UserID(Int64(random.number(Self.users)))
        let group = GroupID(random.pick(groups))
        switch random.number(1...14) {
        case 1...4:
            return .sendMessage(SendMessage(target: .user(other), text: hasFaults && random.oneIn(60) ? "poison" : "x"))
        case 5: return .addFriend(other)
        case 6: return .acceptFriend(other)
        case 7: return .rejectFriend(other)
        case 8: return .removeFriend(other)
        case 9:
            let number = Int64(groups.count + 1)
            groups = groups.suffix(2) + [max(number, (groups.max() ?? 0) + 1)]
            return .createGroup(
                CreateGroup(
                    group: GroupID(groups.last ?? 0), name: "g", description: "", visibility: .open, groups: 0))
        case 10...11: return .joinGroup(group, groups: 0)
        case 12: return .leaveGroup(group)
        case 13: return .deleteGroup(group)
        default: return .sendMessage(SendMessage(target: .group(group), text: "y"))
        }
    }

    private mutating func answerLoad(_ node: Int) async throws {
        guard !nodes[node].loads.isEmpty else { return }
        let streams = nodes[node].loads.remove(at: random.number(0...nodes[node].loads.count - 1))
        if hasFaults, random.oneIn(10) {
            perform(node, nodes[node].machine.loadFailed(streams, now: now))
        } else {
            try await load(node, streams)
        }
    }

    private mutating func load(_ node: Int, _ streams: [StreamName]) async throws {
        let heads = try await log.heads(of: streams).map { (stream: $0.stream, state: VersionedState($0)) }
        perform(node, nodes[node].machine.loaded(heads, now: now))
    }

    /// The batch reaches the log, or does not; the answer comes later, or never.
    private mutating func arrive(_ node: Int) async throws {
        guard let commands = nodes[node].append, nodes[node].answer == nil else { return }
        guard hasFaults else { return try await carryOut(node, isRefused: false) }
        let isRefused = commands.contains { $0.events.contains { Self.isPoison($0.event) } }
        switch random.number(1...20) {
        case 1...2: nodes[node].answer = .failure(.unavailable("away"))
        case 3: nodes[node].answer = .failure(.unknown)
        case 4: nodes[node].answer = .failure(.staleTerm)
        case 5 where !isRefused:
            try await carryOut(node, isRefused: false)
            nodes[node].answer = .failure(.unknown)
        default: try await carryOut(node, isRefused: isRefused)
        }
    }

    private static func isPoison(_ event: ChatEvent) -> Bool {
        if case .messageSent(let message) = event { message.text == "poison" } else { false }
    }

    private mutating func carryOut(_ node: Int, isRefused: Bool) async throws {
        guard let commands = nodes[node].append else { return }
        if isRefused {
            nodes[node].answer = .failure(.refused("poison"))
            return
        }
        var after = try await log.head().value
        var encoded: [AppendCommand] = []
        for command in commands { encoded.append(try command.encoded(PlainSealer(), at: now)) }
        let outcomes = try await log.append(AppendBatch(origin: nil, commands: encoded))
        for (command, outcome) in zip(commands, outcomes) {
            guard case .appended = outcome, let id = command.request.cause.reference.flatMap({ Int($0) }) else {
                continue
            }
            confirmed.append(
                Confirmed(after: after, id: id, verdict: command.verdict, events: command.events.map(\.event)))
            after += Int64(command.events.count)
        }
        nodes[node].answer = .success(outcomes)
    }

    private mutating func answerAppend(_ node: Int) {
        guard let answer = nodes[node].answer else { return }
        nodes[node].answer = nil
        nodes[node].append = nil
        switch answer {
        case .success(let outcomes): perform(node, nodes[node].machine.appended(outcomes, now: now))
        case .failure(let error): perform(node, nodes[node].machine.appendFailed(error, now: now))
        }
    }

    private mutating func tick(_ node: Int) {
        now += Int64(random.number(0...(hasFaults ? 1_500 : 20))) * 1_000
        perform(node, nodes[node].machine.tick(now: now))
    }

    // MARK: what it does

    private mutating func perform(_ node: Int, _ actions: [PipelineMachine.Action]) {
        var unavailable: [Int] = []
        for action in actions {
            switch action {
            case .load(let streams): nodes[node].loads.append(streams)
            case .append(let commands):
                #expect(nodes[node].append == nil, "one batch is in flight at a time")
                nodes[node].append = commands
            case .complete(let id, let outcome):
                #expect(submitted[id].outcome == nil, "\(id) completes once")
                submitted[id].outcome = outcome
                if case .unavailable = outcome { unavailable.append(id) }
            }
        }
        for id in unavailable {
            checkNothingIsLeftBehind(id)
            nodes[node].untold.append(submitted[id].chain)
        }
    }

    /// With the 503, everything that was received on its connection has been answered, and behind it with 503.
    private func checkNothingIsLeftBehind(_ id: Int) {
        for other in submitted where other.chain == submitted[id].chain {
            #expect(other.outcome != nil, "\(other.id) waits on beside the 503 of \(id)")
        }
    }

    private func checkNoStall(_ machine: PipelineMachine) {
        for (id, chain) in machine.chains where !chain.isEmpty {
            if chain.isReady {
                #expect(machine.ready.contains(id))
                continue
            }
            #expect(chain.isBlocked, "chain \(id) is neither ready nor blocked")
            let waitsForLoad = machine.loading.contains { machine.blocked[$0]?.contains(id) == true }
            let waitsForKey = machine.keysUnderWay.contains { entry in
                machine.blockedOnKey[entry.key]?.contains(id) == true
            }
            let waitsForBatch = machine.blockedOnBatch.contains(id) && !machine.filling.isEmpty
            #expect(waitsForLoad || waitsForKey || waitsForBatch, "chain \(id) waits for nothing")
        }
        #expect(machine.chains.values.allSatisfy { !$0.isEmpty }, "an empty chain stays")
        #expect(Set(machine.ready).isSuperset(of: machine.chains.filter(\.value.isReady).keys))
    }
}
