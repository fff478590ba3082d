-- Campaigns: people whom a robot is to ring, and how far each of them is.

create table campaigns (
    name     text    primary key,
    body     text    not null, -- what it was begun with
    paused   integer not null, -- 1: a person said stop
    begun_at integer not null
) without rowid;

create table campaign_leads (
    campaign   text    not null references campaigns (name) on delete cascade,
    key        text    not null, -- digest of the number: what is left of it when the number is erased
    version    integer not null, -- who writes says which one was read
    stage      text    not null, -- waiting, calling, settled, erased
    phone      text,
    call_id    text,             -- of the last attempt
    due_at     integer not null,
    rub_micros integer not null,
    usd_micros integer not null,
    body       text    not null,
    primary key (campaign, key)
) without rowid;
create index campaign_leads_phone on campaign_leads (phone) where phone is not null;
