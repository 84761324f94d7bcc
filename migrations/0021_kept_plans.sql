-- Short functions that are called all the time, in PL/pgSQL instead of SQL.
-- Reason: what PostgreSQL cannot inline of a function in SQL it plans anew for every statement that calls it: 0.17 ms for
-- chat_log.head(), more with each partition, where 0.04 are enough. A connection keeps the plans of PL/pgSQL.
-- Locks: none on anything that exists.
-- Older programs: go on.

create or replace function chat_log.head() returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return coalesce((
        select position from chat_log.events
        where position >= (select floor from chat_log.layout)
        order by position desc limit 1), 0);
end
$$;

create or replace function chat_log.lock_appends() returns void language plpgsql volatile as $$
begin
    perform pg_catalog.pg_advisory_xact_lock(7166192731461542503);
end
$$;

create or replace function chat_private.keys_by_id(p_ids bigint[])
returns table (id bigint, user_id bigint, purpose text, quarter text, key bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select k.id, k.user_id, k.purpose, k.quarter, k.key
        from chat_private.sealing_keys k where k.id = any (p_ids);
end
$$;

create or replace function chat_cluster.holds(p_name text, p_node text, p_term bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return exists (
        select from chat_cluster.leader
        where name = p_name and node = p_node and term = p_term and expires_at > clock_timestamp());
end
$$;
