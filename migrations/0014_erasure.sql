-- The end of texts: keys are destroyed by quarter, of one user or of everybody, and whoever has keys at hand learns of it.
-- Reason: an erasure and the end of retention make texts unreadable everywhere, in the memory of nodes as well.
-- Locks: none but those of creating functions and one small table.

-- One row. Whoever sees another number than before forgets the keys that it has at hand.
create table chat_private.destructions (
    id smallint primary key default 1 check (id = 1),
    number bigint not null
);
insert into chat_private.destructions (number) values (0);

create function chat_private.destruction_number() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select number from chat_private.destructions
$$;

create or replace function chat_private.destroy_keys(p_user bigint, p_purposes text[], p_before text default null)
returns table (id bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    update chat_private.destructions set number = number + 1;
    return query
        update chat_private.sealing_keys k set key = null, destroyed_at = clock_timestamp()
        where k.user_id = p_user and k.purpose = any (p_purposes) and k.destroyed_at is null
            and (p_before is null or k.purpose <> 'texts' or k.quarter < p_before)
        returning k.id;
end
$$;

-- Destroys the keys of texts of these quarters, of one user, or of everybody if that is null; returns how many.
create function chat_private.destroy_texts(p_user bigint, p_quarters text[]) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_destroyed bigint;
begin
    update chat_private.destructions set number = number + 1;
    update chat_private.sealing_keys k set key = null, destroyed_at = clock_timestamp()
    where k.purpose = 'texts' and k.quarter = any (p_quarters) and k.destroyed_at is null
        and (p_user is null or k.user_id = p_user);
    get diagnostics v_destroyed = row_count;
    return v_destroyed;
end
$$;

-- The quarters of which texts can still be read, of one user, or of anybody if that is null.
create function chat_private.living_quarters(p_user bigint) returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select distinct k.quarter from chat_private.sealing_keys k
    where k.purpose = 'texts' and k.destroyed_at is null and (p_user is null or k.user_id = p_user)
    order by 1
$$;

-- Keys that were destroyed although the log does not say so: what they sealed is lost, not erased.
create function chat_private.unexplained_destructions() returns table (user_id bigint, purpose text, quarter text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with everybodys as materialized (
        select q.quarter from chat_log.events e,
            jsonb_array_elements_text(chat_log.decoded(e.payload) -> 'quarters') q (quarter)
        where e.stream = 'erasures' and e.type = 'KeyDestroyed'
    )
    select k.user_id, k.purpose, k.quarter from chat_private.sealing_keys k
    where k.destroyed_at is not null
        and case when k.purpose = 'person' then not exists (
            select from chat_log.events e
            where e.stream = 'account:' || k.user_id and e.type in ('AccountDeleted', 'KeyDestroyed'))
        else k.quarter not in (select quarter from everybodys) and not exists (
            select from chat_log.events e
            where e.stream = 'account:' || k.user_id and e.type = 'KeyDestroyed'
                and chat_log.decoded(e.payload) -> 'quarters' ? k.quarter)
        end
    order by k.user_id, k.purpose, k.quarter
$$;

revoke all on table chat_private.destructions from public;
revoke all on function
    chat_private.destruction_number(), chat_private.destroy_keys(bigint, text[], text),
    chat_private.destroy_texts(bigint, text[]), chat_private.living_quarters(bigint),
    chat_private.unexplained_destructions() from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'chat_server') then
        grant execute on function
            chat_private.destruction_number(), chat_private.destroy_keys(bigint, text[], text),
            chat_private.destroy_texts(bigint, text[]), chat_private.living_quarters(bigint),
            chat_private.unexplained_destructions() to chat_server;
    end if;
end
$$;
