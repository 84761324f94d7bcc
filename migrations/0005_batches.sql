-- The last batches of each node with their outcomes, and the epochs of the log.
-- Reason: after a lost connection a node learns for certain whether its last batch was committed.
-- Rows are added and old ones removed, never updated: the newest is found at the end of the index however long an old
-- snapshot keeps the dead ones.
-- Locks: none on anything that exists.

create table chat_log.batches (
    node text collate "C" not null,
    term bigint not null,
    batch bigint not null,
    outcomes smallint[],        -- null: fenced off before it arrived
    first_position bigint,      -- null: it appended no event
    recorded_at timestamptz,
    primary key (node, term, batch)
);

create table chat_log.epochs (
    epoch text collate "C" primary key,
    from_position bigint not null,
    started_at timestamptz not null default clock_timestamp()
);

comment on table chat_log.epochs is 'the lives of this log; a new one begins at every promotion or restore';

-- To be called after a promotion of an asynchronous standby or a restore. Returns the new epoch.
create function chat_log.begin_epoch() returns text
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into chat_log.epochs (epoch, from_position)
    values (substr(replace(gen_random_uuid()::text, '-', ''), 1, 16), chat_log.head() + 1)
    returning epoch
$$;

select chat_log.begin_epoch();

-- Keeps the newest records of each node's present term (a setting), and the last one of each term before.
create function chat_log.trim_batches() returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with newest as (
        select node, term, max(batch) as batch, term = max(term) over (partition by node) as present
        from chat_log.batches group by node, term),
    removed as (
        delete from chat_log.batches b using newest n, chat_log.settings s
        where s.name = 'batches_kept' and b.node = n.node and b.term = n.term
            and b.batch <= n.batch - case when n.present then s.value else 1 end
        returning 1)
    select count(*) from removed
$$;

-- All that must be done from time to time, by the elected node.
create function chat_log.maintain() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform chat_log.ensure_partitions();
    perform chat_log.ensure_buckets();
    perform chat_log.drop_old_buckets();
    perform chat_log.trim_batches();
end
$$;
