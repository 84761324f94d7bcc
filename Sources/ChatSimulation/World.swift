import ChatApplication
import ChatDomain
import ChatTestKit
import JSONText

/// A cluster with its database, its Redis and its clients, in one thread, from a seed.
final class World: @unchecked Sendable {
    /// How long all that was interrupted may take to come right, once nothing goes wrong any more.
    static let patience: Duration = .seconds(90)

    let seed: UInt64
    let timeline: Timeline
    let plan: Plan
    let database: SimulatedDatabase
    let redis: SimulatedRedis
    let credentials = Credentials(pepper: [UInt8](repeating: 7, count: 16))
    private(set) var nodes: [SimulatedNode] = []
    private(set) var persons: [Person] = []
    private(set) var clients: [SimulatedClient] = []
    private(set) var isBusy = true
    /// What was found to be against the promises, one line each.
    var wrong: [String] = []
    var groups: [Int64] = []
    /// Who created the group.
    private(set) var founder = -1
    /// Messages that were answered, to be edited.
    private(set) var said: [(user: Int, conversation: String, seq: Int64)] = []
    private var commands = 0
    private var texts = 0
    private var connectionNumbers = 0
    /// All that there ever were, by their numbers.
    var connections: [Int: SimulatedConnection] = [:]
    private(set) var tally = Tally()
    private var begin: Int64 = 0

    init(seed: UInt64, keepsWords: Bool = false) {
        self.seed = seed
        RuntimeHooks.seedRandomness(seed)
        timeline = Timeline(seed: seed, trace: Trace(keepsWords: keepsWords))
        plan = Plan(&timeline.random)
        begin = timeline.time
        var faults = plan.database
        faults.outages = faults.outages.map { [begin] in $0.lowerBound + begin..<$0.upperBound + begin }
        database = SimulatedDatabase(on: timeline, faults: faults)
        redis = SimulatedRedis(on: timeline)
    }

    func nextCommand() -> Int {
        commands += 1
        return commands
    }

    func nextText() -> Int {
        texts += 1
        return texts
    }

    func nextConnection() -> Int {
        connectionNumbers += 1
        return connectionNumbers
    }

    // MARK: the run

    /// Runs it to its end; what was against the promises stands in `wrong`.
    func run() {
        redis.failures = plan.redisFailures
        redis.losses = plan.redisLosses
        redis.slow = plan.redisSlow
        redis.lose(percent: plan.redisLosses)
        database.begin()
        for number in 1...plan.nodes { start(NodeName("n\(number)")) }
        for number in 0..<plan.persons {
            let person = Person(number)
            persons.append(person)
            for device in 0..<plan.devices { clients.append(SimulatedClient(person, device: "d\(device)", in: self)) }
        }
        for client in clients {
            client.begin()
            client.live()
        }
        for incident in plan.incidents { timeline.after(incident.at) { [unowned self] in happen(incident.kind) } }
        timeline.run(to: begin + plan.busy)
        heal()
        let checker = Checker(self)
        if !timeline.run(for: Self.patience, every: .milliseconds(300), until: { isQuiet && checker.isComplete }) {
            wrong.append("it does not come right: \(unquiet.joined(separator: "; "))")
        }
        // What comes too much has time to come.
        timeline.run(to: timeline.time + 1_000_000)
        wrong += checker.violations()
        count(checker)
        if RuntimeHooks.hasEscaped { wrong.append("something ran elsewhere") }
        end()
    }

    private func start(_ name: NodeName) {
        let node = SimulatedNode(name, in: self, threads: plan.threads)
        nodes.append(node)
        node.begin()
    }

    /// Nothing goes wrong from here on.
    private func heal() {
        isBusy = false
        timeline.trace.note("nothing goes wrong any more")
        database.faults = .none
        redis.failures = 0
        redis.losses = 0
        redis.slow = 0
        redis.lose(percent: 0)
        redis.carrier.isDown = false
        for name in Set(nodes.filter(\.isDead).map(\.name.value)).sorted() { restart(NodeName(name)) }
    }

    private func restart(_ name: NodeName) {
        nodes.removeAll { $0.name == name && $0.isDead }
        if !nodes.contains(where: { $0.name == name }) { start(name) }
    }

    private func happen(_ kind: Plan.Incident.Kind) {
        guard isBusy else { return }
        let alive = nodes.filter { !$0.isDead }
        switch kind {
        case .death(let back):
            guard !alive.isEmpty else { return }
            let node = timeline.random.pick(alive)
            tally.deaths += 1
            node.kill()
            timeline.after(back) { [unowned self] in restart(node.name) }
        case .pause(let length):
            guard !alive.isEmpty else { return }
            tally.pauses += 1
            timeline.random.pick(alive).pause(for: length)
        case .twin(let length):
            guard !alive.isEmpty else { return }
            let node = timeline.random.pick(alive)
            node.pause(for: length)
            tally.pauses += 1
            start(node.name)
        case .redisAway(let length):
            timeline.trace.note("Redis is away")
            redis.carrier.isDown = true
            timeline.after(length) { [unowned self] in redis.carrier.isDown = false }
        case .redisEmpty:
            timeline.trace.note("Redis lost everything")
            redis.carrier.empty()
        case .redisForgets:
            timeline.trace.note("Redis lost its newest entries")
            redis.carrier.loseNewest(timeline.random.number(1...30))
        }
    }

    /// A process that found its name taken ends; what looks after it starts it again.
    func superseded(_ node: SimulatedNode?) {
        guard let node else { return }
        timeline.trace.note("\(node.name) ends: its name was taken")
        timeline.after(0) { node.kill() }
        timeline.after(300_000) { [unowned self] in restart(node.name) }
    }

    private func count(_ checker: Checker) {
        tally.worlds = 1
        tally.events = database.tables.events.count
        tally.sessions = clients.reduce(0) { $0 + $1.sessions.count }
        tally.pushes = clients.reduce(0) { $0 + $1.sessions.reduce(0) { $0 + $1.pushes.count } }
        tally.commands = clients.reduce(0) { $0 + $1.issued.count }
        tally.attempts = clients.reduce(0) { $0 + $1.issued.reduce(0) { $0 + $1.attempts.count } }
        tally.steps = timeline.steps
    }

    func noteLostTerm() { tally.lostTerms += 1 }

    /// Lets go of what holds the world.
    private func end() {
        for node in nodes { node.kill() }
    }

    // MARK: what clients need

    func anyNode() -> SimulatedNode? {
        let alive = nodes.filter { !$0.isDead }
        return alive.isEmpty ? nil : timeline.random.pick(alive)
    }

    func loggedIn(_ client: SimulatedClient) {
        guard founder < 0 else { return }
        founder = client.person.number
        client.createGroup()
    }

    func done(_ command: IssuedCommand, _ result: JSONValue) {
        if command.method == "creategroup", let id = result["group"]?["id"]?.intValue, !groups.contains(id) {
            groups.append(id)
        }
        guard let seq = result["seq"]?.intValue, let conversation = result["conversation"]?.stringValue,
            result["duplicate"] != true
        else { return }
        said.append((command.user, conversation, seq))
    }

    func checkHistory(
        _ result: JSONValue?, _ reason: String?, of client: SimulatedClient, _ conversation: String, atLeast seq: Int64
    ) {
        guard let result else {
            // What is sent behind a logout finds nobody logged in.
            if reason != "unavailable", reason != "not_logged_in" {
                wrong.append("\(client.label) cannot read \(conversation): \(reason ?? "?")")
            }
            return
        }
        let seqs = (result["messages"]?.arrayValue ?? []).compactMap { $0["seq"]?.intValue }
        if !seqs.contains(seq) { wrong.append("\(client.label) does not see \(seq) in \(conversation): \(seqs)") }
        if zip(seqs, seqs.dropFirst()).contains(where: { $0 + 1 != $1 }) {
            wrong.append("\(client.label) sees gaps in \(conversation): \(seqs)")
        }
    }

    // MARK: coming right

    private var isQuiet: Bool { nodes.allSatisfy { $0.isServing && !$0.isDead } && clients.allSatisfy(\.isQuiet) }

    private var unquiet: [String] {
        nodes.filter { !$0.isServing || $0.isDead }.map { "\($0.name) does not serve" }
            + clients.filter { !$0.isQuiet }.map { "\($0.label) \($0.state)" } + Checker(self).missing()
    }
}
