-- Erasures: what was asked, what is still to be done outside the database, and the receipt.

create table erasures (
    id       integer primary key autoincrement,
    subject  text    not null, -- digest of the number: what is left of it
    ending   text    not null, -- its last two digits, for people
    who      text    not null,
    begun_at integer not null,
    ended_at integer,          -- null = something is still to be done
    due_at   integer,          -- when it is looked at (again); null = never more
    tried    integer not null default 0,
    work     text    not null, -- JSON: calls, files, sounds; empty once nothing is to be done
    places   text    not null, -- JSON: what is gone from where
    trouble  text
);
create index erasures_due on erasures (due_at) where due_at is not null;

-- Calls that were erased: their source must not bring them again. The id is a digest already.
create table erased_calls (
    uid text    primary key,
    at  integer not null
) without rowid;

-- Who opened this call?
create index audit_target on audit (target, id);
