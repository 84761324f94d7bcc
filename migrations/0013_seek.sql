-- Finds where a version of a stream stands, over the index (stream, position): versions rise with positions, so that
-- a binary search over the positions meets it in at most some thirty probes, each of one partition.
-- Locks: none but those of creating a function.

create function chat_log.seek(p_stream text, p_version bigint) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_low bigint := 1;
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

revoke all on function chat_log.seek(text, bigint) from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'chat_server') then
        grant execute on function chat_log.seek(text, bigint) to chat_server;
    end if;
end
$$;
