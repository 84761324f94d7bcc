-- The log as people read it.
-- Reason: operators query by plain SQL; the payload is stored as bytes.
-- Locks: none on anything that exists.

-- jsonb cannot hold U+0000: its escape, and only an escape, becomes that of U+FFFD.
-- What jsonb cannot take at all is shown as base64 rather than failing the whole query.
create function chat_log.decoded(p_payload bytea) returns jsonb
language plpgsql immutable parallel safe strict set search_path = pg_catalog, pg_temp as $$
begin
    return regexp_replace(convert_from(p_payload, 'UTF8'), '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g')::jsonb;
exception when data_exception then
    return jsonb_build_object('undecodable', encode(p_payload, 'base64'));
end
$$;

create view chat.events as
select
    e.position,
    (select p.epoch from chat_log.epochs p where p.from_position <= e.position
        order by p.from_position desc, p.started_at desc limit 1) as epoch,
    e.type, e.stream, e.version, e.actor_id, e.device, e.node, e.recorded_at as at,
    chat_log.decoded(e.payload) as data
from chat_log.events e;
