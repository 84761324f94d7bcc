/// The views through which auditors, and chat-audit in their place, see what is folded from the log.
enum AuditViews {
    static let all = [spans, addresses, names, progress, event, login]

    private static let spans = ViewSpec(.chat, "audit_spans", "select span, whole, words from chat_read.audit_spans")

    private static let addresses = ViewSpec(
        .chat, "audit_addresses", "select position, user_id, session, address, place from chat_read.audit_addresses")

    private static let names = ViewSpec(
        .chat, "audit_names", "select id, name, folded, deleted_at from chat_read.users")

    private static let progress = ViewSpec(
        .chat, "audit_progress",
        "select version, position, state from chat_read.projections where live and projection = 'audit'")

    /// One row an event, with the actor's name and the address of its session.
    private static let event = ViewSpec(
        .chat, "audit_event",
        """
        select
            e.position, e.epoch, e.recorded_at as at, e.type, e.stream, e.version, e.actor_id, u.name as actor,
            case when e.stream like 'messages:%' then substr(e.stream, 10)
                when e.stream like 'marks:%' then substr(e.stream, 7) end as conversation,
            e.session, e.device, coalesce(own.address, s.address) as address, e.node, e.cause as key,
            chat_log.decoded(e.payload) as data
        from chat.audit_log e
        left join chat_read.users u on u.id = e.actor_id
        left join chat_read.audit_addresses own on own.position = e.position
        left join chat_read.audit_addresses s on s.session = e.session
        """)

    /// Who came and went, who tried to, and from where.
    private static let login = ViewSpec(
        .chat, "audit_login",
        """
        select
            e.position, e.recorded_at as at, e.type, (d.data ->> 'user')::bigint as user_id, u.name as user_name,
            d.data ->> 'session' as session, coalesce(d.data ->> 'device', e.device) as device,
            coalesce(own.address, s.address) as address,
            coalesce(e.node, d.data ->> 'node', substr(e.stream, 10)) as node, d.data ->> 'reason' as reason,
            (d.data ->> 'bad_credentials')::bigint as bad_credentials, (d.data ->> 'bad_token')::bigint as bad_token,
            (d.data ->> 'rate_limited')::bigint as rate_limited
        from chat.audit_log e
        cross join lateral (select chat_log.decoded(e.payload) as data) d
        left join chat_read.users u on u.id = (d.data ->> 'user')::bigint
        left join chat_read.audit_addresses own on own.position = e.position
        left join chat_read.audit_addresses s on s.session = d.data ->> 'session'
        where e.type in ('UserRegistered', 'SessionOpened', 'SessionClosed', 'LoginRefused')
        """)
}
