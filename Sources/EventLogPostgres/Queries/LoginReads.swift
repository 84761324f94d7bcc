import ChatApplication
import ChatDomain
import PostgresClient
import WireProtocol

/// What every login asks the read tables for. Each kind of question is one statement for all who ask it at a time; the
/// waiting for a position is their own.
struct LoginReads: Sendable {
    /// Users who are not friends, by what they are.
    enum OtherList: Int64, CaseIterable {
        case requests, requested, blocked
    }

    /// A page of a user's list, after a number; one more entry than the limit shows that there are more.
    struct PageAsked: Sendable {
        var user: UserID
        var after: Int64
        var limit: Int
    }

    /// A user's friends, and so many blocks of each direction.
    struct ContactsAsked: Sendable {
        var user: UserID
        var blocks: Int
    }

    /// What a user is at `upTo`, which the tables have reached, and whether anything was missed since `after`.
    struct StandingAsked: Sendable {
        var user: UserID
        var after: Position
        var upTo: Position
    }

    /// What the tables say of a position that they have reached never changes.
    struct Standing: Sendable {
        /// False where it is known that nothing was.
        var hasMissed = false
        /// The groups of which the user is a member, with the position of each joining.
        var member: [GroupID: Position] = [:]
        /// Those of them of which the user is owner or admin.
        var admin: [GroupID] = []
    }

    /// Users whose lists are read at once: each may have hundreds of entries.
    private static let mostOfLists = 16

    let friends: GatheredReads<PageAsked, [FriendsPage.Friend]>
    let others: GatheredReads<UserID, [OtherList: [WireUser]]>
    let contacts: GatheredReads<ContactsAsked, Contacts>
    let groups: GatheredReads<PageAsked, [WireGroup]>
    let invitations: GatheredReads<UserID, [GroupsPage.Invitation]>
    let standings: GatheredReads<StandingAsked, Standing>

    init(pool: PostgresPool) {
        friends = GatheredReads(on: pool.loop, most: Self.mostOfLists) { asked throws(EventLogError) in
            let rows = try await pool.answer(Self.friendsOfEach, Self.parameters(asked))
            return rows.rows(ofEach: asked.count).map { $0.map(rows.friend) }
        }
        others = GatheredReads(on: pool.loop, most: Self.mostOfLists) { users throws(EventLogError) in
            let rows = try await pool.answer(Self.othersOfEach, Self.parameters(users))
            return rows.rows(ofEach: users.count).map { rows.others($0) }
        }
        contacts = GatheredReads(on: pool.loop, most: Self.mostOfLists) { asked throws(EventLogError) in
            let rows = try await pool.answer(
                Self.contactsOfEach,
                [.int8Array(asked.map(\.user.value)), .int8Array(asked.map { Int64($0.blocks) })])
            return zip(asked, rows.rows(ofEach: asked.count)).map { rows.contacts(of: $0.user, $1) }
        }
        groups = GatheredReads(on: pool.loop, most: Self.mostOfLists) { asked throws(EventLogError) in
            let rows = try await pool.answer(Self.groupsOfEach, Self.parameters(asked))
            return rows.rows(ofEach: asked.count).map { $0.map { rows.group($0, 1) } }
        }
        invitations = GatheredReads(on: pool.loop, most: Self.mostOfLists) { users throws(EventLogError) in
            let rows = try await pool.answer(Self.invitationsOfEach, Self.parameters(users))
            return rows.rows(ofEach: users.count).map { $0.map(rows.invitation) }
        }
        standings = GatheredReads(on: pool.loop) { asked throws(EventLogError) in
            let rows = try await pool.answer(
                Self.standingOfEach,
                [
                    .int8Array(asked.map(\.user.value)), .int8Array(asked.map(\.after.value)),
                    .int8Array(asked.map(\.upTo.value)),
                ])
            return rows.rows(ofEach: asked.count).map(rows.standing)
        }
    }

    private static func parameters(_ asked: [PageAsked]) -> [PostgresValue] {
        [
            .int8Array(asked.map(\.user.value)), .int8Array(asked.map(\.after)),
            .int8Array(asked.map { Int64($0.limit) + 1 }),
        ]
    }

    private static func parameters(_ users: [UserID]) -> [PostgresValue] {
        [.int8Array(users.map(\.value)), .int8(Int64(PostgresReadModels.listLimit))]
    }
}

// MARK: - Statements

/// The number of the question, from 1, is the first column; each question's rows are looked up by themselves, however
/// many ask.
extension LoginReads {
    private static let friendsOfEach = """
        select q.number, f.* from unnest($1::bigint[], $2::bigint[], $3::bigint[]) with ordinality
            q (user_id, after, most, number)
        cross join lateral (
            select f.friend_id, u.name, coalesce(p.online, false), p.last_seen
            from chat_read.friends f
            left join chat_read.users u on u.id = f.friend_id
            left join lateral (
                select bool_or(d.online) as online, max(d.last_seen) as last_seen
                from chat_read.devices d where d.user_id = f.friend_id) p on true
            where f.user_id = q.user_id and f.friend_id > q.after and u.deleted_position is null
            order by f.friend_id limit q.most) f
        order by q.number, f.friend_id
        """

    private static let othersOfEach: String = {
        let lists = OtherList.allCases.map { list in
            let (table, mine, theirs) =
                switch list {
                case .requests: ("friend_requests", "to_id", "from_id")
                case .requested: ("friend_requests", "from_id", "to_id")
                case .blocked: ("blocks", "user_id", "blocked_id")
                }
            return """
                (select \(list.rawValue)::bigint as list, r.\(theirs) as id, u.name
                from chat_read.\(table) r left join chat_read.users u on u.id = r.\(theirs)
                where r.\(mine) = q.user_id and u.deleted_position is null order by r.\(theirs) limit $2)
                """
        }
        return """
            select q.number, o.* from unnest($1::bigint[]) with ordinality q (user_id, number)
            cross join lateral (\(lists.joined(separator: " union all "))) o order by q.number, o.list, o.id
            """
    }()

    private static let contactsOfEach = """
        select q.number, c.* from unnest($1::bigint[], $2::bigint[]) with ordinality q (user_id, most, number)
        cross join lateral (
            (select friend_id as id, null::boolean as is_own from chat_read.friends where user_id = q.user_id)
            union all (select blocked_id, true from chat_read.blocks where user_id = q.user_id limit q.most)
            union all (select user_id, false from chat_read.blocks where blocked_id = q.user_id limit q.most)) c
        """

    private static let groupsOfEach = """
        select q.number, g.* from unnest($1::bigint[], $2::bigint[], $3::bigint[]) with ordinality
            q (user_id, after, most, number)
        cross join lateral (
            select \(PostgresReadModels.group), m.role
            from chat_read.group_members m join chat_read.groups g on g.id = m.group_id
            where m.user_id = q.user_id and m.group_id > q.after order by m.group_id limit q.most) g
        order by q.number, g.id
        """

    private static let invitationsOfEach = """
        select q.number, i.* from unnest($1::bigint[]) with ordinality q (user_id, number)
        cross join lateral (
            select \(PostgresReadModels.group), null as role, i.by_id, u.name as by_name, i.at
            from chat_read.invitations i join chat_read.groups g on g.id = i.group_id
            left join chat_read.users u on u.id = i.by_id
            where i.user_id = q.user_id order by i.group_id limit $2) i
        order by q.number, i.id
        """

    /// The streams in which a user may have missed something between two positions.
    static func missedStreams(user: String, after: String, upTo: String) -> String {
        """
        select s.stream, s.from_position, s.to_position
        from chat_read.user_streams s left join chat_read.group_tails t on t.stream = s.stream
        where s.user_id = \(user) and s.from_position <= \(upTo)
            and coalesce(s.to_position, 9223372036854775807) > \(after)
            and coalesce(s.last_position, t.last_position, 0) > \(after)
        """
    }

    /// Whom a group's roster concerns is its member; whom its invitations concern for good, its owner or an admin.
    private static let standingOfEach = """
        select q.number, s.* from unnest($1::bigint[], $2::bigint[], $3::bigint[]) with ordinality
            q (user_id, after, up_to, number)
        cross join lateral (
            (select null::boolean as is_member, null::bigint as group_id, null::bigint as since
            where q.after < q.up_to and exists (\(missedStreams(user: "q.user_id", after: "q.after", upTo: "q.up_to"))))
            union all (
                select starts_with(stream, 'roster:'), split_part(stream, ':', 2)::bigint, from_position
                from chat_read.user_streams
                where user_id = q.user_id and (starts_with(stream, 'roster:') or starts_with(stream, 'invitations:'))
                    and from_position <= q.up_to and coalesce(to_position, 9223372036854775807) > q.up_to)) s
        """
}

// MARK: - Rows

extension PostgresResult {
    fileprivate func friend(_ row: Int) -> FriendsPage.Friend {
        FriendsPage.Friend(user: user(row, 1), isOnline: bool(row, 3) ?? false, lastSeen: timestamp(row, 4))
    }

    fileprivate func others(_ rows: [Int]) -> [LoginReads.OtherList: [WireUser]] {
        var found: [LoginReads.OtherList: [WireUser]] = [:]
        for row in rows {
            guard let list = int(row, 1).flatMap(LoginReads.OtherList.init) else { continue }
            found[list, default: []].append(user(row, 2))
        }
        return found
    }

    fileprivate func contacts(of asking: UserID, _ rows: [Int]) -> Contacts {
        var contacts = Contacts()
        for row in rows {
            let other = UserID(int(row, 1) ?? 0)
            switch bool(row, 2) {
            case nil: contacts.friends.append(other)
            case true?: contacts.blocks.append(Block(by: asking, user: other))
            case false?: contacts.blocks.append(Block(by: other, user: asking))
            }
        }
        return contacts
    }

    fileprivate func invitation(_ row: Int) -> GroupsPage.Invitation {
        GroupsPage.Invitation(group: group(row, 1), by: user(row, 7), at: timestamp(row, 9) ?? 0)
    }

    fileprivate func standing(_ rows: [Int]) -> LoginReads.Standing {
        var standing = LoginReads.Standing()
        for row in rows {
            guard let isMember = bool(row, 1) else {
                standing.hasMissed = true
                continue
            }
            let (group, since) = (GroupID(int(row, 2) ?? 0), Position(int(row, 3) ?? 0))
            if isMember {
                standing.member[group] = max(standing.member[group] ?? .start, since)
            } else {
                standing.admin.append(group)
            }
        }
        return standing
    }
}
