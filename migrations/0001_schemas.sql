-- The schemas, and the settings and layout of the log.
-- Reason: log, keys, leases, read tables and stable views have different readers, so each has a schema of its own.
-- Locks: none on anything that exists.

create schema if not exists chat_log;
create schema chat_private;
create schema chat_cluster;
create schema chat_read;
create schema chat;

comment on schema chat_log is 'the log: events, stream heads, idempotency keys, batches';
comment on schema chat_private is 'what must never leave with the log: sealing keys and secrets';
comment on schema chat_cluster is 'leases of the elected node and of every node';
comment on schema chat_read is 'read tables, folded from the log';
comment on schema chat is 'stable views for operators';

create table chat_log.settings (
    name text primary key,
    value bigint not null,
    meaning text not null,
    constraint keys_are_kept_a_week check (name <> 'idempotency_days' or value >= 7),
    constraint sizes_are_positive check (value > 0)
);

insert into chat_log.settings (name, value, meaning) values
    ('partition_size', 10000000, 'positions in one partition of the log; holds for partitions made from now on'),
    ('partitions_ahead', 2, 'whole empty partitions kept ahead of the head'),
    ('idempotency_days', 7, 'days that an idempotency key is remembered at least'),
    ('batches_kept', 1000, 'batch records kept of each node');

-- One row, changed only when a partition or a bucket is made: the append reads it and never writes it.
create table chat_log.layout (
    id smallint primary key default 1 check (id = 1),
    floor bigint not null,              -- a position at or below the head: where looking for the head begins
    ceiling bigint not null,            -- the first position without a partition
    bucket_ceiling integer not null     -- the first week without a bucket of idempotency keys
);

insert into chat_log.layout (floor, ceiling, bucket_ceiling) values (1, 1, 0);
