-- The bookkeeping of the projections: one row for each set of tables; the live one is the pointer.
-- Reason: a rebuild folds into a set beside the live one and is swapped in by one transaction.
-- Locks: none on anything that exists.

create table chat_read.projections (
    projection text collate "C" not null,
    set_number integer not null,
    version integer not null,
    live boolean not null,
    position bigint not null default 0,
    state text collate "C" not null default 'running',
    error text,
    error_position bigint,
    rate double precision,
    updated_at timestamptz not null default clock_timestamp(),
    primary key (projection, set_number)
) with (fillfactor = 20);

create unique index one_live_set on chat_read.projections (projection) where live;
