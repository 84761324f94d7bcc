-- The roles of servers and of readers.
-- Reason: a server may append through the function and read, nothing else, and operators see the views only.
-- Roles belong to the whole cluster of databases; where they may not be made, everything works under the owner's role.
-- Locks: none that anyone waits for.

revoke all on all functions in schema chat_log, chat_private, chat_cluster from public;
revoke all on all tables in schema chat_log, chat_private, chat_cluster, chat_read, chat from public;

do $$
declare
    v_role text;
begin
    foreach v_role in array array['chat_server', 'chat_reader'] loop
        begin
            if not exists (select from pg_roles where rolname = v_role) then
                execute format('create role %I nologin', v_role);
            end if;
        exception
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then raise notice 'role % could not be made', v_role;
        end;
        begin
            if exists (select from pg_roles where rolname = v_role)
                and not pg_has_role(current_user, v_role, 'member') then
                execute format('grant %I to current_user', v_role);
            end if;
        exception when insufficient_privilege then raise notice 'role % could not be granted', v_role;
        end;
    end loop;

    if exists (select from pg_roles where rolname = 'chat_server') then
        grant usage on schema chat_log, chat_private, chat_cluster to chat_server;
        grant usage, create on schema chat_read, chat to chat_server;
        grant execute on all functions in schema chat_log, chat_private, chat_cluster to chat_server;
        revoke execute on function
            chat_log.add_partition(bigint, bigint), chat_log.begin_epoch(), chat_log.refuse_change()
            from chat_server;
        grant select on all tables in schema chat_log, chat_cluster, chat to chat_server;
        grant usage on all sequences in schema chat_log to chat_server;
        alter default privileges in schema chat_log grant select on tables to chat_server;
        alter default privileges in schema chat_cluster grant select on tables to chat_server;
        grant all on all tables in schema chat_read to chat_server;
        alter default privileges in schema chat_read grant all on tables to chat_server;
        alter default privileges in schema chat_read grant all on sequences to chat_server;
        alter default privileges in schema chat grant select on tables to chat_server;
    end if;

    if exists (select from pg_roles where rolname = 'chat_reader') then
        grant usage on schema chat to chat_reader;
        grant select on all tables in schema chat to chat_reader;
        grant execute on function chat_log.decoded(bytea) to chat_reader;
        alter default privileges in schema chat grant select on tables to chat_reader;
    end if;
end
$$;
