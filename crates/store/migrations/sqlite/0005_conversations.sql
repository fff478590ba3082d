-- Calls with robots while they are held, and numbers that asked never to be rung.

create table conversations (
    call_id    text    primary key, -- calls.uid once the history has it
    version    integer not null,    -- of the body; who writes says which one was read
    stage      text    not null,    -- live, ended, closed, erased
    phone      text,
    started_at integer not null,
    touched_at integer not null,
    rub_micros integer not null,
    usd_micros integer not null,
    body       text    not null
);
create index conversations_open on conversations (touched_at) where stage in ('live', 'ended');
create index conversations_phone on conversations (phone) where phone is not null;
create index conversations_spent on conversations (started_at, rub_micros, usd_micros);
create index conversations_closed on conversations (touched_at) where stage in ('closed', 'erased');

create table placements (
    key     text primary key,
    digest  text not null,
    call_id text not null references conversations (call_id) on delete cascade
) without rowid;
create index placements_call on placements (call_id);

create table stop_list (
    key   text    primary key, -- digest of the number: what is left of it when the number is erased
    phone text,
    why   text    not null,
    at    integer not null
) without rowid;
create index stop_list_at on stop_list (at, key);
create index stop_list_phone on stop_list (phone) where phone is not null;
