-- Idempotency keys with the first result, in weekly buckets.
-- Reason: a random key must not be an index on the log; a bucket is dropped whole when its keys may be forgotten.
-- Locks: none on anything that exists. drop_old_buckets() takes ACCESS EXCLUSIVE on the table for an instant and gives
-- up after 100 ms of waiting; the next call tries again.

create table chat_log.idempotency (
    bucket integer not null,
    key uuid not null,
    params uuid,
    position bigint,
    version bigint,
    recorded_at timestamptz not null,
    result bytea,
    primary key (key, bucket)
) partition by list (bucket);

comment on column chat_log.idempotency.bucket is 'weeks since 1970 of recorded_at';

create function chat_log.bucket(p_at timestamptz) returns integer language sql stable parallel safe as $$
    select floor(extract(epoch from p_at) / 604800)::integer
$$;

-- Keeps two weeks ahead of the clock. Idempotent; returns how many buckets it made.
create function chat_log.ensure_buckets() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_now integer := chat_log.bucket(clock_timestamp());
    v_ceiling integer;
    v_made integer := 0;
begin
    select bucket_ceiling into strict v_ceiling from chat_log.layout;
    if v_ceiling > v_now + 2 then
        return 0;
    end if;
    select bucket_ceiling into strict v_ceiling from chat_log.layout for update;
    for v_bucket in greatest(v_ceiling, v_now - 1) .. v_now + 2 loop
        execute format('create table chat_log.%I (like chat_log.idempotency)', 'idempotency_' || v_bucket);
        execute format(
            'alter table chat_log.idempotency attach partition chat_log.%I for values in (%s)',
            'idempotency_' || v_bucket, v_bucket);
        v_made := v_made + 1;
    end loop;
    update chat_log.layout set bucket_ceiling = greatest(bucket_ceiling, v_now + 3);
    return v_made;
end
$$;

-- Drops the buckets all of whose keys are older than the setting. Returns how many.
create function chat_log.drop_old_buckets() returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '100ms' as $$
declare
    v_keep integer;
    v_name text;
    v_dropped integer := 0;
begin
    select chat_log.bucket(clock_timestamp() - make_interval(days => value::integer)) into strict v_keep
    from chat_log.settings where name = 'idempotency_days';
    for v_name in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'chat_log.idempotency'::regclass
            and substr(c.relname, 13)::integer < v_keep
    loop
        execute format('drop table chat_log.%I', v_name);
        v_dropped := v_dropped + 1;
    end loop;
    return v_dropped;
exception when lock_not_available then
    return 0;
end
$$;

-- What is remembered of these keys.
create function chat_log.remembered(p_keys uuid[])
returns table (key uuid, params uuid, "position" bigint, version bigint, recorded_at timestamptz, result bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select i.key, i.params, i.position, i.version, i.recorded_at, i.result
    from unnest(p_keys) as k join chat_log.idempotency i on i.key = k
$$;
