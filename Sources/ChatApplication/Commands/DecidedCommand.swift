public import ChatDomain
import Sealing

/// A command that was decided and waits to be appended.
public struct DecidedCommand: Sendable {
    /// What its submitter asked for.
    public let request: CommandRequest
    /// Its chain; in a batch, one with all the chains whose commands it rests on.
    public internal(set) var chain: Int
    /// When it was submitted, in microseconds since 1970 UTC.
    public internal(set) var submittedAt: Int64 = 0
    /// What the decision rests on.
    public let guards: [Guard]
    /// The events, in order.
    public let events: [Decision.NewEvent]
    /// The states that they lead to.
    public let states: [(stream: StreamName, state: VersionedState)]
    /// The result, or the refusal, which holds once its guards are confirmed.
    public let verdict: Result<CommandResult, Refusal>
    /// What was asked for in a form that two wordings of the same request share; never of a password.
    public let parameters: [UInt8]
    /// Bytes of text, about.
    public let size: Int

    init(
        _ request: CommandRequest, _ chain: Int, _ command: Command, _ decision: Decision, _ reader: StateReader,
        now: Int64
    ) {
        self.request = request
        self.chain = chain
        guards = reader.reads.map { Guard($0.stream, $0.found.version) }
        events = decision.events
        states = Self.evolve(decision.events, from: reader, at: now)
        verdict = .success(decision.result)
        parameters = request.key == nil ? [] : command.fingerprint
        size = decision.events.reduce(0) { $0 + $1.event.textBytes }
    }

    init(_ request: CommandRequest, _ chain: Int, _ refusal: Refusal, _ reader: StateReader) {
        var reader = reader
        self.request = request
        self.chain = chain
        guards = reader.reads.map { Guard($0.stream, $0.found.version) }
        events = []
        states = []
        verdict = .failure(refusal)
        // The parameters of a refused command are needed to tell a retry from a reused key.
        let command = request.key == nil ? nil : try? request.plan(&reader)
        parameters = command?.fingerprint ?? Self.unknownParameters
        size = 0
    }

    /// Like no command's fingerprint: it cannot even be said what was asked for.
    private static let unknownParameters = [UInt8](repeating: 0, count: 16)

    /// The outcome once the append has confirmed the decision.
    func outcome(_ receipt: Receipt) -> CommandOutcome {
        switch verdict {
        case .success(let result): .done(result, receipt.reaching(events.count), duplicate: false)
        case .failure(let refusal): .refused(refusal)
        }
    }

    /// The state of every stream that keeps one and that the events move.
    private static func evolve(
        _ events: [Decision.NewEvent], from reader: StateReader, at now: Int64
    ) -> [(stream: StreamName, state: VersionedState)] {
        var states: [(stream: StreamName, state: VersionedState)] = []
        for new in events {
            for stream in [new.stream] + new.touched {
                let index = states.firstIndex { $0.stream == stream }
                let read = reader.reads.first { $0.stream == stream }?.found
                guard let before = index.map({ states[$0].state }) ?? read else { continue }
                let after = VersionedState(
                    version: before.version + 1,
                    state: StreamState.evolve(before.state, stream: stream, event: new.event, at: now))
                if let index { states[index].state = after } else { states.append((stream, after)) }
            }
        }
        return states
    }
}

extension ChatEvent {
    fileprivate var textBytes: Int {
        switch self {
        case .messageSent(let message): message.text?.utf8.count ?? 0
        case .messageEdited(let edit): edit.text?.utf8.count ?? 0
        default: 64
        }
    }
}

extension Command {
    /// 16 bytes that two commands share if they ask for the same, however it was worded.
    var fingerprint: [UInt8] { Digest.blake2b(Array(meaning.utf8), count: 16) }

    /// What is asked for, without what the server added itself: new numbers, hashes, counts, the time.
    private var meaning: String {
        switch self {
        case .register(let command): "register \(command.nameDigest)"
        case .openSession(let command): "login \(command.user)"
        case .closeSession(let command): "logout \(command.session)"
        case .endSession(let session): "endsession \(session)"
        case .endDevice(let device): "enddevice \(device)"
        case .changePassword: "changepassword"
        case .deleteAccount: "deleteaccount"
        case .removeContact(let user, let other): "removecontact \(user) \(other)"
        case .removeMember(let user, let group, _): "removemember \(user) \(group)"
        case .eraseAccount(let user, _, _): "eraseaccount \(user)"
        case .destroyTexts(let user, let quarters, _): "destroytexts \(user?.value ?? 0) \(quarters)"
        case .confirmRemoval(let user): "confirmremoval \(user)"
        case .addFriend(let user): "addfriend \(user)"
        case .acceptFriend(let user): "acceptfriend \(user)"
        case .rejectFriend(let user): "rejectfriend \(user)"
        case .removeFriend(let user): "removefriend \(user)"
        case .block(let user): "block \(user)"
        case .unblock(let user): "unblock \(user)"
        case .createGroup(let command):
            "creategroup \(command.visibility) \(command.name.utf8.count) \(command.name)\(command.description)"
        case .updateGroup(let command): command.meaning
        case .joinGroup(let group, _): "joingroup \(group)"
        case .leaveGroup(let group): "leavegroup \(group)"
        case .deleteGroup(let group): "deletegroup \(group)"
        case .invite(let command): "invite \(command.group) \(command.user)"
        case .kick(let group, let user): "kick \(group) \(user)"
        case .setRole(let group, let user, let role): "setrole \(group) \(user) \(role)"
        case .sendMessage(let command): command.meaning
        case .readConversation(let command): "read \(command.conversation) \(command.seq)"
        case .editMessage(let target, let text): "edit \(target.meaning) \(text)"
        case .recallMessage(let target): "recall \(target.meaning)"
        case .react(let target, let emoji, let remove): "react \(target.meaning) \(remove) \(emoji)"
        case .joinCluster(let node): "joincluster \(node)"
        case .leaveCluster(let node, _): "leavecluster \(node)"
        }
    }
}

extension UpdateGroup {
    /// Lengths stand before what could otherwise be cut in two ways; `-` is what stays as it is.
    fileprivate var meaning: String {
        let texts = [name, description].map { text in text.map { "\($0.utf8.count) \($0)" } ?? "-" }
        return "updategroup \(group) \(visibility?.rawValue ?? "-") \(texts[0]) \(texts[1])"
    }
}

extension MessageTarget {
    /// What was found out about the message is not what was asked for.
    fileprivate var meaning: String { "\(conversation) \(seq)" }
}

extension SendMessage {
    fileprivate var meaning: String {
        let reply = replyTo.map(String.init) ?? "-"
        switch target {
        case .user(let user): return "chat \(user) \(reply) \(text)"
        case .group(let group): return "groupchat \(group) \(reply) \(text)"
        }
    }
}
