import ChatTestKit
import JSONText
import Testing

/// Drives a few users with several devices at random: they talk, change what they said, come, go and change nodes,
/// and nodes die. It does one thing after the other, so that it knows what each answer has to be.
final class FeedDriver {
    struct Device: Hashable {
        var user: Int
        var name: String
    }

    let cluster: ClusterFixture
    var random: SeededRandom
    let names: [String]
    let ids: [Int64]
    /// The first user owns the first, the second the second.
    let groups: [Int64]
    /// Every session that there was.
    var watches: [FeedWatch] = []
    /// Those that are open, by device.
    var open: [Device: FeedWatch] = [:]
    /// What was said, by conversation and number.
    var told: [ToldKey: ToldMessage] = [:]
    var lastSeq: [String: Int64] = [:]
    /// The members of each group, with its last number when they joined.
    var members: [[Int: Int64]]
    /// Who needs an invitation to come back, and who has one.
    var kicked: [Set<Int>] = [[], []]
    var invited: [Set<Int>] = [[], []]
    /// Whom each user hears nothing from.
    var blocked: [Set<Int>]
    private var tokens: [Device: String] = [:]
    private var cursors: [Device: Int64] = [:]
    private var furthest: [Int64]
    /// What was not as it should have been.
    var wrong: [String] = []
    var step = 0

    init(_ cluster: ClusterFixture, _ random: SeededRandom, users: Int = 4) throws {
        self.cluster = cluster
        self.random = random
        names = try (0..<users).map { _ in try cluster.register("user") }
        let clients = try names.map { try cluster.client($0, device: "founding") }
        ids = try clients.map { try $0.ownID() }
        groups = try (0..<2).map { try clients[$0].createGroup("group") }
        members = [[0: 0], [1: 0]]
        blocked = Array(repeating: [], count: users)
        furthest = Array(repeating: 0, count: users)
    }

    /// So many steps, with the death of a node in the middle of each half.
    func run(_ steps: Int) throws {
        for user in names.indices { try login(Device(user: user, name: "a")) }
        while step < steps {
            step += 1
            if step % max(1, steps / 2) == steps / 4 { try kill(random.number(0...1)) }
            let device = try activeDevice()
            switch random.number(0...28) {
            case 0...5: try chat(device)
            case 6...10: try groupChat(device)
            case 11, 12: try moveMember(device)
            case 13, 14: try edit(device)
            case 15: try recall(device)
            case 16, 17: try react(device)
            case 18, 19: try login(Device(user: device.user, name: random.pick(["a", "b", "c"])))
            case 20: leave(device)
            case 21, 22: try kick(device)
            case 23, 24: try invite(device)
            case 25: try block(device)
            default: try acknowledge(device)
            }
        }
    }

    /// A device with an open session, of any user.
    private func activeDevice() throws -> Device {
        let user = random.number(0...names.count - 1)
        let devices = open.keys.filter { $0.user == user }.sorted { $0.name < $1.name }
        if !devices.isEmpty { return random.pick(devices) }
        let device = Device(user: user, name: random.pick(["a", "b"]))
        try login(device)
        return device
    }

    // MARK: sessions

    /// Logs a device in, on any node, by password or token, from where it was or `since`; whatever session it had ends.
    func login(_ device: Device, on wanted: Int? = nil) throws {
        let node = wanted ?? random.number(0...cluster.nodes.count - 1)
        var params: JSONObject = [:]
        if let token = tokens[device], random.oneIn(2) {
            params["token"] = .string(token)
        } else {
            params = ["name": .string(names[device.user]), "password": .string(ScriptedClient.password)]
            params["device"] = .string(device.name)
        }
        let since = random.oneIn(4) ? knownPosition(of: device.user) : nil
        if let since { params["since"] = .integer(since) }
        let client = try cluster.client(node)
        let result = try client.call("login", params)
        tokens[device] = result["token"]?.stringValue
        let begin = since ?? cursors[device] ?? furthest[device.user]
        cursors[device] = begin
        furthest[device.user] = max(furthest[device.user], begin)
        let watch = FeedWatch(
            user: device.user, device: device.name, node: node, client: client,
            session: result["session"]?.stringValue ?? "", openedAt: result["position"]?.intValue ?? 0, begin: begin)
        watches.append(watch)
        try client.push("caughtup")
        if let before = open.updateValue(watch, forKey: device) {
            try before.client.waitForEnd()
            if before.client.pushes.last?.params["reason"] != "replaced" { wrong.append("not told of being replaced") }
        }
    }

    /// Some position that one of the user's devices was pushed, or the beginning.
    private func knownPosition(of user: Int) -> Int64 {
        let known = watches.filter { $0.user == user }.flatMap { $0.shown.map(\.position) }
        return random.pick([0] + known.suffix(40))
    }

    private func leave(_ device: Device) { open.removeValue(forKey: device)?.client.close() }

    /// Acknowledges something that has come: it does not come to this device again.
    private func acknowledge(_ device: Device) throws {
        guard let watch = open[device] else { return }
        let come = watch.shown.map(\.position) + [watch.openedAt]
        let position = random.oneIn(3) ? random.pick(come) : watch.last
        try watch.client.call("ack", ["position": .integer(position)])
        cursors[device] = max(cursors[device] ?? 0, position)
        furthest[device.user] = max(furthest[device.user], position)
    }

    // MARK: a node's death

    /// Kills a node with commands under way, which are sent again elsewhere under their keys; then starts it again.
    private func kill(_ victim: Int) throws {
        let lost = open.filter { $0.value.node == victim }.sorted {
            ($0.key.user, $0.key.name) < ($1.key.user, $1.key.name)
        }
        var underWay: [(device: Device, id: Int64, params: JSONObject, watch: FeedWatch)] = []
        for (device, watch) in lost {
            guard let other = names.indices.first(where: { $0 != device.user && !isBlocked(device.user, $0) })
            else { continue }
            let text = "under way \(step) \(device.name)"
            let params: JSONObject = [
                "to": .string(names[other]), "text": .string(text), "key": .string("\(step) \(device.name)"),
            ]
            underWay.append((device, try watch.client.send("chat", params), params, watch))
        }
        cluster.nodes[victim].kill()
        for (device, watch) in lost {
            try watch.client.waitForEnd()
            open[device] = nil
        }
        for command in underWay {
            let first = try? command.watch.client.reply(to: command.id)
            try login(command.device, on: 1 - victim)
            guard let watch = open[command.device] else { continue }
            let result = try watch.client.call("chat", command.params)
            if let first, first["position"] != result["position"] || result["duplicate"] != true {
                wrong.append("a command under a key was carried out twice")
            }
            note(result, by: command.device.user, text: command.params["text"]?.stringValue ?? "")
        }
        try cluster.nodes[victim].start()
        try cluster.nodes[victim].waitUntilReady()
    }
}
