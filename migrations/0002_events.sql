-- The log: one row an event, partitioned by position, never changed.
-- Reason: the one ordering that everything else is folded from.
-- Locks: none on anything that exists. ensure_partitions() attaches partitions under SHARE UPDATE EXCLUSIVE on the log,
-- which lets readers and writers pass.

create table chat_log.events (
    position bigint not null,
    type text collate "C" not null,
    schema smallint not null,
    stream text collate "C" not null,
    version bigint not null,
    actor_id bigint,
    session text collate "C",
    device text collate "C",
    node text collate "C",
    recorded_at timestamptz not null,
    cause text collate "C",
    touched text[] collate "C",
    payload bytea not null,
    primary key (position)
) partition by range (position);

comment on column chat_log.events.cause is 'the client''s idempotency key or the id of the request';
comment on column chat_log.events.touched is 'further streams whose version this event moved';
comment on column chat_log.events.payload is 'the exact bytes of the event''s JSON: what is hashed is what is stored';

-- By position, not by version: versions rise with positions, so this serves history and stream reads as well,
-- and "this stream after position p" prunes partitions.
create index events_by_stream on chat_log.events (stream, position) include (version);
create index events_by_time on chat_log.events using brin (recorded_at);

create function chat_log.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'an event is never changed (% on %)', tg_op, tg_table_name using errcode = 'PA009';
end
$$;

create trigger events_never_change before update or delete on chat_log.events
    for each row execute function chat_log.refuse_change();
create trigger events_never_vanish before truncate on chat_log.events
    for each statement execute function chat_log.refuse_change();

revoke update, delete, truncate on chat_log.events from current_user;

-- Position of the newest event, 0 in an empty log.
create function chat_log.head() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce((
        select position from chat_log.events
        where position >= (select floor from chat_log.layout)
        order by position desc limit 1), 0)
$$;

create function chat_log.add_partition(p_from bigint, p_to bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_name text := 'events_' || to_char(p_from, 'FM0000000000000000');
begin
    execute format('create table chat_log.%I (like chat_log.events including defaults including constraints)', v_name);
    execute format(
        'alter table chat_log.events attach partition chat_log.%I for values from (%s) to (%s)', v_name, p_from, p_to);
    execute format(
        'create trigger events_never_vanish before truncate on chat_log.%I '
        'for each statement execute function chat_log.refuse_change()', v_name);
    execute format('revoke update, delete, truncate on chat_log.%I from current_user', v_name);
    execute format('revoke all on chat_log.%I from public', v_name);
end
$$;

-- Keeps whole partitions ahead of the head, and of p_upto if it is further. Idempotent; returns how many it made.
create function chat_log.ensure_partitions(p_upto bigint default 0) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_size bigint;
    v_ahead bigint;
    v_head bigint := chat_log.head();
    v_layout chat_log.layout;
    v_floor bigint;
    v_made integer := 0;
begin
    select value into strict v_size from chat_log.settings where name = 'partition_size';
    select value into strict v_ahead from chat_log.settings where name = 'partitions_ahead';
    select * into strict v_layout from chat_log.layout;
    v_floor := greatest(v_layout.floor, v_head - v_size + 1);
    if v_layout.ceiling > greatest(v_head, p_upto) + v_ahead * v_size and v_floor < v_layout.floor + v_size then
        return 0;
    end if;
    select * into strict v_layout from chat_log.layout for update;
    while v_layout.ceiling <= greatest(v_head, p_upto) + v_ahead * v_size loop
        perform chat_log.add_partition(v_layout.ceiling, v_layout.ceiling + v_size);
        v_layout.ceiling := v_layout.ceiling + v_size;
        v_made := v_made + 1;
    end loop;
    update chat_log.layout set ceiling = v_layout.ceiling, floor = greatest(floor, v_floor);
    return v_made;
end
$$;
