-- The append of a few commands, one after the other.
-- Reason: append() takes a batch as sets, which costs 10 µs a command and half a millisecond to begin with. Where few
-- commands are under way, batches hold one or two of them, and that beginning is what PostgreSQL's processor does.
-- Locks: none on anything that exists; append_few() holds the lock of append().
-- Older programs: go on.

-- As append(), with the same arguments, outcomes and errors, for batches of a few commands: each statement here is one
-- row by one key, so its cost is that of the commands, and there is nothing to begin with.
create function chat_log.append_few(
    p_node text, p_term bigint, p_batch bigint,
    c_chain int[], c_key uuid[], c_params uuid[], c_store boolean[], c_result bytea[], c_actor bigint[],
    c_session text[], c_device text[], c_cause text[],
    g_command int[], g_stream text[], g_version bigint[],
    e_command int[], e_stream text[], e_type text[], e_schema smallint[], e_payload bytea[],
    t_event int[], t_stream text[],
    s_command int[], s_stream text[], s_state bytea[])
returns table (
    command int, outcome smallint, first_position bigint, first_version bigint, recorded_at timestamptz, result bytea)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off
set lock_timeout = '10s'
as $append$
#variable_conflict use_column
declare
    v_layout chat_log.layout;
    v_begin bigint;
    v_head bigint;
    v_now timestamptz;
    v_bucket int;
    v_outcomes smallint[] := '{}';
    v_broken int[] := '{}';             -- chains
    v_known chat_log.idempotency;
    v_version bigint;
    v_touched text[];
    v_guard int := 1;                   -- the next of each kind
    v_event int := 1;
    v_touch int := 1;
    v_state int := 1;
begin
    -- A statement of its own: the next one takes its snapshot after the wait.
    perform chat_log.lock_appends();

    if p_node is not null then
        perform 1 from chat_log.heads h where h.stream = 'node:' || p_node and h.version = p_term;
        if not found then
            raise exception 'the lease term % of node % has ended', p_term, p_node using errcode = 'PA001';
        end if;
        perform 1 from chat_log.batches b where b.node = p_node and b.term = p_term and b.batch >= p_batch limit 1;
        if found then
            raise exception 'batch % of node % came too late', p_batch, p_node using errcode = 'PA002';
        end if;
    end if;

    select * into strict v_layout from chat_log.layout l where l.id = 1;
    select e.position, e.recorded_at into v_begin, v_now
    from chat_log.events e where e.position >= v_layout.floor order by e.position desc limit 1;
    v_begin := coalesce(v_begin, 0);
    v_head := v_begin;
    v_now := greatest(clock_timestamp(), v_now);
    v_bucket := chat_log.bucket(v_now);
    if v_head + cardinality(e_command) >= v_layout.ceiling then
        perform chat_log.ensure_partitions(v_head + cardinality(e_command));
    end if;
    if v_bucket >= v_layout.bucket_ceiling then
        perform chat_log.ensure_buckets();
    end if;

    for v_command in 1 .. cardinality(c_chain) loop
        command := v_command;
        outcome := 0;
        first_position := null;
        first_version := null;
        recorded_at := v_now;
        result := null;

        -- What a command before it in this batch has stored is found as well.
        if c_key[v_command] is not null then
            select i.* into v_known
            from chat_log.idempotency i where i.key = c_key[v_command] and i.bucket <= v_bucket limit 1;
            if not found then
                null;
            elsif v_known.params is distinct from c_params[v_command] then
                outcome := 3;
            else
                outcome := 1;
                first_position := v_known.position;
                first_version := v_known.version;
                recorded_at := v_known.recorded_at;
                result := v_known.result;
            end if;
        end if;
        if outcome = 0 and c_chain[v_command] = any (v_broken) then
            outcome := 4;
        end if;

        while g_command[v_guard] = v_command loop
            if outcome = 0 then
                select h.version into v_version from chat_log.heads h where h.stream = g_stream[v_guard];
                if g_version[v_guard] <> coalesce(v_version, 0) then
                    outcome := 2;
                    v_broken := v_broken || c_chain[v_command];
                end if;
            end if;
            v_guard := v_guard + 1;
        end loop;

        while e_command[v_event] = v_command loop
            v_touched := null;
            if outcome = 0 then
                v_head := v_head + 1;
                insert into chat_log.heads as h (stream, version, position) values (e_stream[v_event], 1, v_head)
                on conflict (stream) do update set version = h.version + 1, position = excluded.position
                returning h.version into v_version;
                if first_position is null then
                    first_position := v_head;
                    first_version := v_version;
                end if;
            end if;
            while t_event[v_touch] = v_event loop
                if outcome = 0 then
                    v_touched := v_touched || t_stream[v_touch];
                    insert into chat_log.heads as h (stream, version, position) values (t_stream[v_touch], 1, v_head)
                    on conflict (stream) do update set version = h.version + 1, position = excluded.position;
                end if;
                v_touch := v_touch + 1;
            end loop;
            if outcome = 0 then
                insert into chat_log.events (
                    position, type, schema, stream, version, actor_id, session, device, node, recorded_at, cause,
                    touched, payload)
                values (
                    v_head, e_type[v_event], e_schema[v_event], e_stream[v_event], v_version, c_actor[v_command],
                    c_session[v_command], c_device[v_command], p_node, v_now, c_cause[v_command], v_touched,
                    e_payload[v_event]);
            end if;
            v_event := v_event + 1;
        end loop;

        while s_command[v_state] = v_command loop
            if outcome = 0 then
                update chat_log.heads h set state = coalesce(s_state[v_state], h.state)
                where h.stream = s_stream[v_state];
            end if;
            v_state := v_state + 1;
        end loop;

        if outcome = 0 and c_store[v_command] and c_key[v_command] is not null then
            insert into chat_log.idempotency (bucket, key, params, position, version, recorded_at, result)
            values (
                v_bucket, c_key[v_command], c_params[v_command], first_position, first_version, v_now,
                c_result[v_command]);
        end if;
        if outcome in (2, 3, 4) then
            recorded_at := null;
        end if;
        v_outcomes := v_outcomes || outcome;
        return next;
    end loop;

    if p_node is not null then
        insert into chat_log.batches (node, term, batch, outcomes, first_position, recorded_at)
        values (
            p_node, p_term, p_batch, v_outcomes,
            case when cardinality(e_command) > 0 and v_head > v_begin then v_begin + 1 end, v_now);
    end if;
end
$append$;

revoke all on function chat_log.append_few(
    text, bigint, bigint, int[], uuid[], uuid[], boolean[], bytea[], bigint[], text[], text[], text[],
    int[], text[], bigint[], int[], text[], text[], smallint[], bytea[], int[], text[], int[], text[], bytea[])
    from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'chat_server') then
        grant execute on function chat_log.append_few(
            text, bigint, bigint, int[], uuid[], uuid[], boolean[], bytea[], bigint[], text[], text[], text[],
            int[], text[], bigint[], int[], text[], text[], smallint[], bytea[], int[], text[], int[], text[], bytea[])
            to chat_server;
    end if;
end
$$;
