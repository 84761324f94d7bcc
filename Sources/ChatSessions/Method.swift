import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// A method of the wire contract: who may call it, and how it is carried out.
struct Method: Sendable {
    typealias Immediate = @Sendable (isolated LoopWorker, Call) throws -> JSONValue
    typealias Command = @Sendable (isolated LoopWorker, Call) throws -> CommandCall
    typealias Waiting = @Sendable (isolated LoopWorker, Call) async throws -> JSONValue

    /// How it is carried out.
    enum Action: Sendable {
        /// At once.
        case immediate(Immediate)
        /// As a command whose way into the log nobody waits for: the next ones go along with it.
        case command(Command)
        /// After everything before it on its connection, and before everything behind it.
        case waiting(Waiting)
    }

    let name: String
    var needsLogin = true
    /// Whether it counts for `rate.commands`.
    var isCounted = true
    /// Whether it changes something, so that a 503 before it holds for it too.
    var changes = false
    let action: Action
    /// How some of its requests are carried out instead.
    var variant: (applies: @Sendable (RPCRequest) -> Bool, run: Waiting)?

    func action(for request: RPCRequest) -> Action {
        if let variant, variant.applies(request) { .waiting(variant.run) } else { action }
    }

    /// Another message is answered, which has to be looked up first.
    private static let isReply: @Sendable (RPCRequest) -> Bool = { $0.parameters?["replyTo"]?.isNull == false }

    static func named(_ name: String) -> Method? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// Every method that there is.
    static let all: [Method] = [
        Method(name: "hello", needsLogin: false, action: .immediate { worker, _ in worker.hello() }),
        Method(name: "ping", needsLogin: false, isCounted: false, action: .immediate { _, _ in [:] }),
        Method(name: "rpc.discover", needsLogin: false, action: .immediate { try $0.discover($1) }),
        Method(
            name: "register", needsLogin: false, changes: true,
            action: .waiting { try await $0.register($1) }),
        Method(name: "login", needsLogin: false, changes: true, action: .waiting { try await $0.login($1) }),
        Method(name: "logout", changes: true, action: .waiting { try await $0.logout($1) }),
        Method(name: "whoami", action: .waiting { try await $0.whoami($1) }),
        Method(name: "changepassword", changes: true, action: .waiting { try await $0.changePassword($1) }),
        Method(name: "deleteaccount", changes: true, action: .waiting { try await $0.deleteAccount($1) }),
        Method(name: "sessions", action: .waiting { try await $0.sessions($1) }),
        Method(name: "endsession", changes: true, action: .command { try $0.endSession($1) }),
        Method(name: "enddevice", changes: true, action: .command { try $0.endDevice($1) }),
        Method(name: "finduser", action: .waiting { try await $0.findUser($1) }),

        Method(name: "addfriend", changes: true, action: .command { try $0.addFriend($1) }),
        Method(name: "acceptfriend", changes: true, action: .command { try $0.acceptFriend($1) }),
        Method(name: "rejectfriend", changes: true, action: .command { try $0.rejectFriend($1) }),
        Method(name: "removefriend", changes: true, action: .command { try $0.removeFriend($1) }),
        Method(name: "block", changes: true, action: .command { try $0.block($1) }),
        Method(name: "unblock", changes: true, action: .command { try $0.unblock($1) }),
        Method(name: "friends", action: .waiting { try await $0.friends($1) }),

        Method(name: "creategroup", changes: true, action: .waiting { try await $0.createGroup($1) }),
        Method(name: "updategroup", changes: true, action: .command { try $0.updateGroup($1) }),
        Method(name: "joingroup", changes: true, action: .waiting { try await $0.joinGroup($1) }),
        Method(name: "leavegroup", changes: true, action: .command { try $0.leaveGroup($1) }),
        Method(name: "deletegroup", changes: true, action: .command { try $0.deleteGroup($1) }),
        Method(name: "invite", changes: true, action: .waiting { try await $0.invite($1) }),
        Method(name: "kick", changes: true, action: .command { try $0.kick($1) }),
        Method(name: "setrole", changes: true, action: .command { try $0.setRole($1) }),
        Method(name: "groups", action: .waiting { try await $0.groups($1) }),
        Method(name: "groupinfo", action: .waiting { try await $0.groupInfo($1) }),
        Method(name: "findgroup", action: .waiting { try await $0.findGroup($1) }),

        Method(
            name: "chat", changes: true, action: .command { try $0.chat($1) },
            variant: (isReply, { try await $0.chatInReply($1) })),
        Method(
            name: "groupchat", changes: true, action: .command { try $0.groupChat($1) },
            variant: (isReply, { try await $0.groupChatInReply($1) })),
        Method(name: "read", changes: true, action: .waiting { try await $0.read($1) }),
        Method(name: "edit", changes: true, action: .waiting { try await $0.edit($1) }),
        Method(name: "recall", changes: true, action: .waiting { try await $0.recall($1) }),
        Method(name: "react", changes: true, action: .waiting { try await $0.react($1) }),
        Method(name: "typing", action: .waiting { try await $0.typing($1) }),
        Method(name: "history", action: .waiting { try await $0.history($1) }),
        Method(name: "search", action: .waiting { try await $0.search($1) }),
        Method(name: "conversations", action: .waiting { try await $0.conversations($1) }),
        Method(
            name: "ack", isCounted: false, action: .immediate { try $0.acknowledge($1) },
            variant: ({ $0.id != nil }, { try await $0.acknowledgeDurably($1) })),
    ]
}

/// A request on its way through its method.
final class Call {
    let connection: Connection
    let parameters: Parameters
    /// Bytes that the result may have.
    let budget: Int
    /// The session that it opened: its feed begins once the answer is written.
    var opened: Session?

    init(connection: Connection, parameters: Parameters, budget: Int) {
        self.connection = connection
        self.parameters = parameters
        self.budget = budget
    }

    /// The session; the router has seen to it that there is one.
    func session() throws -> Session {
        guard let session = connection.session else { throw Refusal.notLoggedIn }
        return session
    }
}

/// A request that those behind it wait for.
struct WaitingCall {
    var run: Method.Waiting
    var call: Call
    var slot: ReplySlot
    var request: RPCRequest
}

/// A command on its way into the log, and where its answer goes.
struct UnderWay {
    var connection: Int
    var slot: ReplySlot
    var request: RPCRequest
    var render: CommandCall.Render
    var endsOwnSession: Bool
    /// When its frame came, in microseconds since 1970 UTC.
    var receivedAt: Int64
}

/// A command for the log, and how its result is shown.
struct CommandCall {
    typealias Render = @Sendable (CommandResult, Receipt) throws -> JSONValue
    var request: CommandRequest
    /// Whether the caller's own session is over once it is done.
    var endsOwnSession = false
    var render: Render
}
