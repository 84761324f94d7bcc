-- The head of each stream: its version, and the decider's state after it.
-- Reason: a guard is one lookup by primary key, and any node decides on the same row.
-- Locks: none on anything that exists.

create table chat_log.heads (
    stream text collate "C" primary key,
    version bigint not null,
    position bigint not null,
    state bytea
) with (fillfactor = 70);

comment on column chat_log.heads.position is 'of the last event that moved the version';
comment on column chat_log.heads.state is 'what the decider knew of the stream when it last stored a state';
