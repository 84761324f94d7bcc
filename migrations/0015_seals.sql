-- Seals: signed heads of Merkle trees over the events, each chained to the one before.
-- Reason: whoever keeps one seal elsewhere can prove that nothing before it was changed, whatever a superuser did.
-- Locks: ACCESS EXCLUSIVE on nothing that exists; replaces the function begin_epoch.

create table chat_log.seals (
    number bigint primary key,
    first_position bigint not null,
    last_position bigint not null unique,
    epoch text collate "C" not null,
    sealed_at timestamptz not null,
    node text collate "C" not null,
    root bytea not null,
    fingerprints bytea not null,
    previous bytea not null,
    key bytea not null,
    signature bytea not null,
    constraint a_seal_is_over_events check (first_position between 1 and last_position),
    constraint an_event_has_one_fingerprint
        check (octet_length(fingerprints) = 4 * (last_position - first_position + 1)),
    constraint digests_have_their_size check (octet_length(root) = 32 and octet_length(previous) = 32),
    constraint keys_have_their_size check (octet_length(key) = 32 and octet_length(signature) = 64)
);

-- Fingerprints are parts of digests: nothing makes them smaller.
alter table chat_log.seals alter column fingerprints set storage external;

comment on column chat_log.seals.root is 'of the Merkle tree over the events (RFC 9162, SHA-256)';
comment on column chat_log.seals.fingerprints is
    'the first four bytes of each leaf''s hash: which event it was, if the root is another';
comment on column chat_log.seals.previous is 'the digest of the seal before, zero for the first';
comment on column chat_log.seals.key is 'the public key of the signature (Ed25519)';

create function chat_log.refuse_unsealing() returns trigger language plpgsql as $$
begin
    raise exception 'a seal is never changed (% on %)', tg_op, tg_table_name using errcode = 'PA009';
end
$$;

create trigger seals_never_change before update or delete on chat_log.seals
    for each row execute function chat_log.refuse_unsealing();
create trigger seals_never_vanish before truncate on chat_log.seals
    for each statement execute function chat_log.refuse_unsealing();

revoke update, delete, truncate on chat_log.seals from current_user;

-- Adds the next seal, which the holder of the lease made. Whatever does not continue the chain is refused: a sealer
-- that was paused finds its term over, and there is one seal of each number.
create function chat_log.seal(
    p_node text, p_term bigint, p_number bigint, p_first bigint, p_last bigint, p_epoch text, p_at timestamptz,
    p_root bytea, p_fingerprints bytea, p_previous bytea, p_key bytea, p_signature bytea)
returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as $$
declare
    v_last chat_log.seals;
begin
    -- Held until the commit: the term cannot pass to another node meanwhile.
    perform 1 from chat_cluster.leader l
    where l.name = 'sealer' and l.node = p_node and l.term = p_term and l.expires_at > clock_timestamp() for share;
    if not found then
        raise exception 'the sealer''s term % of node % has ended', p_term, p_node using errcode = 'PA001';
    end if;
    select * into v_last from chat_log.seals s order by s.number desc limit 1;
    if p_number <> coalesce(v_last.number, 0) + 1 or p_first <> coalesce(v_last.last_position, 0) + 1
        or p_last > chat_log.head() or p_at < v_last.sealed_at
    then
        raise exception 'seal % does not follow the last one', p_number using errcode = 'PA010';
    end if;
    if p_epoch is distinct from (
            select e.epoch from chat_log.epochs e where e.from_position <= p_first
            order by e.from_position desc, e.started_at desc limit 1)
        or exists (select from chat_log.epochs e where e.from_position > p_first and e.from_position <= p_last)
    then
        raise exception 'seal % is not of one epoch', p_number using errcode = 'PA010';
    end if;
    insert into chat_log.seals (
        number, first_position, last_position, epoch, sealed_at, node, root, fingerprints, previous, key, signature)
    values (p_number, p_first, p_last, p_epoch, p_at, p_node, p_root, p_fingerprints, p_previous, p_key, p_signature);
end
$$;

-- As before, but under the lock of the appends: which event is the first one of an epoch is certain when it begins.
create or replace function chat_log.begin_epoch() returns text
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select chat_log.lock_appends();
    insert into chat_log.epochs (epoch, from_position)
    values (substr(replace(gen_random_uuid()::text, '-', ''), 1, 16), chat_log.head() + 1)
    returning epoch
$$;

revoke all on chat_log.seals from public;
revoke all on function
    chat_log.refuse_unsealing(),
    chat_log.seal(text, bigint, bigint, bigint, bigint, text, timestamptz, bytea, bytea, bytea, bytea, bytea)
    from public;

-- Auditors read the log as it is stored, which is what is hashed, and the views; they open nothing that is sealed.
do $$
begin
    begin
        if not exists (select from pg_roles where rolname = 'chat_auditor') then
            create role chat_auditor nologin;
        end if;
        if not pg_has_role(current_user, 'chat_auditor', 'member') then grant chat_auditor to current_user; end if;
    exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then raise notice 'role chat_auditor could not be made or granted';
    end;

    if exists (select from pg_roles where rolname = 'chat_auditor') then
        grant usage on schema chat_log, chat to chat_auditor;
        grant select on chat_log.events, chat_log.epochs, chat_log.seals, chat_log.migrations to chat_auditor;
        grant execute on function chat_log.head(), chat_log.decoded(bytea) to chat_auditor;
        grant select on all tables in schema chat to chat_auditor;
        alter default privileges in schema chat grant select on tables to chat_auditor;
    end if;
    if exists (select from pg_roles where rolname = 'chat_server') then
        grant select on chat_log.seals to chat_server;
        grant execute on function
            chat_log.seal(text, bigint, bigint, bigint, bigint, text, timestamptz, bytea, bytea, bytea, bytea, bytea)
            to chat_server;
    end if;
end
$$;
