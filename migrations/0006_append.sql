-- The append, and the fence that makes a lost answer certain.
-- Reason: one call and one commit for the commands of a whole node; positions are given out in commit order.
-- Locks: every call of append() and fence() holds one advisory lock until its transaction ends.

-- The plans are generic throughout: planning for the lengths of these arrays would cost more than running. So no
-- statement here joins two arrays (ten rows are guessed for each, and a nested loop would be quadratic); it sorts or
-- groups their union, or takes elements by number. Tables are only ever looked up through an index: a plan made while
-- they were still empty must not read them whole for the rest of the session.

-- What each event's version will be, and whether a guard fails, if all these commands are appended.
create function chat_log.number_events(
    g_command int[], g_stream text[], g_version bigint[],
    e_command int[], e_stream text[],
    t_event int[], t_stream text[],
    out failed boolean, out versions bigint[])
language plpgsql stable as $$
begin
    select coalesce(bool_or(m.expected <> m.version), false),
        array_agg(m.version order by m.event) filter (where m.event is not null)
    into failed, versions
    from (
        select i.event, i.expected,
            coalesce(h.version, 0)
                + sum(i.moves) over (partition by i.stream order by i.place rows unbounded preceding) as version
        from (select * from (
            select g.stream collate "C" as stream, g.command::bigint << 32 as place, 0 as moves,
                null::bigint as event, g.version as expected
            from unnest(g_command, g_stream, g_version) as g (command, stream, version)
            union all
            select e.stream, (e.command::bigint << 32) + e.event * 2, 1, e.event, null
            from unnest(e_command, e_stream) with ordinality as e (command, stream, event)
            union all
            select t.stream, (e_command[t.event]::bigint << 32) + t.event * 2 + 1, 1, null, null
            from unnest(t_event, t_stream) as t (event, stream)
            ) u order by u.stream, u.place
        ) i
        left join chat_log.heads h on h.stream = i.stream
    ) m;
end
$$;

-- The outcome of each command, one after the other: only for a batch in which something fails or a key occurs again.
-- Takes the outcomes known so far, 0 where none is. A leader is the command whose answer a duplicate of it gets.
-- The versions are those of the events of the commands that hold.
create function chat_log.judge(
    c_chain int[], c_key uuid[], c_params uuid[], c_store boolean[], known smallint[],
    g_command int[], g_stream text[], g_version bigint[],
    e_command int[], e_stream text[],
    t_event int[], t_stream text[],
    out outcomes smallint[], out leaders int[], out versions bigint[])
language plpgsql stable as $$
declare
    v_command int[];        -- guards (with an expected version), events (with a number) and touches (with neither)
    v_expected bigint[];
    v_event bigint[];
    v_stream int[];
    v_version bigint[];     -- of each stream, so far
    v_previous int[];       -- the command before this one that has the same key
    v_broken int[] := '{}'; -- chains
    v_item int := 1;
    v_before int;
begin
    select array_agg(m.command), array_agg(m.expected), array_agg(m.event), array_agg(m.stream)
    into v_command, v_expected, v_event, v_stream
    from (
        select i.command, i.expected, i.event, dense_rank() over (order by i.stream) as stream
        from (
            select g.command, g.command::bigint << 32 as place, g.stream collate "C" as stream,
                g.version as expected, null::bigint as event
            from unnest(g_command, g_stream, g_version) as g (command, stream, version)
            union all
            select e.command, (e.command::bigint << 32) + e.event * 2, e.stream, null, e.event
            from unnest(e_command, e_stream) with ordinality as e (command, stream, event)
            union all
            select e_command[t.event], (e_command[t.event]::bigint << 32) + t.event * 2 + 1, t.stream, null, null
            from unnest(t_event, t_stream) as t (event, stream)
        ) i
        order by i.place
    ) m;
    select array_agg(coalesce(h.version, 0)) into v_version
    from (
        select u.stream collate "C" as stream from unnest(g_stream || e_stream || t_stream) as u (stream)
        group by u.stream collate "C" order by u.stream collate "C"
    ) s left join chat_log.heads h on h.stream = s.stream;
    if cardinality(array_remove(c_key, null)) > 0 then
        select array_agg(k.previous order by k.command) into v_previous
        from (
            select c.command, case when c.key is not null
                then lag(c.command) over (partition by c.key order by c.command) end as previous
            from unnest(c_key) with ordinality as c (key, command)
        ) k;
    end if;

    outcomes := known;
    leaders := array_fill(null::int, array[cardinality(c_chain)]);
    versions := '{}';
    for v_current in 1 .. cardinality(c_chain) loop
        if outcomes[v_current] = 0 then
            v_before := v_previous[v_current];
            if v_before is not null then
                leaders[v_current] :=
                    case when outcomes[v_before] = 0 and c_store[v_before] then v_before else leaders[v_before] end;
            end if;
            if leaders[v_current] is not null then
                outcomes[v_current] :=
                    case when c_params[v_current] is not distinct from c_params[leaders[v_current]] then 1 else 3 end;
            elsif c_chain[v_current] = any (v_broken) then
                outcomes[v_current] := 4;
            end if;
        end if;
        while v_command[v_item] = v_current loop
            if outcomes[v_current] <> 0 then
                null;
            elsif v_expected[v_item] is null then
                v_version[v_stream[v_item]] := v_version[v_stream[v_item]] + 1;
                if v_event[v_item] is not null then
                    versions := versions || v_version[v_stream[v_item]];
                end if;
            elsif v_expected[v_item] <> v_version[v_stream[v_item]] then
                outcomes[v_current] := 2;
            end if;
            v_item := v_item + 1;
        end loop;
        if outcomes[v_current] = 2 and c_chain[v_current] is not null then
            v_broken := v_broken || c_chain[v_current];
        end if;
    end loop;
end
$$;

create function chat_log.lock_appends() returns void language sql volatile as $$
    select pg_catalog.pg_advisory_xact_lock(7166192731461542503)
$$;

-- Appends a batch: each command as if it ran alone, after those before it.
--
-- Outcomes: 0 appended (or held, if it has no events), 1 duplicate (the answer is the first one's), 2 conflict (a guard
-- named another version), 3 key reused (with other parameters), 4 not tried (a command before it in its chain had
-- outcome 2 or 4).
--
-- c_…: per command; a chain is a number, null for none; key null: nothing to look up or remember; store false: the key
--   is looked up and not remembered.
-- g_…: guards, any number for each command; version 0: the stream must not exist.
-- e_…: events, in the order of commands.
-- t_…: touches, in the order of events: the event's number in e_… from 1, and a further stream that it moves by one.
-- s_…: states, in the order of commands; one of a stream that does not exist is dropped.
--
-- Raises PA001 if the node's term has ended, PA002 if this batch or a later one of the node was recorded or fenced.
create function chat_log.append(
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
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off
set lock_timeout = '10s'
as $append$
#variable_conflict use_column
declare
    v_layout chat_log.layout;
    v_head bigint;
    v_now timestamptz;
    v_bucket int;
    v_judge boolean := false;
    v_outcomes smallint[] := array_fill(0::smallint, array[cardinality(c_chain)]);
    v_leaders int[];
    v_known chat_log.idempotency[];     -- of each command: what is remembered of its key
    v_item record;
    v_numbers int[];                    -- of each event: its number among those appended
    v_versions bigint[];                -- of each event
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
        select n.failed, n.versions into v_judge, v_versions
        from chat_log.number_events(g_command, g_stream, g_version, e_command, e_stream, t_event, t_stream) n;
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

-- Whether this batch, the answer to which was lost, was committed; if not, it never will be.
create function chat_log.fence(p_node text, p_term bigint, p_batch bigint)
returns table (committed boolean, outcomes smallint[], first_position bigint, recorded_at timestamptz)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
#variable_conflict use_column
begin
    perform chat_log.lock_appends();
    perform 1 from chat_log.batches b where b.node = p_node and b.term = p_term and b.batch > p_batch limit 1;
    if found then
        raise exception 'batch % of node % is not its last', p_batch, p_node using errcode = 'PA002';
    end if;
    insert into chat_log.batches (node, term, batch) values (p_node, p_term, p_batch) on conflict do nothing;
    return query
        select b.outcomes is not null, b.outcomes, b.first_position, b.recorded_at
        from chat_log.batches b where b.node = p_node and b.term = p_term and b.batch = p_batch;
end
$$;
