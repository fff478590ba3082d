-- Calls with robots while they are held, and numbers that asked never to be rung.

create table conversations (
    call_id    text collate "C" primary key, -- calls.uid once the history has it
    version    bigint not null,              -- of the body; who writes says which one was read
    stage      text collate "C" not null,    -- live, ended, closed, erased
    phone      text collate "C",
    started_at bigint not null,
    touched_at bigint not null,
    rub_micros bigint not null,
    usd_micros bigint not null,
    body       text collate "C" not null
);
create index conversations_open on conversations (touched_at) where stage in ('live', 'ended');
create index conversations_phone on conversations (phone) where phone is not null;
create index conversations_spent on conversations (started_at, rub_micros, usd_micros);
create index conversations_closed on conversations (touched_at) where stage in ('closed', 'erased');

create table placements (
    key     text collate "C" primary key,
    digest  text collate "C" not null,
    call_id text collate "C" not null references conversations (call_id) on delete cascade
);
create index placements_call on placements (call_id);

create table stop_list (
    key   text collate "C" primary key, -- digest of the number: what is left of it when the number is erased
    phone text collate "C",
    why   text not null,
    at    bigint not null
);
create index stop_list_at on stop_list (at, key);
create index stop_list_phone on stop_list (phone) where phone is not null;
