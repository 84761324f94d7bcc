import ChatApplication
import ChatDomain
import ChatTestKit
import Testing

@Suite("Delivery in random worlds")
struct DeliveryPropertyTests {
    @Test func everythingArrivesOnceAndInOrderWhateverTheCarrierDoes() async throws {
        var random = SeededRandom.announced(for: "delivery")
        for _ in 0..<6 {
            let world = DeliveryWorld(SeededRandom(seed: random.next()))
            var chance = DeliveryChance(SeededRandom(seed: random.next()))
            world.addNode("a")
            world.addNode("b")
            for _ in 0..<250 { try await chance.step(world) }
            world.lossRate.percent = 0
            world.fanOut.isDown = false
            world.fanOut.hanging = .zero
            world.stopRelay()
            chance.startRelay(world)
            #expect(world.loop.run(for: .seconds(60)) { world.isThrough && world.feeds.keys.allSatisfy(world.isFast) })
            world.loop.run(for: .seconds(4))
            world.checkDelivery()
            world.checkPresence()
            world.stop()
        }
    }
}

/// What happens next, from a seed.
struct DeliveryChance {
    private var random: SeededRandom
    private var sessions = 0

    init(_ random: SeededRandom) { self.random = random }

    mutating func step(_ world: DeliveryWorld) async throws {
        switch random.number(1...20) {
        case 1...13: try await append(world)
        case 14: world.lossRate.percent = random.pick([0, 0, 5, 50, 100])
        case 15: world.fanOut.isDown = random.oneIn(2)
        case 16: world.fanOut.hanging = random.oneIn(3) ? .milliseconds(random.number(1...1_500)) : .zero
        case 17: world.fanOut.empty()
        case 18: world.stopRelay()
        case 19: if world.relay == nil { startRelay(world) }
        default: if world.feeds.count < 3 { world.addNode("c") }
        }
        world.loop.run(for: .milliseconds(random.pick([0, 1, 10, 60, 300, 900])))
    }

    /// With read tables that are behind, each by itself.
    mutating func startRelay(_ world: DeliveryWorld) {
        let head = world.history.events.count
        world.startRelay(
            sessionsAt: Int64(max(0, head - random.number(0...20))),
            membersAt: Int64(max(0, head - random.number(0...20))))
    }

    private mutating func append(_ world: DeliveryWorld) async throws {
        for _ in 0..<random.pick([1, 1, 3, 30]) { try await world.append(event(world)) }
    }

    private mutating func event(_ world: DeliveryWorld) -> ChatEvent {
        let user = Int64(random.number(1...5))
        let group = Int64(random.number(1...2))
        let open = world.history.openSessions
        let members = world.history.members
        switch random.number(1...16) {
        case 1...2:
            sessions += 1
            let replaced = random.oneIn(2) ? open.first { $0.user.value == user }?.session.value : nil
            return opened(
                "s\(sessions)", user, random.pick(["a", "b", "c"].prefix(world.feeds.count).map { $0 }),
                replaced: replaced)
        case 3:
            guard !open.isEmpty else { return message("none open", in: group) }
            let row = random.pick(open)
            return .sessionClosed(SessionClosed(user: row.user, session: row.session, device: "d", reason: .logout))
        case 4 where random.oneIn(6):
            return .nodeLost(NodeLost(node: NodeName(random.oneIn(2) ? "a" : "b"), graceful: true))
        case 4...5:
            if members.contains(where: { $0 == (GroupID(group), UserID(user)) }) {
                return .memberLeft(MemberLeft(group: GroupID(group), user: UserID(user), members: 1))
            }
            return .memberJoined(MemberJoined(group: GroupID(group), user: UserID(user), members: 1))
        case 6...8:
            let other = UserID(user % 5 + 1)
            return .messageSent(
                MessageSent(
                    conversation: .direct(between: UserID(user), and: other), from: UserID(user), text: "direct"))
        case 14:
            let other = UserID(user % 5 + 1)
            return random.oneIn(2)
                ? .userBlocked(UserBlocked(by: UserID(user), user: other))
                : .userUnblocked(UserUnblocked(by: UserID(user), user: other))
        case 9...11 where members.contains { $0 == (GroupID(group), UserID(user)) }:
            return .roleChanged(
                RoleChanged(
                    group: GroupID(group), user: UserID(user), by: UserID(1), role: random.pick([.admin, .member])))
        case 12...13:
            return .memberInvited(MemberInvited(group: GroupID(group), user: UserID(user), by: UserID(1)))
        default: return message("to the group", in: group)
        }
    }
}
