-- Sealing keys and secrets.
-- Reason: what seals personal data lives outside the log, so that destroying a key ends the data everywhere.
-- Locks: none on anything that exists.

create table chat_private.sealing_keys (
    id bigint generated always as identity primary key,
    user_id bigint not null,
    purpose text collate "C" not null check (purpose in ('person', 'texts')),
    quarter text collate "C" not null default '',
    key bytea,
    created_at timestamptz not null default clock_timestamp(),
    destroyed_at timestamptz,
    unique (user_id, purpose, quarter),
    constraint texts_have_a_quarter check ((purpose = 'texts') = (quarter <> '')),
    constraint a_destroyed_key_is_gone check ((key is null) = (destroyed_at is not null))
);

create table chat_private.secrets (
    name text collate "C" primary key,
    secret bytea not null
);

insert into chat_private.secrets (name, secret) values
    ('name-pepper', decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

create function chat_private.secret(p_name text) returns bytea
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select secret from chat_private.secrets where name = p_name
$$;

-- The keys of these users, in the order asked for; those that never were are made from p_random.
-- A destroyed key is returned as null and never made again.
create function chat_private.keys_for(p_users bigint[], p_purposes text[], p_quarters text[], p_random bytea[])
returns table (id bigint, user_id bigint, purpose text, quarter text, key bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    insert into chat_private.sealing_keys (user_id, purpose, quarter, key)
    select w.user_id, w.purpose, w.quarter, w.random
    from unnest(p_users, p_purposes, p_quarters, p_random) as w (user_id, purpose, quarter, random)
    where not exists (
        select from chat_private.sealing_keys k
        where k.user_id = w.user_id and k.purpose = w.purpose and k.quarter = w.quarter)
    on conflict do nothing;
    return query
        select k.id, k.user_id, k.purpose, k.quarter, k.key
        from unnest(p_users, p_purposes, p_quarters) with ordinality as w (user_id, purpose, quarter, item)
        join chat_private.sealing_keys k
            on k.user_id = w.user_id and k.purpose = w.purpose and k.quarter = w.quarter
        order by w.item;
end
$$;

create function chat_private.keys_by_id(p_ids bigint[])
returns table (id bigint, user_id bigint, purpose text, quarter text, key bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select k.id, k.user_id, k.purpose, k.quarter, k.key
    from chat_private.sealing_keys k where k.id = any (p_ids)
$$;

-- Destroys the keys of a user for these purposes, of text keys only the quarters before p_before if it is given.
-- Returns the ids of those that it destroyed now.
create function chat_private.destroy_keys(p_user bigint, p_purposes text[], p_before text default null)
returns table (id bigint)
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    update chat_private.sealing_keys k set key = null, destroyed_at = clock_timestamp()
    where k.user_id = p_user and k.purpose = any (p_purposes) and k.destroyed_at is null
        and (p_before is null or k.purpose <> 'texts' or k.quarter < p_before)
    returning k.id
$$;
