-- Who may look, what employees dispute, and whom the outside is told of it.

create table users (
    name          text    primary key,
    role          text    not null,
    manager_id    text,
    password_hash text,
    created_at    integer not null,
    disabled      integer not null
) without rowid;

create table sessions (
    token_sha256 text    primary key,
    user         text    not null references users (name) on delete cascade,
    csrf         text    not null,
    expires_at   integer not null,
    last_seen    integer not null
) without rowid;
create index sessions_user on sessions (user);
create index sessions_expiry on sessions (expires_at);

create table api_tokens (
    id         integer primary key autoincrement, -- a removed number is never given again
    sha256     text    not null unique,
    name       text    not null,
    role       text    not null,
    manager_id text,
    created_at integer not null,
    last_used  integer
);

create index audit_at on audit (at, id);
create index audit_what on audit (what, id);
create index audit_who on audit (who, id);

create table disputes (
    id         integer primary key autoincrement,
    call_id    integer not null references calls (id) on delete cascade,
    rubric     text    not null,
    criterion  text    not null, -- '' = the result as a whole
    author     text    not null,
    reason     text    not null,
    opened_at  integer not null,
    accepted   integer,          -- null = open
    settled_by text,
    words      text,
    settled_at integer
);
create index disputes_call on disputes (call_id);
create unique index disputes_open on disputes (call_id, rubric, criterion, author) where accepted is null;

create table webhook_subscriptions (
    id         integer primary key autoincrement,
    url        text    not null,
    events     text    not null,
    secret     text    not null,
    created_at integer not null
);

create table webhook_deliveries (
    id              integer primary key autoincrement,
    key             text    not null,
    subscription_id integer references webhook_subscriptions (id) on delete cascade, -- null = the CRM
    event           text    not null,
    call_id         integer references calls (id) on delete cascade,
    body            text    not null,
    attempt         integer not null default 0,
    due_at          integer not null, -- while leased: when the lease runs out
    state           text    not null,
    token           integer not null default 0,
    last_status     integer,
    last_error      text,
    created_at      integer not null,
    updated_at      integer not null
);
create unique index webhook_deliveries_key on webhook_deliveries (coalesce(subscription_id, 0), key);
create index webhook_deliveries_due on webhook_deliveries (due_at) where state in ('ready', 'leased');
create index webhook_deliveries_subscription on webhook_deliveries (subscription_id, id);
create index webhook_deliveries_state on webhook_deliveries (state, id);
create index webhook_deliveries_call on webhook_deliveries (call_id) where call_id is not null;
create index webhook_deliveries_ended on webhook_deliveries (updated_at) where state in ('done', 'dead');
