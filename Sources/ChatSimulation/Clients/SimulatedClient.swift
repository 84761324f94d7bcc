import ChatTestKit
import JSONText

/// One device of a person: connects to any node, logs in, talks, loses its connection, comes back with its token, and
/// tries again under its keys what was not answered. It notes all that it sees.
final class SimulatedClient {
    /// What a request was sent for.
    enum Purpose {
        case registration
        case login
        case logout
        case command(IssuedCommand, IssuedCommand.Attempt)
        case acknowledgement(Int64, SeenSession)
        case history(conversation: String, atLeast: Int64)
    }

    unowned let world: World
    let person: Person
    let device: String
    private(set) var connection: SimulatedConnection?
    var session: SeenSession?
    private(set) var sessions: [SeenSession] = []
    var issued: [IssuedCommand] = []
    private var waiting: [Int64: Purpose] = [:]
    private var nextID: Int64 = 1
    private var sent = 0
    private var sentBytes = 0
    private var connectionNumber = 0
    private var token: String?
    private var buffer: [UInt8] = []
    private var isConnecting = false
    /// Keyed commands that wait to be tried again.
    private var open: [IssuedCommand] { issued.filter { $0.key != nil && !$0.isSettled } }

    var timeline: Timeline { world.timeline }
    var label: String { "\(person.name) \(device)" }

    init(_ person: Person, device: String, in world: World) {
        self.world = world
        self.person = person
        self.device = device
    }

    /// Whether nothing of it is under way.
    var isQuiet: Bool { session?.isCaughtUp == true && waiting.isEmpty && open.isEmpty }

    /// Where it stands, in words.
    var state: String {
        "on connection \(connection == nil ? 0 : connectionNumber), session \(session?.id ?? "-"), "
            + "\(waiting.count) answers outstanding, \(open.map(\.label)) to be tried again"
    }

    // MARK: connecting

    func begin() {
        timeline.after(timeline.milliseconds(0...300)) { [weak self] in self?.connect() }
    }

    private func connect() {
        guard connection == nil, !isConnecting else { return }
        isConnecting = true
        timeline.after(timeline.milliseconds(1...20)) { [weak self] in self?.arrive() }
    }

    private func arrive() {
        isConnecting = false
        guard person.id != nil || device == "d0" else { return retry() }
        let connection = SimulatedConnection(on: timeline)
        guard let node = world.anyNode(), node.accept(connection) else { return retry() }
        connectionNumber += 1
        let number = world.nextConnection()
        connectionNumber = number
        sent = 0
        sentBytes = 0
        buffer = []
        world.connections[number] = connection
        connection.received = { [weak self] bytes in self?.received(bytes, on: number) }
        connection.lost = { [weak self] in self?.lost(number) }
        self.connection = connection
        timeline.trace.note("\(label) connects to \(node.name) as \(number)")
        if person.id == nil { register() } else { login() }
    }

    private func retry() {
        timeline.after(timeline.milliseconds(20...400)) { [weak self] in self?.connect() }
    }

    private func lost(_ number: Int) {
        guard number == connectionNumber, connection != nil else { return }
        timeline.trace.note("\(label) lost connection \(number)")
        connection = nil
        session?.isOpen = false
        session = nil
        waiting = [:]
        retry()
    }

    /// Breaks the connection from this side.
    func hangUp() {
        guard let connection else { return }
        connection.received = { _ in }
        connection.lost = {}
        connection.cut()
        lost(connectionNumber)
    }

    func stall(for microseconds: Int64) { connection?.stall(for: microseconds) }

    // MARK: sending

    func send(_ method: String, _ params: JSONObject, _ purpose: Purpose?) {
        guard let connection else { return }
        var request: JSONObject = ["jsonrpc": "2.0", "method": .string(method), "params": .object(params)]
        if let purpose {
            request["id"] = .integer(nextID)
            waiting[nextID] = purpose
            nextID += 1
        }
        sent += 1
        timeline.trace.note("\(label) sends \(JSONValue.object(request))")
        let line = JSONValue.object(request).encoded() + [UInt8(ascii: "\n")]
        sentBytes += line.count
        connection.send(line)
    }

    private func register() {
        let params: JSONObject = [
            "name": .string(person.name), "password": .string(person.password), "key": "registration",
        ]
        send("register", params, .registration)
    }

    func login() {
        var params: JSONObject
        if let token, !timeline.random.oneIn(4) {
            params = ["token": .string(token)]
        } else {
            params = ["name": .string(person.name), "password": .string(person.password), "device": .string(device)]
        }
        if let last = sessions.last?.lastSeen, last > 0, timeline.random.oneIn(3) { params["since"] = .integer(last) }
        send("login", params, .login)
    }

    /// Sends a command for the first time, or once more.
    func issue(_ command: IssuedCommand) {
        let attempt = IssuedCommand.Attempt(connection: connectionNumber, order: sent)
        command.attempts.append(attempt)
        var params = command.params
        if let key = command.key { params["key"] = .string(key) }
        send(command.method, params, .command(command, attempt))
        attempt.end = sentBytes
        attempt.request = nextID - 1
    }

    private func issueAgain(_ command: IssuedCommand, after microseconds: Int64) {
        let number = connectionNumber
        timeline.after(microseconds) { [weak self] in
            guard let self, connectionNumber == number, session != nil, !command.isSettled else { return }
            issue(command)
        }
    }

    // MARK: receiving

    private func received(_ bytes: [UInt8], on number: Int) {
        guard number == connectionNumber else { return }
        buffer += bytes
        while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
            let line = Array(buffer[..<end])
            buffer.removeFirst(end + 1)
            guard let value = try? JSONValue.parse(line) else {
                world.wrong.append("\(label) was sent what is no JSON")
                continue
            }
            timeline.trace.note("\(label) receives \(value)")
            take(value)
        }
    }

    private func take(_ value: JSONValue) {
        if let method = value["method"]?.stringValue {
            let position = value["params"]?["position"]?.intValue ?? 0
            session?.take(SeenPush(method: method, position: position, params: value["params"] ?? .null))
            if session == nil, method != "goaway" {
                world.wrong.append("\(label) was pushed \(method) before its login")
            }
            return
        }
        guard let id = value["id"]?.intValue, let purpose = waiting.removeValue(forKey: id) else {
            world.wrong.append("\(label) was answered what it did not ask: \(value)")
            return
        }
        let reason = value["error"]?["data"]?["reason"]?.stringValue ?? value["error"].map { "\($0)" }
        switch purpose {
        case .registration: registered(value["result"], reason)
        case .login: loggedIn(value["result"], reason)
        case .logout: loggedOut(reason)
        case .command(let command, let attempt): answered(command, attempt, value["result"], reason)
        case .acknowledgement(let position, let session):
            if reason == nil { session.acknowledged = max(session.acknowledged, position) }
        case .history(let conversation, let position):
            world.checkHistory(value["result"], reason, of: self, conversation, atLeast: position)
        }
    }

    private func registered(_ result: JSONValue?, _ reason: String?) {
        guard let id = result?["user"]?["id"]?.intValue else {
            if reason != "unavailable" { world.wrong.append("\(label) cannot register: \(reason ?? "?")") }
            return hangUp()
        }
        person.id = id
        login()
    }

    private func loggedIn(_ result: JSONValue?, _ reason: String?) {
        guard let result, let id = result["session"]?.stringValue, let position = result["position"]?.intValue else {
            if reason == "bad_token" { token = nil }
            if reason != "unavailable", reason != "bad_token" {
                world.wrong.append("\(label) cannot log in: \(reason ?? "?")")
            }
            timeline.after(timeline.milliseconds(50...500)) { [weak self, connectionNumber] in
                if let self, self.connectionNumber == connectionNumber, connection != nil, session == nil { login() }
            }
            return
        }
        token = result["token"]?.stringValue
        let opened = SeenSession(id: id, user: person.number, device: device, openedAt: position)
        for friend in result["friends"]?.arrayValue ?? [] {
            if let id = friend["id"]?.intValue { opened.online[id] = friend["online"] == true }
        }
        session = opened
        sessions.append(opened)
        for command in open { issue(command) }
        world.loggedIn(self)
    }

    private func loggedOut(_ reason: String?) {
        guard reason == nil else { return }
        token = nil
        session?.isOpen = false
        session = nil
        login()
    }

    private func answered(
        _ command: IssuedCommand, _ attempt: IssuedCommand.Attempt, _ result: JSONValue?, _ reason: String?
    ) {
        switch reason {
        case nil:
            attempt.answer = .done(
                position: result?["position"]?.intValue, seq: result?["seq"]?.intValue,
                conversation: result?["conversation"]?.stringValue, isDuplicate: result?["duplicate"] == true)
            if command.method == "removefriend", let user = command.params["user"]?.intValue {
                session?.online[user] = nil
            }
            world.done(command, result ?? .null)
        case "unavailable":
            attempt.answer = .unavailable
            if command.key != nil { issueAgain(command, after: timeline.milliseconds(50...600)) }
        case let reason?: attempt.answer = .refused(reason)
        }
    }
}
