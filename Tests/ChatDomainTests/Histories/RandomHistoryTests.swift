import ChatDomain
import ChatTestKit
import Testing

/// Random commands of a few users who meet often, so that limits, repetitions and races of intent come up.
struct RandomCommands {
    var random: SeededRandom
    let users = (1...6).map { UserID($0) }
    private var groups = [GroupID(1)]
    private var sessions: [(user: UserID, session: SessionID)] = []
    private var tokens: [String] = ["never given"]
    private var count = 0

    init(random: SeededRandom) { self.random = random }

    /// Small, so that they are met.
    static let limits: DomainLimits = {
        var limits = DomainLimits()
        limits.groupMembers = 3
        limits.userGroups = 3
        limits.userFriends = 2
        limits.userRequests = 2
        limits.userDevices = 3
        limits.userInvitations = 2
        return limits
    }()

    mutating func next(_ model: ChatModel) -> (command: Command, actor: UserID?) {
        count += 1
        let me = random.pick(users)
        let other = random.pick(users + [UserID(99)])
        let group = random.pick(Array(groups.suffix(3)))
        switch random.number(0...31) {
        case 0: return (registration(), nil)
        case 1, 2: return (login(me), nil)
        case 3, 4: return (closing(), nil)
        case 5, 6: return (.addFriend(other), me)
        case 7: return (random.pick([.acceptFriend(other), .rejectFriend(other)]), me)
        case 8: return (.removeFriend(other), me)
        case 9: return (creation(group, memberOf: model.groupCount(of: me)), me)
        case 10, 11, 12: return (.joinGroup(group, groups: model.groupCount(of: me)), me)
        case 16: return (random.oneIn(2) ? .block(other) : .unblock(other), me)
        case 17: return (update(group), me)
        case 21, 22, 26, 27: return (invitation(of: other, model), me)
        case 18: return (.kick(group, other), me)
        case 19, 20: return (.setRole(group, other, random.pick([.owner, .admin, .member])), me)
        case 13: return (random.oneIn(3) ? .deleteGroup(group) : .leaveGroup(group), me)
        case 14: return ending()
        case 15: return (account(me, model), me)
        case 28, 29: return (reading(other, group), random.pick([me, other]))
        case 23, 24, 25: return (mark(me, other, group, model), me)
        default: return (message(other, group), random.oneIn(50) ? nil : me)
        }
    }

    private mutating func reading(_ other: UserID, _ group: GroupID) -> Command {
        let conversation = Conversation.direct(between: other, and: random.pick(users + [UserID(98)]))
        return .readConversation(
            ReadConversation(
                conversation: random.oneIn(2) ? .group(group) : conversation, seq: Int64(random.number(0...9)),
                last: Int64(random.number(0...9)), alreadyRead: Int64(random.number(0...2))))
    }

    private mutating func registration() -> Command {
        let user = random.pick(users)
        return .register(
            Register(
                user: user, name: "n\(user)", nameDigest: "d\(random.number(1...8))", passwordHash: "h\(user)",
                address: nil))
    }

    private mutating func login(_ user: UserID) -> Command {
        let session = SessionID("s\(count)")
        sessions.append((user, session))
        let feed = !random.oneIn(3)
        let proof: OpenSession.Proof
        if random.oneIn(2) {
            proof = .token(digest: random.pick(Array(tokens.suffix(12))))
        } else {
            proof = .password(fits: random.oneIn(8) ? "wrong" : "h\(user)", newTokenDigest: "t\(count)")
            tokens.append("t\(count)")
        }
        return .openSession(
            OpenSession(
                user: user, proof: proof, session: session, device: random.pick(["a", "b", "c", "d"]), feed: feed,
                since: nil, node: NodeName("n"), term: 1, address: nil))
    }

    private mutating func closing() -> Command {
        guard !sessions.isEmpty else { return registration() }
        let (user, session) = random.oneIn(10) ? random.pick(sessions) : random.pick(Array(sessions.suffix(8)))
        let reason: SessionClosed.Reason = random.oneIn(3) ? .logout : .disconnected
        return .closeSession(CloseSession(user: user, session: session, reason: reason))
    }

    private mutating func ending() -> (command: Command, actor: UserID?) {
        guard !sessions.isEmpty else { return (registration(), nil) }
        let (user, session) = random.pick(Array(sessions.suffix(8)))
        return (random.oneIn(2) ? .endSession(session) : .endDevice(random.pick(["a", "b", "c", "d"])), user)
    }

    private mutating func account(_ me: UserID, _ model: ChatModel) -> Command {
        let fits = random.oneIn(4) ? "wrong" : "h\(me)"
        if random.oneIn(20) { return .deleteAccount(DeleteAccount(fits: fits, nameDigest: model.nameDigest(of: me))) }
        let session = sessions.isEmpty ? SessionID("none") : random.pick(Array(sessions.suffix(8))).session
        return .changePassword(
            ChangePassword(fits: random.oneIn(10) ? nil : fits, newHash: "h\(me)", session: session))
    }

    private mutating func creation(_ group: GroupID, memberOf count: Int) -> Command {
        let number = random.oneIn(4) ? group : GroupID(Int64(self.count) + 1)
        groups.append(number)
        return .createGroup(
            CreateGroup(
                group: number, name: "g", description: "", visibility: random.oneIn(4) ? .invite : .open,
                groups: count))
    }

    private mutating func update(_ group: GroupID) -> Command {
        .updateGroup(
            UpdateGroup(
                group: group, name: random.pick([nil, "g", "h"]), description: random.pick([nil, "", "d"]),
                visibility: random.pick([nil, .open, .invite])))
    }

    /// Mostly of a few, into the newest groups, so that some are invited twice.
    private mutating func invitation(of other: UserID, _ model: ChatModel) -> Command {
        let user = random.oneIn(4) ? other : random.pick(Array(users.prefix(2)))
        let group = random.pick(Array(groups.suffix(2)))
        return .invite(Invite(group: group, user: user, received: model.invitationCount(to: user), sent: 0))
    }

    private mutating func mark(_ me: UserID, _ other: UserID, _ group: GroupID, _ model: ChatModel) -> Command {
        let direct = Conversation.direct(between: random.oneIn(8) ? random.pick(users) : me, and: other)
        let target = model.target(random.oneIn(2) ? direct : .group(group), Int64(random.number(1...4)))
        switch random.number(0...5) {
        case 0: return .editMessage(target, text: "e\(count)")
        case 1: return .recallMessage(target)
        default:
            let emoji = random.oneIn(2) ? "👍" : String(UnicodeScalar(UInt8(random.number(0x61...0x7A))))
            return .react(target, emoji: emoji, remove: random.oneIn(5))
        }
    }

    private mutating func message(_ other: UserID, _ group: GroupID) -> Command {
        .sendMessage(
            SendMessage(
                target: random.oneIn(2) ? .user(other) : .group(group), text: "m\(count)",
                canReadReplied: !random.oneIn(10)))
    }
}

@Suite struct RandomHistoryTests {
    /// Every user's sessions without a device stay below this: the model does not know their bound.
    func keepsBelowTheBound(_ scenario: Scenario, _ command: Command) -> Bool {
        guard case .openSession(let open) = command, !open.feed,
            case .devices(let devices) = scenario.state(.devices(open.user))
        else { return true }
        return devices.entries.count { $0.device == nil } < DevicesState.maximumLoose - 5
    }

    @Test func decidersAndModelAgreeOnEveryAnswerAndState() {
        var source = SeededRandom.announced(for: "random histories")
        var met: Set<String> = []
        for _ in 1...30 {
            let seed = source.next()
            var commands = RandomCommands(random: SeededRandom(seed: seed))
            var model = ChatModel(limits: RandomCommands.limits)
            var scenario = Scenario().limited { $0 = RandomCommands.limits }
            for step in 1...600 {
                let (command, actor) = commands.next(model)
                guard keepsBelowTheBound(scenario, command) else { continue }
                if commands.random.oneIn(40) { scenario.now += 10 * 24 * 3600 * 1_000_000 }
                let expected = answer(&model, command, actor, scenario.now)
                let found = answer(scenario.carryOut(command, by: actor))
                met.insert(word(found))
                guard expected == found else {
                    Issue.record("history \(seed), step \(step): \(command) expected \(expected), found \(found)")
                    return
                }
                guard step.isMultiple(of: 10) else { continue }
                let differences = model.differences(from: scenario)
                guard differences.isEmpty else {
                    Issue.record("history \(seed), step \(step), \(command): \(differences)")
                    return
                }
            }
        }
        // Otherwise the histories would prove less than they seem to.
        let refusals: [Refusal] = [
            .notLoggedIn, .badCredentials, .badToken, .forbidden, .notAMember, .notAllowed, .noSuchUser, .noSuchGroup,
            .noSuchMessage, .noSuchRequest, .noSuchSession, .nameTaken, .alreadyFriends, .alreadyRequested,
            .alreadyMember, .alreadyInvited, .noSuchMember,
            .ownerMustPassOn, .groupFull, .tooMany, .selfNotAllowed, .unavailable,
        ]
        let results = ["done", "registered", "opened", "friendState", "group", "sent", "marked"]
        for word in refusals.map(\.reason) + results { #expect(met.contains(word), "never met: \(word)") }
    }

    @Test func statesMadeWithDecisionsEqualThoseFoldedFromTheLog() {
        var source = SeededRandom.announced(for: "inline states and folds")
        for _ in 1...30 {
            let seed = source.next()
            var commands = RandomCommands(random: SeededRandom(seed: seed))
            var model = ChatModel(limits: RandomCommands.limits)
            var scenario = Scenario().limited { $0 = RandomCommands.limits }
            for _ in 1...600 {
                let (command, actor) = commands.next(model)
                _ = answer(&model, command, actor, scenario.now)
                _ = scenario.carryOut(command, by: actor)
            }
            let folded = scenario.folded()
            #expect(Set(folded.keys) == Set(scenario.states.keys), "history \(seed)")
            for (stream, state) in scenario.states {
                #expect(folded[stream].map(asDecided) == state, "history \(seed), \(stream)")
            }
        }
    }

    /// The log's times are later than the decisions' by the append; nothing else may differ.
    func asDecided(_ found: VersionedState) -> VersionedState {
        guard case .devices(var devices) = found.state else { return found }
        for index in devices.entries.indices { devices.entries[index].usedAt -= Scenario.appendDelay }
        return VersionedState(version: found.version, state: .devices(devices))
    }

    func answer(
        _ model: inout ChatModel, _ command: Command, _ actor: UserID?, _ now: Int64
    ) -> Result<CommandResult, Refusal> {
        do throws(Refusal) {
            return .success(try model.answer(command, by: actor, at: now))
        } catch {
            return .failure(error)
        }
    }

    func answer(_ outcome: Outcome) -> Result<CommandResult, Refusal>? {
        switch outcome {
        case .decided(_, let result): return .success(result)
        case .refused(let refusal): return .failure(refusal)
        case .broken(let why):
            Issue.record("\(why)")
            return nil
        }
    }

    func word(_ answer: Result<CommandResult, Refusal>?) -> String {
        switch answer {
        case .success(let result): String("\(result)".prefix { $0 != "(" })
        case .failure(let refusal): refusal.reason
        case nil: "broken"
        }
    }
}
