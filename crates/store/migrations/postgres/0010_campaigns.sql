-- Campaigns: people whom a robot is to ring, and how far each of them is.

create table campaigns (
    name     text collate "C" primary key,
    body     text collate "C" not null, -- what it was begun with
    paused   boolean not null,          -- a person said stop
    begun_at bigint not null
);

create table campaign_leads (
    campaign   text collate "C" not null references campaigns (name) on delete cascade,
    key        text collate "C" not null, -- digest of the number: what is left of it when the number is erased
    version    bigint not null,           -- who writes says which one was read
    stage      text collate "C" not null, -- waiting, calling, settled, erased
    phone      text collate "C",
    call_id    text collate "C",          -- of the last attempt
    due_at     bigint not null,
    rub_micros bigint not null,
    usd_micros bigint not null,
    body       text collate "C" not null,
    primary key (campaign, key)
);
create index campaign_leads_phone on campaign_leads (phone) where phone is not null;
