import ChatApplication
import ChatDomain
import ChatTestKit
import Testing

@Suite("The routing table")
struct RoutingTableTests {
    /// Sessions and memberships as plain lists: what the table says must follow from them.
    private struct Model {
        var sessions: [(user: UserID, leaf: Int)] = []
        var members: Set<[Int64]> = []
        var admins: Set<[Int64]> = []

        func leaves(for audience: Audience) -> Set<Int> {
            Set(
                sessions.filter { session in
                    audience.users.contains(session.user)
                        || audience.group.map { members.contains([$0.value, session.user.value]) } == true
                        || audience.admins.map { isAdmin($0, session.user) } == true
                }.map(\.leaf))
        }

        func isAdmin(_ group: GroupID, _ user: UserID) -> Bool {
            members.intersection(admins).contains([group.value, user.value])
        }

        mutating func promote(_ group: GroupID, _ user: UserID) {
            if members.contains([group.value, user.value]) { admins.insert([group.value, user.value]) }
        }

        mutating func keepAdminsThatAreMembers() { admins.formIntersection(members) }
    }

    @Test func theTableSaysWhatFollowsFromSessionsAndMemberships() {
        var random = SeededRandom.announced(for: "routing table")
        for _ in 0..<20 {
            var table = RoutingTable<Int>()
            var model = Model()
            for _ in 0..<400 {
                step(&table, &model, &random)
                check(table, model)
            }
        }
    }

    private func step(_ table: inout RoutingTable<Int>, _ model: inout Model, _ random: inout SeededRandom) {
        let user = UserID(Int64(random.number(1...5)))
        let group = GroupID(Int64(random.number(1...4)))
        let leaf = random.number(1...3)
        defer { model.keepAdminsThatAreMembers() }
        switch random.number(1...15) {
        case 1...3:
            table.attach(user, at: leaf)
            model.sessions.append((user, leaf))
        case 4...6:
            table.detach(user, from: leaf)
            if let index = model.sessions.firstIndex(where: { $0 == (user, leaf) }) { model.sessions.remove(at: index) }
        case 7...9:
            table.join(group, user, at: Position(1))
            model.members.insert([group.value, user.value])
        case 10:
            table.leave(group, user)
            model.members.remove([group.value, user.value])
        case 11:
            table.remove(group)
            model.members = model.members.filter { $0[0] != group.value }
        case 12, 13:
            table.promote(user, in: group)
            model.promote(group, user)
        case 14:
            table.demote(user, in: group)
            model.admins.remove([group.value, user.value])
        default:
            table.forget(user)
            model.members = model.members.filter { $0[1] != user.value }
        }
    }

    private func check(_ table: RoutingTable<Int>, _ model: Model) {
        for number: Int64 in 1...5 {
            let user = UserID(number)
            #expect(Set(table.leaves(of: user)) == model.leaves(for: Audience(users: [user])))
            #expect(table.holds(user) == model.sessions.contains { $0.user == user })
            let audience = Audience(users: [user, UserID(1)], group: GroupID(number))
            #expect(table.leaves(for: audience) == model.leaves(for: audience))
            let admins = Audience(users: [user], admins: GroupID(number))
            #expect(table.leaves(for: admins) == model.leaves(for: admins))
        }
    }

    @Test func aNewMemberIsToldOfTheJoiningAndAFormerOneOfTheLeaving() {
        var table = RoutingTable<Int>()
        for number: Int64 in 1...2 { table.attach(UserID(number), at: Int(number)) }
        func item(_ change: RoutingChange) -> FeedItem {
            FeedItem(position: Position(1), at: 0, audience: Audience(group: GroupID(7)), routing: change)
        }
        #expect(table.route(item(.joined(GroupID(7), UserID(1))), everybody: true) == [1])
        #expect(table.route(item(.joined(GroupID(7), UserID(2))), everybody: true) == [1, 2])
        #expect(table.route(item(.left(GroupID(7), UserID(2))), everybody: true) == [1, 2])
        #expect(table.leaves(for: Audience(group: GroupID(7))) == [1])
        #expect(table.route(item(.groupDeleted(GroupID(7))), everybody: true) == [1])
        #expect(table.leaves(for: Audience(group: GroupID(7))) == [])
    }

    @Test func aLoopKeepsTheMembershipsOfItsOwnUsersOnly() {
        var table = RoutingTable<Int>()
        table.attach(UserID(1), at: 1)
        for number: Int64 in 1...2 {
            let change = RoutingChange.joined(GroupID(7), UserID(number))
            _ = table.route(
                FeedItem(position: Position(1), at: 0, audience: Audience(group: GroupID(7)), routing: change),
                everybody: false)
        }
        table.attach(UserID(2), at: 2)
        #expect(table.leaves(for: Audience(group: GroupID(7))) == [1])
    }
}
