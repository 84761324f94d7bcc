import ChatDomain

@testable import ChatApplication

/// A dialogue with a pipeline machine: what it does, in short words, and commands that are easy to name.
struct Dialogue {
    let machine: PipelineMachine
    var now: Int64 = 0
    private var nextID = 1

    init(_ limits: PipelineLimits = PipelineLimits()) { machine = PipelineMachine(limits: limits) }

    /// Submits a command as a chain, by the user of the chain's number.
    mutating func submit(_ command: Command, chain: Int, key: UInt8? = nil) -> [String] {
        defer { nextID += 1 }
        return words(machine.submit(request(command, user: Int64(chain), key), id: nextID, chain: chain, now: now))
    }

    /// A message to another user.
    mutating func chat(_ chain: Int, to other: Int64 = 99, _ text: String = "x", key: UInt8? = nil) -> [String] {
        submit(.sendMessage(SendMessage(target: .user(UserID(other)), text: text)), chain: chain, key: key)
    }

    /// The answer to every load of these users' accounts and of whatever else is named.
    func load(users: [Int64], others: [(StreamName, VersionedState)] = []) -> [String] {
        var heads = users.map { (stream: StreamName.account(UserID($0)), state: Dialogue.account($0)) }
        for one in users {
            for other in users where one < other {
                heads.append((.contact(UserID(one), UserID(other)), VersionedState(version: 0, state: nil)))
            }
            heads.append((.counts(UserID(one)), VersionedState(version: 0, state: nil)))
        }
        return words(machine.loaded(heads + others.map { (stream: $0.0, state: $0.1) }, now: now))
    }

    func appended(_ outcomes: AppendOutcome...) -> [String] { words(machine.appended(outcomes, now: now)) }

    func failed(_ error: EventLogError) -> [String] { words(machine.appendFailed(error, now: now)) }

    mutating func tick(after milliseconds: Int64) -> [String] {
        now += milliseconds * 1_000
        return words(machine.tick(now: now))
    }

    private func words(_ actions: [PipelineMachine.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .load(let streams): "load \(streams.map(\.value).sorted().joined(separator: " "))"
            case .append(let commands): "append \(commands.map(Self.word).joined(separator: " "))"
            case .complete(let id, let outcome): "\(id) \(Self.word(outcome))"
            }
        }
    }

    /// A chain, and what is to be appended for it.
    private static func word(_ command: DecidedCommand) -> String {
        switch command.verdict {
        case .success: "\(command.chain):\(command.events.first.map { Self.text($0.event) } ?? "nothing")"
        case .failure(let refusal): "\(command.chain):\(refusal.reason)"
        }
    }

    private static func text(_ event: ChatEvent) -> String {
        if case .messageSent(let message) = event { message.text ?? "" } else { event.type.rawValue }
    }

    static func word(_ outcome: CommandOutcome) -> String {
        switch outcome {
        case .done(_, _, let duplicate): duplicate ? "duplicate" : "done"
        case .refused(let refusal): refusal.reason
        case .unavailable: "503"
        case .unknown: "unknown"
        }
    }

    static func account(_ user: Int64, version: Int64 = 1) -> VersionedState {
        VersionedState(version: version, state: .account(AccountState(name: "user\(user)", passwordHash: "hash")))
    }

    static let ok = AppendOutcome.appended(Receipt(position: Position(1), version: 1, recordedAt: 0))
    static let duplicate = AppendOutcome.duplicate(Receipt(position: Position(1), version: 1, recordedAt: 0))
}

func request(_ command: Command, user: Int64, _ key: UInt8? = nil) -> CommandRequest {
    CommandRequest(
        cause: Cause(actor: UserID(user)), key: key.map { ClientKey(digest: Array(repeating: $0, count: 16)) }
    ) { _ in command }
}
