-- The log as auditors read it, by chat-audit or by plain SQL.
-- Reason: an auditor's role sees the views of schema chat only, and chat.events leaves out what a question may be about:
-- sessions, clients' keys, memberships and messages in columns of their own. Views that also show what is folded from
-- the log (addresses, names) belong to the projection `audit`.
-- Locks: none on anything that exists.

-- The whole envelope and the stored bytes; what is personal in them stays sealed.
create view chat.audit_log as
select
    e.position, e.type, e.schema, e.stream, e.version, e.touched, e.actor_id, e.session, e.device, e.cause, e.node,
    e.recorded_at, e.payload,
    (select p.epoch from chat_log.epochs p where p.from_position <= e.position
        order by p.from_position desc, p.started_at desc limit 1) as epoch
from chat_log.events e;

-- Who came to a group, left it, or became something else in it, and by whom.
create view chat.audit_membership as
select
    e.position, e.recorded_at as at, (d.data ->> 'group')::bigint as group_id,
    coalesce(d.data ->> 'user', d.data ->> 'to', d.data ->> 'owner')::bigint as user_id,
    coalesce((d.data ->> 'by')::bigint, (d.data ->> 'from')::bigint, e.actor_id) as by_id,
    case e.type
        when 'GroupCreated' then 'created' when 'GroupDeleted' then 'deleted'
        when 'MemberInvited' then 'invited' when 'InvitationDeclined' then 'declined'
        when 'InvitationWithdrawn' then 'withdrawn' when 'MemberJoined' then 'joined' when 'MemberLeft' then 'left'
        when 'MemberKicked' then 'kicked' when 'RoleChanged' then 'role' else 'ownership'
    end as change,
    case e.type when 'GroupCreated' then 'owner' when 'OwnershipPassed' then 'owner' when 'MemberJoined' then 'member'
        else d.data ->> 'role' end as role,
    e.session, e.device, e.node
from chat_log.events e, lateral (select chat_log.decoded(e.payload) as data) d
where e.type in (
    'GroupCreated', 'GroupDeleted', 'MemberInvited', 'InvitationDeclined', 'InvitationWithdrawn', 'MemberJoined',
    'MemberLeft', 'MemberKicked', 'RoleChanged', 'OwnershipPassed');

-- Every message without its text. Ask by `stream` (messages:direct:3:9, messages:group:7), which has an index.
create view chat.audit_message as
select
    e.position, e.recorded_at as at, e.stream, substr(e.stream, 10) as conversation, e.version as seq,
    e.actor_id as sender_id,
    case when e.stream like 'messages:direct:%' then
        case when split_part(e.stream, ':', 3) = e.actor_id::text then split_part(e.stream, ':', 4)::bigint
            else split_part(e.stream, ':', 3)::bigint end end as recipient_id,
    case when e.stream like 'messages:group:%' then split_part(e.stream, ':', 3)::bigint end as group_id,
    e.session, e.device, e.node, e.cause as key
from chat_log.events e
where e.type = 'MessageSent';

revoke all on chat.audit_log, chat.audit_membership, chat.audit_message from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'chat_server') then
        grant select on chat.audit_log, chat.audit_membership, chat.audit_message to chat_server;
    end if;
    if exists (select from pg_roles where rolname = 'chat_reader') then
        grant select on chat.audit_log, chat.audit_membership, chat.audit_message to chat_reader;
    end if;
end
$$;
