-- Leases: of the elected node, and of every node.
-- Reason: a lease row on PostgreSQL's clock shows a paused holder, which a held lock would not.
-- Locks: none on anything that exists.

create table chat_cluster.leader (
    name text collate "C" primary key,
    node text collate "C" not null,
    term bigint not null,
    expires_at timestamptz not null
) with (fillfactor = 20);

create table chat_cluster.nodes (
    node text collate "C" primary key,
    term bigint not null,
    renewed_at timestamptz not null,
    event_level integer not null,
    http text
) with (fillfactor = 20);

-- Takes the lease if it is free or has run out, renews it if it is the node's own; returns who holds it now.
create function chat_cluster.campaign(p_name text, p_node text, p_ttl interval)
returns table (term bigint, node text, expires_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    v_now timestamptz;
begin
    insert into chat_cluster.leader (name, node, term, expires_at)
    values (p_name, p_node, 0, '-infinity') on conflict (name) do nothing;
    -- The lock comes first, so that the clock is read after any wait for it.
    perform 1 from chat_cluster.leader l where l.name = p_name for update;
    v_now := clock_timestamp();
    update chat_cluster.leader l set
        term = case when l.node = p_node and l.expires_at > v_now then l.term else l.term + 1 end,
        node = p_node,
        expires_at = v_now + p_ttl
    where l.name = p_name and (l.node = p_node or l.expires_at <= v_now);
    return query select l.term, l.node, l.expires_at from chat_cluster.leader l where l.name = p_name;
end
$$;

-- Gives the lease back, so that another node need not wait for it to run out. False if it was not held.
create function chat_cluster.resign(p_name text, p_node text, p_term bigint default null) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    update chat_cluster.leader set expires_at = '-infinity'
    where name = p_name and node = p_node and term = coalesce(p_term, term);
    return found;
end
$$;

-- Whether the lease is held under this term: what every write of the elected node asks in its own transaction.
create function chat_cluster.holds(p_name text, p_node text, p_term bigint) returns boolean
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    select exists (
        select from chat_cluster.leader
        where name = p_name and node = p_node and term = p_term and expires_at > clock_timestamp())
$$;

-- Renews a node's lease; false if a newer term of the same node has one.
create function chat_cluster.renew(p_node text, p_term bigint, p_event_level integer, p_http text default null)
returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into chat_cluster.nodes as n (node, term, renewed_at, event_level, http)
    values (p_node, p_term, clock_timestamp(), p_event_level, p_http)
    on conflict (node) do update set
        term = excluded.term, renewed_at = clock_timestamp(), event_level = excluded.event_level,
        http = coalesce(excluded.http, n.http)
    where n.term <= excluded.term;
    return found;
end
$$;

-- Takes a node's lease row away, when it has left or was declared lost under this term.
create function chat_cluster.forget(p_node text, p_term bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from chat_cluster.nodes where node = p_node and term <= p_term;
    return found;
end
$$;
