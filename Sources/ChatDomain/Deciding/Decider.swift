/// The rules of the chat: a command and the states that matter in, events and a result or a refusal out.
public enum Decider {
    /// Decides a command.
    ///
    /// Whatever it reads, `reader` remembers: the decision, a refusal too, holds while those streams do not move.
    /// Throws `missing` with the streams to load before the same command is decided again, `refused` with the
    /// reason. Pure: may be called on any thread, any number of times.
    public static func decide(
        _ command: Command, _ context: CommandContext, _ reader: inout StateReader
    ) throws(DecisionStop) -> Decision {
        switch command {
        case .register(let command): try register(command, &reader)
        case .openSession(let command): try openSession(command, context, &reader)
        case .closeSession(let command): try closeSession(command, &reader)
        case .endSession(let session): try endSession(session, context, &reader)
        case .endDevice(let device): try endDevice(device, context, &reader)
        case .changePassword(let command): try changePassword(command, context, &reader)
        case .deleteAccount(let command): try deleteAccount(command, context, &reader)
        case .removeContact(let user, let other): try removeContact(of: user, with: other, &reader)
        case .removeMember(let user, let group, let heir): try removeMember(user, of: group, heir: heir, &reader)
        case .eraseAccount(let user, let digest, let order): try eraseAccount(user, digest, order, &reader)
        case .destroyTexts(let user, let quarters, let order): try destroyTexts(of: user, quarters, order, &reader)
        case .confirmRemoval(let user): try confirmRemoval(user, &reader)
        case .addFriend(let other): try addFriend(other, context, &reader)
        case .acceptFriend(let other): try acceptFriend(other, context, &reader)
        case .rejectFriend(let other): try rejectFriend(other, context, &reader)
        case .removeFriend(let other): try removeFriend(other, context, &reader)
        case .block(let other): try block(other, context, &reader)
        case .unblock(let other): try unblock(other, context, &reader)
        case .createGroup(let command): try createGroup(command, context, &reader)
        case .updateGroup(let command): try updateGroup(command, context, &reader)
        case .joinGroup(let group, let groups): try joinGroup(group, groups: groups, context, &reader)
        case .leaveGroup(let group): try leaveGroup(group, context, &reader)
        case .deleteGroup(let group): try deleteGroup(group, context, &reader)
        case .invite(let command): try invite(command, context, &reader)
        case .kick(let group, let user): try kick(user, from: group, context, &reader)
        case .setRole(let group, let user, let role): try setRole(role, of: user, in: group, context, &reader)
        case .sendMessage(let command): try sendMessage(command, context, &reader)
        case .readConversation(let command): try readConversation(command, context, &reader)
        case .editMessage(let target, let text): try editMessage(target, text: text, context, &reader)
        case .recallMessage(let target): try recallMessage(target, context, &reader)
        case .react(let target, let emoji, let remove):
            try react(target, emoji: emoji, remove: remove, context, &reader)
        case .joinCluster(let node): try joinCluster(node, &reader)
        case .leaveCluster(let node, let graceful): try leaveCluster(node, graceful: graceful, &reader)
        }
    }

    /// Who is logged in.
    static func actor(_ context: CommandContext) throws(DecisionStop) -> UserID {
        guard let actor = context.actor else { throw .refused(.notLoggedIn) }
        return actor
    }

    /// A session may outlive its account for a moment; nothing is done in the name of a deleted user.
    static func requireActiveActor(_ actor: UserID, _ reader: inout StateReader) throws(DecisionStop) {
        guard try reader.account(actor)?.isActive == true else { throw .refused(.notLoggedIn) }
    }

    /// Who is blocked may not speak to, invite or otherwise address whoever blocks.
    static func requireNotBlocked(
        _ me: UserID, by other: UserID, _ reader: inout StateReader
    ) throws(DecisionStop) {
        guard try !reader.contact(me, other).isBlocked(by: other) else { throw .refused(.forbidden) }
    }

    /// Between two of whom either blocks the other there are no messages, and no friendship begins.
    static func requireNoBlock(
        between one: UserID, and other: UserID, _ reader: inout StateReader
    ) throws(DecisionStop) {
        guard try reader.contact(one, other).blockers.isEmpty else { throw .refused(.forbidden) }
    }

    static func requireUser(_ user: UserID, _ reader: inout StateReader) throws(DecisionStop) {
        guard try reader.account(user)?.isActive == true else { throw .refused(.noSuchUser) }
    }
}

extension Decision {
    /// One event, in its own place.
    init(_ event: ChatEvent, result: CommandResult) {
        self.init([event], result: result)
    }

    /// Several events, each in its own place.
    init(_ events: [ChatEvent], result: CommandResult) {
        self.init(
            events: events.map { event in
                guard let place = event.place else { preconditionFailure("\(event.type.rawValue) is never decided") }
                return NewEvent(event, in: place.stream, touching: place.touched)
            }, result: result)
    }

    /// Nothing to change.
    static let nothing = Decision(events: [], result: .done)
}
