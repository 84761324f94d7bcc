-- Whole partitions of old events go into archive files, and are then dropped.
-- Reason: a log that only grows needs a place for what is old, with the same proof as before.
-- What is dropped is a beginning of the log, so that one position says it all: chat_log.archived().
-- Locks: none but those of creating tables and functions; replaces the functions seek and unexplained_destructions.
-- drop_archived() takes ACCESS EXCLUSIVE on the log for an instant, and gives up after 200 ms of waiting.

create table chat_log.archives (
    first_position bigint primary key,
    last_position bigint not null unique,
    file text not null,
    manifest bytea not null,
    root bytea not null,
    bytes bigint not null,
    archived_at timestamptz not null default clock_timestamp(),
    dropped_at timestamptz,
    constraint an_archive_is_over_events check (first_position between 1 and last_position),
    constraint an_archive_has_digests check (octet_length(manifest) = 32 and octet_length(root) = 32)
);

comment on table chat_log.archives is 'partitions that were written to archive files';
comment on column chat_log.archives.file is 'the name of the manifest, without a folder';
comment on column chat_log.archives.manifest is 'SHA-256 of the manifest';
comment on column chat_log.archives.root is 'of the Merkle tree over all its events (RFC 9162, SHA-256)';
comment on column chat_log.archives.dropped_at is 'since when the events are no longer in the database; null: they are';

create function chat_log.refuse_forgetting() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        if old.dropped_at is null or (new.first_position, new.last_position, new.file, new.manifest, new.root)
            is not distinct from (old.first_position, old.last_position, old.file, old.manifest, old.root)
        then
            return new;
        end if;
    end if;
    raise exception 'what is in an archive only is never forgotten (% on %)', tg_op, tg_table_name
        using errcode = 'PA009';
end
$$;

create trigger archives_never_change before update or delete on chat_log.archives
    for each row execute function chat_log.refuse_forgetting();
create trigger archives_never_vanish before truncate on chat_log.archives
    for each statement execute function chat_log.refuse_forgetting();

-- Of dropped partitions, the events that the database needs for its own work: what accounts and groups are called, and
-- which keys were destroyed. Whole streams, so that a reading of one of them misses nothing.
create table chat_log.kept_events (like chat_log.events including defaults including constraints);
alter table chat_log.kept_events add primary key (position);
create index kept_events_by_stream on chat_log.kept_events (stream, position);

-- Up to which position the events are in archives only; 0 if all are here.
create function chat_log.archived() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(max(last_position), 0) from chat_log.archives where dropped_at is not null
$$;

-- The partitions of the log with their bounds, both inclusive.
create function chat_log.partitions() returns table (first_position bigint, last_position bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select p.first, coalesce(lead(p.first) over (order by p.first), (select ceiling from chat_log.layout)) - 1
    from (
        select substr(c.relname, 8)::bigint as first
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'chat_log.events'::regclass) p
    order by p.first
$$;

create function chat_log.partition_name(p_first bigint) returns text language sql immutable as $$
    select 'events_' || to_char(p_first, 'FM0000000000000000')
$$;

-- Says that a partition was written to a file. Again with another file only while the events are still here.
create function chat_log.record_archive(
    p_first bigint, p_last bigint, p_file text, p_manifest bytea, p_root bytea, p_bytes bigint)
returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform 1 from chat_log.partitions() p where p.first_position = p_first and p.last_position = p_last;
    if not found or p_last >= chat_log.head() then
        raise exception 'positions % to % are no whole partition below the end of the log', p_first, p_last
            using errcode = 'PA011';
    end if;
    insert into chat_log.archives as a (first_position, last_position, file, manifest, root, bytes)
    values (p_first, p_last, p_file, p_manifest, p_root, p_bytes)
    on conflict (first_position) do update set
        file = p_file, manifest = p_manifest, root = p_root, bytes = p_bytes, archived_at = clock_timestamp();
end
$$;

-- Why a partition cannot be dropped yet; null if it can. Asks nothing of the files.
create function chat_log.drop_obstacle(p_first bigint, p_unsealed boolean) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_last bigint;
    v_found record;
begin
    select a.last_position into v_last from chat_log.archives a
    where a.first_position = p_first and a.dropped_at is null;
    if v_last is null then return 'no archive of it is recorded'; end if;
    if p_first <> chat_log.archived() + 1 then return 'there are older events, which go first'; end if;
    if v_last >= chat_log.head() then return 'it holds the end of the log'; end if;
    if not p_unsealed and not exists (select from chat_log.seals s where s.last_position >= v_last) then
        return 'not all of its events are sealed';
    end if;
    select p.projection, p.position into v_found from chat_read.projections p
    where p.state <> 'retired' and p.position < v_last order by p.position limit 1;
    if found then
        return format('projection %s has folded the log up to position %s only', v_found.projection, v_found.position);
    end if;
    -- A device's backlog is: the events of its user's streams after its cursor. A device that is new begins at its
    -- user's furthest one.
    select d.user_id, d.device, d.position into v_found from (
        select c.user_id, c.device, c.position from chat_read.cursors c where c.position < v_last
        union all
        select u.user_id, null, u.furthest from chat_read.user_cursors u where u.furthest < v_last) d
    where exists (
        select from chat_read.user_streams s cross join lateral (
            select 1 from chat_log.events e
            where e.stream = s.stream and e.position > d.position and e.position <= v_last
                and e.position >= s.from_position and (s.to_position is null or e.position <= s.to_position)
            limit 1) e
        where s.user_id = d.user_id)
    order by d.position limit 1;
    if found then
        return format(
            '%s of user %s has acknowledged its feed up to position %s only, and misses events of it',
            coalesce(format('device %I', v_found.device), 'a new device'), v_found.user_id, v_found.position);
    end if;
    return null;
end
$$;

-- Drops a partition that is in an archive. The caller has proven the file; what the database can see, is looked at here.
create function chat_log.drop_archived(p_first bigint, p_unsealed boolean) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '200ms' as $$
declare
    v_obstacle text;
    v_name text := chat_log.partition_name(p_first);
begin
    perform chat_log.lock_appends();
    v_obstacle := chat_log.drop_obstacle(p_first, p_unsealed);
    if v_obstacle is not null then
        raise exception 'the partition from position % stays: %', p_first, v_obstacle using errcode = 'PA011';
    end if;
    execute format(
        'insert into chat_log.kept_events select * from chat_log.%I where stream like ''account:%%'' '
        'union all select * from chat_log.%1$I where stream like ''group:%%'' '
        'union all select * from chat_log.%1$I where stream = ''erasures''', v_name);
    update chat_log.archives set dropped_at = clock_timestamp() where first_position = p_first;
    execute format('drop table chat_log.%I', v_name);
end
$$;

-- Makes the table of a dropped partition anew, still beside the log, and gives its name.
create function chat_log.begin_restore(p_first bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_name text := chat_log.partition_name(p_first);
begin
    perform 1 from chat_log.archives a
    where a.first_position = p_first and a.dropped_at is not null and a.last_position = chat_log.archived();
    if not found then
        raise exception 'the partition from position % is not the last one that was dropped', p_first
            using errcode = 'PA011';
    end if;
    execute format('create table chat_log.%I (like chat_log.events including defaults including constraints)', v_name);
    execute format('revoke all on chat_log.%I from public', v_name);
    return v_name;
end
$$;

-- Makes it part of the log. The caller has proven what is in it.
create function chat_log.finish_restore(p_first bigint) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as $$
declare
    v_name text := chat_log.partition_name(p_first);
    v_last bigint;
begin
    update chat_log.archives set dropped_at = null where first_position = p_first and dropped_at is not null
    returning last_position into strict v_last;
    execute format(
        'alter table chat_log.events attach partition chat_log.%I for values from (%s) to (%s)',
        v_name, p_first, v_last + 1);
    execute format(
        'create trigger events_never_vanish before truncate on chat_log.%I '
        'for each statement execute function chat_log.refuse_change()', v_name);
    execute format('revoke update, delete, truncate on chat_log.%I from current_user', v_name);
    delete from chat_log.kept_events where position between p_first and v_last;
end
$$;

-- As before; a version that is in an archive only stands, so to speak, behind the last archived position.
create or replace function chat_log.seek(p_stream text, p_version bigint) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_archived bigint := chat_log.archived();
    v_low bigint := v_archived + 1;
    v_high bigint;
    v_middle bigint;
    v_position bigint;
    v_version bigint;
    v_last bigint;
begin
    -- Before the first version stands 0, behind the last one the position after it.
    if p_version <= 0 then return 0; end if;
    select h.position, h.version into v_high, v_last from chat_log.heads h where h.stream = p_stream;
    if v_last is null then return 0; end if;
    if p_version > v_last then return v_high + 1; end if;
    if v_archived > 0 then
        select e.version into v_version
        from chat_log.events e where e.stream = p_stream and e.position > v_archived order by e.position limit 1;
        if v_version is null or p_version < v_version then return v_archived; end if;
    end if;
    while v_low <= v_high loop
        v_middle := (v_low + v_high) / 2;
        select e.position, e.version into v_position, v_version
        from chat_log.events e where e.stream = p_stream and e.position >= v_middle order by e.position limit 1;
        if v_version >= p_version then
            if v_version = p_version then return v_position; end if;
            v_high := v_middle - 1;
        else
            v_low := coalesce(v_position, v_high) + 1;
        end if;
    end loop;
    return null;
end
$$;

-- As before, with the events that were kept.
create or replace function chat_private.unexplained_destructions()
returns table (user_id bigint, purpose text, quarter text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with everybodys as materialized (
        select q.quarter from (
            select e.stream, e.type, e.payload from chat_log.events e
            union all select e.stream, e.type, e.payload from chat_log.kept_events e) e,
            jsonb_array_elements_text(chat_log.decoded(e.payload) -> 'quarters') q (quarter)
        where e.stream = 'erasures' and e.type = 'KeyDestroyed'
    )
    select k.user_id, k.purpose, k.quarter from chat_private.sealing_keys k
    cross join lateral (
        select coalesce(bool_or(e.type in ('AccountDeleted', 'KeyDestroyed')), false) as person,
            coalesce(bool_or(e.type = 'KeyDestroyed' and chat_log.decoded(e.payload) -> 'quarters' ? k.quarter), false)
                as texts
        from (
            select e.type, e.payload from chat_log.events e where e.stream = 'account:' || k.user_id
            union all
            select e.type, e.payload from chat_log.kept_events e where e.stream = 'account:' || k.user_id) e
    ) said
    where k.destroyed_at is not null
        and case when k.purpose = 'person' then not said.person
            else k.quarter not in (select quarter from everybodys) and not said.texts end
    order by k.user_id, k.purpose, k.quarter
$$;

create view chat.archives as
select
    first_position, last_position, file, encode(manifest, 'hex') as manifest, encode(root, 'hex') as root, bytes,
    archived_at, dropped_at
from chat_log.archives;

-- The lives of the log, as auditors see them.
create view chat.epochs as select epoch, from_position, started_at from chat_log.epochs;

revoke all on chat_log.archives, chat_log.kept_events, chat.archives, chat.epochs from public;
revoke all on function
    chat_log.refuse_forgetting(), chat_log.archived(), chat_log.partitions(),
    chat_log.partition_name(bigint),
    chat_log.record_archive(bigint, bigint, text, bytea, bytea, bigint), chat_log.drop_obstacle(bigint, boolean),
    chat_log.drop_archived(bigint, boolean), chat_log.begin_restore(bigint), chat_log.finish_restore(bigint)
    from public;

-- Servers and auditors see what is in archives; only the owner writes, drops and restores.
do $$
declare
    v_role text;
begin
    foreach v_role in array array['chat_server', 'chat_auditor', 'chat_reader'] loop
        if not exists (select from pg_roles where rolname = v_role) then continue; end if;
        execute format('grant select on chat.archives, chat.epochs to %I', v_role);
        if v_role <> 'chat_reader' then
            execute format('grant select on chat_log.archives, chat_log.kept_events to %I', v_role);
            execute format('grant execute on function chat_log.archived(), chat_log.partitions() to %I', v_role);
        end if;
    end loop;
end
$$;
