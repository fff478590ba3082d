-- What sinks remember, what was paid once, what supervisors corrected, and a queue that pauses
-- one sink without the others.

-- Money for one thing is recorded once, whoever finds it again: the key names the thing.
alter table spend add column key text;
create unique index spend_key on spend (key, item) where key is not null;

-- What was last written to a sink for a call, in the sink's own words.
create table sink_rows (
    key        text    not null,
    sink       text    not null,
    digest     text    not null,
    body       text    not null,
    written_at integer not null,
    primary key (key, sink)
) without rowid;
-- Writes that were begun and whose end is not known yet.
create table sink_batches (
    sink       text    not null,
    id         text    not null,
    marker     integer not null,
    body       text    not null,
    created_at integer not null,
    primary key (sink, id)
) without rowid;
create table sink_memos (
    sink  text not null,
    name  text not null,
    value text not null,
    primary key (sink, name)
) without rowid;

-- A supervisor's own total for a call; the newest stands, older ones are the history.
create table calibrations (
    id            integer primary key autoincrement,
    call_id       integer not null references calls (id) on delete cascade,
    rubric        text    not null,
    score         real    not null,
    machine_score real,
    source        text    not null,
    at            integer not null
);
create index calibrations_call on calibrations (call_id, rubric, id);
create index calibrations_rubric on calibrations (rubric, call_id, id);

-- A stage, or with a target one sink of it.
create table pauses (
    stage  text    not null,
    target text    not null,
    reason text    not null,
    since  integer not null,
    primary key (stage, target)
) without rowid;
insert into pauses select stage, '', reason, since from paused_stages;
drop table paused_stages;

-- The call changed while a worker was delivering it: it is to be delivered once more.
alter table jobs add column again integer not null default 0;

-- The picture of a recording: large, shown on one page alone, and never parsed by the work.
create table recording_peaks (
    call_id  integer primary key references calls (id) on delete cascade,
    channels blob    not null
);
