-- The append of many commands, told which of their guards can be checked apart from what they move.
-- Reason: most guards (accounts, contacts, memberships) are of streams that no command of the batch moves, and many
-- commands share them. Checked once each, and without being put in order among the events, they cost a third.
-- Locks: none on anything that exists; append_many() holds the lock of append(), which is another form of it now.
-- Older programs: go on.

-- As append(), with the same outcomes and errors. All guards are in g_…, for the judgement one by one; beside that,
-- f_…: the guards of streams that no event and no touch of this batch moves, each once.
-- m_guard: the numbers in g_… of all others, rising; null: all are meant, and f_… is empty.
create function chat_log.append_many(
    p_node text, p_term bigint, p_batch bigint,
    c_chain int[], c_key uuid[], c_params uuid[], c_store boolean[], c_result bytea[], c_actor bigint[],
    c_session text[], c_device text[], c_cause text[],
    g_command int[], g_stream text[], g_version bigint[],
    e_command int[], e_stream text[], e_type text[], e_schema smallint[], e_payload bytea[],
    t_event int[], t_stream text[],
    s_command int[], s_stream text[], s_state bytea[],
    f_stream text[], f_version bigint[], m_guard int[])
returns table (
    command int, outcome smallint, first_position bigint, first_version bigint, recorded_at timestamptz, result bytea)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off
set lock_timeout = '10s'
as $append$
#variable_conflict use_column
declare
    v_count int := cardinality(c_chain);
    v_layout chat_log.layout;
    v_head bigint;
    v_now timestamptz;
    v_bucket int;
    v_judge boolean := false;
    v_outcomes smallint[] := array_fill(0::smallint, array[v_count]);
    v_leaders int[];
    v_known chat_log.idempotency[];     -- of each command: what is remembered of its key
    v_item record;
    v_numbers int[];                    -- of each event: its number among those appended
    v_versions bigint[];                -- of each event
    m_command int[] := '{}';            -- guards of streams that the batch moves
    m_stream text[] := '{}';
    m_version bigint[] := '{}';
    v_touch_from int[];                 -- of each event: where its touches begin and end
    v_touch_to int[];
    v_positions bigint[];               -- of each command: its first event's
    v_first_versions bigint[];
    v_times timestamptz[];              -- of each duplicate
    v_results bytea[];
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
    select e.position, e.recorded_at into v_head, v_now
    from chat_log.events e where e.position >= v_layout.floor order by e.position desc limit 1;
    v_head := coalesce(v_head, 0);
    v_now := greatest(clock_timestamp(), v_now);
    v_bucket := chat_log.bucket(v_now);
    if v_head + cardinality(e_command) >= v_layout.ceiling then
        perform chat_log.ensure_partitions(v_head + cardinality(e_command));
    end if;
    if v_bucket >= v_layout.bucket_ceiling then
        perform chat_log.ensure_buckets();
    end if;

    if cardinality(array_remove(c_key, null)) > 0 then
        select count(c.key) > count(distinct c.key) into v_judge from unnest(c_key) as c (key);
        for v_item in
            select c.command, i as remembered,
                case when i.params is not distinct from c.params then 1 else 3 end as outcome
            from unnest(c_key, c_params) with ordinality as c (key, params, command)
            join chat_log.idempotency i on i.key = c.key and i.bucket <= v_bucket
        loop
            v_judge := true;
            v_outcomes[v_item.command] := v_item.outcome;
            v_known[v_item.command] := v_item.remembered;
        end loop;
    end if;

    if not v_judge then
        if m_guard is null then
            m_command := g_command;
            m_stream := g_stream;
            m_version := g_version;
        elsif cardinality(m_guard) > 0 then
            select array_agg(g_command[m.guard] order by m.guard), array_agg(g_stream[m.guard] order by m.guard),
                array_agg(g_version[m.guard] order by m.guard)
            into m_command, m_stream, m_version
            from unnest(m_guard) as m (guard);
        end if;
        select n.failed, n.versions into v_judge, v_versions
        from chat_log.number_events(m_command, m_stream, m_version, e_command, e_stream, t_event, t_stream) n;
        select v_judge or coalesce(bool_or(f.version <> coalesce(h.version, 0)), false) into v_judge
        from unnest(f_stream, f_version) as f (stream, version)
        left join chat_log.heads h on h.stream = f.stream collate "C";
    end if;
    if v_judge then
        select j.outcomes, j.leaders, j.versions into v_outcomes, v_leaders, v_versions
        from chat_log.judge(
            c_chain, c_key, c_params, c_store, v_outcomes, g_command, g_stream, g_version,
            e_command, e_stream, t_event, t_stream) j;

        -- From here on the arrays hold only what is appended.
        select array_agg(n.number order by n.event) into v_numbers
        from (
            select e.event, row_number() over (partition by v_outcomes[e.command] = 0 order by e.event)
                * nullif((v_outcomes[e.command] = 0)::int, 0) as number
            from unnest(e_command) with ordinality as e (command, event)
        ) n;
        select coalesce(array_agg(v_numbers[t.event] order by t.item), '{}'),
            coalesce(array_agg(t.stream order by t.item), '{}')
        into t_event, t_stream
        from unnest(t_event, t_stream) with ordinality as t (event, stream, item)
        where v_numbers[t.event] is not null;
        select coalesce(array_agg(e.command order by e.event), '{}'),
            coalesce(array_agg(e.stream order by e.event), '{}'),
            coalesce(array_agg(e.type order by e.event), '{}'), coalesce(array_agg(e.schema order by e.event), '{}'),
            coalesce(array_agg(e.payload order by e.event), '{}')
        into e_command, e_stream, e_type, e_schema, e_payload
        from unnest(e_command, e_stream, e_type, e_schema, e_payload)
            with ordinality as e (command, stream, type, schema, payload, event)
        where v_outcomes[e.command] = 0;
        select coalesce(array_agg(s.command order by s.item), '{}'),
            coalesce(array_agg(s.stream order by s.item), '{}'),
            coalesce(array_agg(s.state order by s.item), '{}')
        into s_command, s_stream, s_state
        from unnest(s_command, s_stream, s_state) with ordinality as s (command, stream, state, item)
        where v_outcomes[s.command] = 0;
    end if;

    if cardinality(t_event) > 0 then
        select array_agg(m.low order by m.event), array_agg(m.high order by m.event) into v_touch_from, v_touch_to
        from (
            select i.event, min(i.item) as low, max(i.item) as high
            from (
                select e.event, null::bigint as item from unnest(e_command) with ordinality as e (command, event)
                union all
                select t.event, t.item from unnest(t_event) with ordinality as t (event, item)
            ) i group by i.event
        ) m;
    end if;

    if cardinality(e_command) > 0 then
        insert into chat_log.events (
            position, type, schema, stream, version, actor_id, session, device, node, recorded_at, cause, touched,
            payload)
        select v_head + e.event, e.type, e.schema, e.stream, e.version, c_actor[e.command], c_session[e.command],
            c_device[e.command], p_node, v_now, c_cause[e.command],
            case when v_touch_from[e.event] is not null
                then t_stream[v_touch_from[e.event] : v_touch_to[e.event]] end,
            e.payload
        from unnest(e_command, e_stream, e_type, e_schema, e_payload, v_versions)
            with ordinality as e (command, stream, type, schema, payload, version, event);
    end if;

    if cardinality(e_command) > 0 or cardinality(s_command) > 0 then
        insert into chat_log.heads as h (stream, version, position, state)
        select m.stream, sum(m.moves), v_head + coalesce(max(m.event), 0), s_state[max(m.state)]
        from (
            select e.stream collate "C" as stream, 1 as moves, e.event, null::bigint as state
            from unnest(e_stream) with ordinality as e (stream, event)
            union all
            select t.stream, 1, t.event, null from unnest(t_event, t_stream) as t (event, stream)
            union all
            select s.stream, 0, null, s.state from unnest(s_stream) with ordinality as s (stream, state)
        ) m
        group by m.stream
        having sum(m.moves) > 0 or exists (select from chat_log.heads k where k.stream = m.stream)
        on conflict (stream) do update set
            version = h.version + excluded.version,
            position = case when excluded.version > 0 then excluded.position else h.position end,
            state = coalesce(excluded.state, h.state);
    end if;

    if not v_judge and e_command = array(select generate_series(1, v_count)) then
        -- The usual batch: each command has one event.
        v_positions := array(select generate_series(v_head + 1, v_head + v_count));
        v_first_versions := v_versions;
    else
        select array_agg(m.position order by m.command), array_agg(m.version order by m.command)
        into v_positions, v_first_versions
        from (
            select i.command, max(i.position) as position, max(i.version) as version
            from (
                select c.command, null::bigint as position, null::bigint as version
                from generate_series(1, cardinality(c_chain)) as c (command)
                union all
                select e.command, v_head + e.event, e.version
                from unnest(e_command, v_versions) with ordinality as e (command, version, event)
                where e.event = 1 or e_command[e.event - 1] <> e.command
            ) i group by i.command
        ) m;
    end if;

    if cardinality(array_remove(c_key, null)) > 0 then
        insert into chat_log.idempotency (bucket, key, params, position, version, recorded_at, result)
        select v_bucket, c.key, c.params, c.position, c.version, v_now, c.result
        from unnest(c_key, c_params, c_store, c_result, v_outcomes, v_positions, v_first_versions)
            as c (key, params, store, result, outcome, position, version)
        where c.outcome = 0 and c.store and c.key is not null;
    end if;

    if p_node is not null then
        insert into chat_log.batches (node, term, batch, outcomes, first_position, recorded_at)
        values (
            p_node, p_term, p_batch, v_outcomes, case when cardinality(e_command) > 0 then v_head + 1 end, v_now);
    end if;

    if v_judge then
        for v_current in 1 .. cardinality(c_chain) loop
            if v_outcomes[v_current] <> 1 then
                null;
            elsif v_leaders[v_current] is not null then
                v_positions[v_current] := v_positions[v_leaders[v_current]];
                v_first_versions[v_current] := v_first_versions[v_leaders[v_current]];
                v_times[v_current] := v_now;
                v_results[v_current] := c_result[v_leaders[v_current]];
            else
                v_positions[v_current] := (v_known[v_current]).position;
                v_first_versions[v_current] := (v_known[v_current]).version;
                v_times[v_current] := (v_known[v_current]).recorded_at;
                v_results[v_current] := (v_known[v_current]).result;
            end if;
        end loop;
    end if;

    return query
        select c.command::int, c.outcome, c.position, c.version,
            case when c.outcome = 0 then v_now else v_times[c.command] end, v_results[c.command]
        from unnest(v_outcomes, v_positions, v_first_versions)
            with ordinality as c (outcome, position, version, command);
end
$append$;

-- For programs that do not tell guards apart.
create or replace function chat_log.append(
    p_node text, p_term bigint, p_batch bigint,
    c_chain int[], c_key uuid[], c_params uuid[], c_store boolean[], c_result bytea[], c_actor bigint[],
    c_session text[], c_device text[], c_cause text[],
    g_command int[], g_stream text[], g_version bigint[],
    e_command int[], e_stream text[], e_type text[], e_schema smallint[], e_payload bytea[],
    t_event int[], t_stream text[],
    s_command int[], s_stream text[], s_state bytea[])
returns table (
    command int, outcome smallint, first_position bigint, first_version bigint, recorded_at timestamptz, result bytea)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
    select * from chat_log.append_many(
        p_node, p_term, p_batch, c_chain, c_key, c_params, c_store, c_result, c_actor, c_session, c_device, c_cause,
        g_command, g_stream, g_version, e_command, e_stream, e_type, e_schema, e_payload, t_event, t_stream,
        s_command, s_stream, s_state, '{}', '{}', null)
$$;

revoke all on function chat_log.append_many(
    text, bigint, bigint, int[], uuid[], uuid[], boolean[], bytea[], bigint[], text[], text[], text[],
    int[], text[], bigint[], int[], text[], text[], smallint[], bytea[], int[], text[], int[], text[], bytea[],
    text[], bigint[], int[]) from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'chat_server') then
        grant execute on function chat_log.append_many(
            text, bigint, bigint, int[], uuid[], uuid[], boolean[], bytea[], bigint[], text[], text[], text[],
            int[], text[], bigint[], int[], text[], text[], smallint[], bytea[], int[], text[], int[], text[], bytea[],
            text[], bigint[], int[]) to chat_server;
    end if;
end
$$;
