import ChatTestKit

/// What the log holds, and by the plainest rules who is to be shown what of it.
struct FeedModel {
    /// An event that feeds show, as the log's table has it.
    struct Row {
        var position: Int64
        var type: String
        /// `direct:3:9`, `group:7`, or that of the group whose members the event changes.
        var place: String
        var version: Int64
        var actor: Int64
        var session: String
        /// Whom a change of members concerns.
        var user: Int64
        /// The position of the message that is marked.
        var marked: Int64

        var isMark: Bool { marked > 0 }
    }

    /// A time of membership.
    struct Stay {
        var place: String
        var from: Int64
        var to: Int64?
    }

    /// Every event that feeds show, in the order of the log.
    let rows: [Row]

    /// Reads the log of a cluster.
    init(_ cluster: ClusterFixture) throws {
        let sql = """
            select position, type, regexp_replace(regexp_replace(stream, '^(messages|marks):', ''), '^(roster|invitations)', 'group'),
                version, coalesce(actor_id, 0), coalesce(session, ''), coalesce(data ->> 'user', data ->> 'owner', '0'),
                case when data ? 'seq' then data ->> 'position' else '0' end
            from (select e.*, chat_log.decoded(e.payload) as data from chat_log.events e) e
            where type in ('MessageSent', 'MessageEdited', 'MessageRecalled', 'ReactionAdded', 'ReactionRemoved',
                'GroupCreated', 'MemberInvited', 'MemberJoined', 'MemberLeft', 'MemberKicked')
            order by position
            """
        rows = try cluster.query(sql).compactMap { line in
            let fields = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 8, let position = Int64(fields[0]), let version = Int64(fields[3]),
                let actor = Int64(fields[4]), let user = Int64(fields[6]), let marked = Int64(fields[7])
            else { return nil }
            return Row(
                position: position, type: fields[1], place: fields[2], version: version, actor: actor,
                session: fields[5], user: user, marked: marked)
        }
    }

    /// What led to the first of two positions, in its place: so that a difference explains itself.
    func story(around pair: (Int64, Int64)?, of user: Int64) -> String {
        guard let pair, let row = rows.first(where: { $0.position == min(pair.0, pair.1) }) else { return "" }
        let members = rows.filter { $0.place == row.place && $0.position < row.position && $0.user == user }
        return (members.suffix(5) + [row]).map { "\($0.position) \($0.type) of \($0.marked) by \($0.actor)" }
            .joined(separator: ", ") + " in \(row.place)"
    }

    /// What concerns a user, in the order of the log, and the times of the user's memberships.
    func feed(of user: Int64) -> (rows: [Row], stays: [Stay]) {
        var shown: [Row] = []
        var stays: [Stay] = []
        var owned: Set<String> = []
        func present(_ place: String) -> Int? { stays.firstIndex { $0.place == place && $0.to == nil } }
        for row in rows {
            if row.place.hasPrefix("direct:") {
                if row.place.split(separator: ":").dropFirst().contains("\(user)") { shown.append(row) }
                continue
            }
            if row.type == "MemberInvited" {
                if row.user == user || owned.contains(row.place) { shown.append(row) }
                continue
            }
            if ["GroupCreated", "MemberJoined"].contains(row.type), row.user == user {
                stays.append(Stay(place: row.place, from: row.position, to: nil))
                if row.type == "GroupCreated" { owned.insert(row.place) }
            }
            guard let stay = present(row.place) else { continue }
            if !row.isMark || row.marked > stays[stay].from { shown.append(row) }
            if ["MemberLeft", "MemberKicked"].contains(row.type), row.user == user { stays[stay].to = row.position }
        }
        return (shown, stays)
    }
}

/// What the driver knows of a message: what it said, and what it made of it, by positions.
struct ToldMessage {
    var position: Int64
    var from: Int64
    var text: String
    var edits: [(position: Int64, text: String)] = []
    var recalled: Int64?
    /// Oldest first.
    var reactions: [(emoji: String, by: Int64)] = []

    /// The form as of a position; a recall up to `now` always counts.
    func form(asOf position: Int64, now: Int64) -> (text: String, isEdited: Bool, isRecalled: Bool) {
        if let recalled, recalled <= now { return ("", false, true) }
        let last = edits.last { $0.position <= position }
        return (last?.text ?? text, last != nil, false)
    }

    /// All texts that it ever had.
    var texts: [String] { [text] + edits.map(\.text) + (recalled == nil ? [] : [""]) }
}

/// A message by its conversation and number.
struct ToldKey: Hashable {
    var place: String
    var seq: Int64
}
