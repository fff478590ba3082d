-- Schedules and their turns, who leads, and facts that people are told of.

create table leads (
    name        text    primary key,
    holder      text    not null,
    token       integer not null, -- grows whenever the lead changes hands
    lease_until integer not null
) without rowid;

create table schedules (
    id        integer primary key autoincrement,
    name      text    not null unique,
    cron      text    not null,
    zone      text    not null,
    plan      text    not null,
    done_at   integer not null, -- the turn due then was made, or there was none before
    paused_at integer,
    made_at   integer not null
);

create table schedule_turns (
    id          integer primary key autoincrement,
    schedule_id integer references schedules (id) on delete cascade, -- null = asked for by itself
    name        text    not null,
    plan        text    not null,
    due_at      integer not null,
    missed      integer not null,
    asked_by    text,             -- null = by the clock
    attempt     integer not null default 0,
    lease_until integer not null, -- before it is begun: not earlier than this
    started_at  integer,
    finished_at integer,
    ending      text,             -- done, failed, skipped
    said        text
);
create unique index schedule_turns_due on schedule_turns (schedule_id, due_at) where asked_by is null;
create index schedule_turns_open on schedule_turns (lease_until) where finished_at is null;
create index schedule_turns_of on schedule_turns (schedule_id, id);

create table facts (
    id       integer primary key autoincrement,
    key      text    not null unique,
    topic    text    not null,
    call_id  integer references calls (id) on delete cascade,
    body     text    not null,
    due_at   integer not null,
    told_at  integer,
    noted_at integer not null
);
create index facts_untold on facts (due_at) where told_at is null;
create index facts_told on facts (told_at) where told_at is not null;
create index facts_call on facts (call_id) where call_id is not null;

-- null = a webhook or the CRM; telegram, mail, uis
alter table webhook_deliveries add column channel text;
drop index webhook_deliveries_key;
create unique index webhook_deliveries_key
    on webhook_deliveries (coalesce(subscription_id, 0), coalesce(channel, ''), key);
drop index webhook_deliveries_due;
create index webhook_deliveries_due on webhook_deliveries (coalesce(channel, ''), due_at)
    where state in ('ready', 'leased');
