-- An epoch knows the physical life of the database in which it began, so that a restore or a promotion begins a new one
-- by itself.
-- Reason: nobody remembers to say so by hand in the night of a failover, and until somebody does, clients whose
-- positions were lost would be shown a wrong continuation.
-- Locks: ACCESS EXCLUSIVE on chat_log.epochs, which has a row a life, for a moment.

-- The system identifier tells clusters apart, also those that were loaded from a dump; the timeline rises with every
-- promotion and every recovery to a point in time. A copy of the files that just crashed has both of the original.
create function chat_log.physical_life() returns text
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    select s.system_identifier || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) from pg_control_system() s
$$;

alter table chat_log.epochs add column physical text collate "C";
comment on column chat_log.epochs.physical is 'system identifier and timeline of the database when it began';

update chat_log.epochs set physical = chat_log.physical_life()
where epoch = (select e.epoch from chat_log.epochs e order by e.from_position desc, e.started_at desc limit 1);

create or replace function chat_log.begin_epoch() returns text
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select chat_log.lock_appends();
    insert into chat_log.epochs (epoch, from_position, physical)
    values (substr(replace(gen_random_uuid()::text, '-', ''), 1, 16), chat_log.head() + 1, chat_log.physical_life())
    returning epoch
$$;

-- The present epoch, its first position and where it began; begins one if the database is not the one in which the last began. To be
-- asked over every new connection before anything else is: so nothing is appended between.
create function chat_log.observe_epoch(out epoch text, out from_position bigint, out physical text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_last chat_log.epochs;
begin
    for v_try in 1 .. 2 loop
        select * into v_last from chat_log.epochs e order by e.from_position desc, e.started_at desc limit 1;
        exit when pg_is_in_recovery() or v_last.physical = chat_log.physical_life();
        if v_try = 1 then
            perform chat_log.lock_appends();
        else
            perform chat_log.begin_epoch();
            select * into v_last from chat_log.epochs e order by e.from_position desc, e.started_at desc limit 1;
        end if;
    end loop;
    epoch := v_last.epoch;
    from_position := v_last.from_position;
    physical := v_last.physical;
end
$$;

revoke all on function chat_log.physical_life(), chat_log.observe_epoch() from public;

do $$
begin
    if exists (select from pg_roles where rolname = 'chat_server') then
        grant execute on function chat_log.observe_epoch() to chat_server;
    end if;
end
$$;
