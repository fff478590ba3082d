-- The first schema. Integer rowids inside, text ids at the border; instants are
-- milliseconds since 1970 UTC; JSON columns hold what is read whole or not at all.
pragma application_id = 1517710962; -- 'Z', 'v', 'n', 'r'

create table transcripts (
    id         integer primary key,
    cache_key  text    not null unique,
    engine     text    not null,
    model      text    not null,
    body       text    not null
);

create table calls (
    id             integer primary key,
    uid            text    not null unique,
    source         text    not null,
    external_id    text    not null,
    started_at     integer,
    started_offset integer, -- of the source's zone, seconds
    caller         text,
    callee         text,
    client_phone   text,
    direction      text    not null,
    duration_ms    integer,
    talk_ms        integer,
    manager_id     text,
    manager_name   text,
    missed         integer not null,
    tags           text    not null,
    recording_name text,
    recording_url  text,
    revision       text    not null,
    status         text    not null,
    error          text,
    transcript_id  integer references transcripts (id),
    search_rowid   integer,        -- the row in call_words, in the order of time
    score          real,           -- of the newest analysis
    discovered_at  integer not null,
    updated_at     integer not null
);
-- with the score, so that a walk for low scores reads no row that it will not show
create index calls_started on calls (started_at, id, score);
create index calls_search on calls (search_rowid, started_at, score, status);
create index calls_source on calls (source, started_at);
create index calls_status on calls (status, started_at);
create index calls_manager on calls (manager_id, started_at) where manager_id is not null;
create index calls_caller on calls (caller, started_at) where caller is not null;
create index calls_callee on calls (callee, started_at) where callee is not null;
create index calls_client on calls (client_phone, started_at) where client_phone is not null;
create index calls_transcript on calls (transcript_id) where transcript_id is not null;

-- Counted as it happens: a million rows are not counted at each look.
create table call_counts (
    source text    not null,
    status text    not null,
    count  integer not null,
    primary key (source, status)
) without rowid;
create trigger calls_counted_in after insert on calls begin
    insert into call_counts values (new.source, new.status, 1)
        on conflict do update set count = count + 1;
end;
create trigger calls_counted_over after update of status on calls when old.status <> new.status begin
    update call_counts set count = count - 1 where source = old.source and status = old.status;
    insert into call_counts values (new.source, new.status, 1)
        on conflict do update set count = count + 1;
end;
create trigger calls_counted_out after delete on calls begin
    update call_counts set count = count - 1 where source = old.source and status = old.status;
end;

-- Every call that ever had the transcript: erasing a number finds its words even after
-- the recording was replaced.
create table transcript_uses (
    transcript_id integer not null references transcripts (id) on delete cascade,
    call_id       integer not null references calls (id) on delete cascade,
    primary key (transcript_id, call_id)
) without rowid;
create index transcript_uses_call on transcript_uses (call_id);

-- `summary` is the recording without its picture and utterances: what a listing shows.
create table recordings (
    call_id  integer primary key references calls (id) on delete cascade,
    sha256   text not null,
    location text not null,
    summary  text not null
);
create index recordings_location on recordings (location);
create index recordings_sha256 on recordings (sha256);
create table recording_bodies (
    call_id integer primary key references calls (id) on delete cascade,
    body    text not null
);

-- Words of every transcript, folded and stemmed by the program; the text itself stays in
-- `transcripts`. What is deleted here leaves no trace.
create virtual table call_words using fts5 (
    form, stem, facet,
    content = '', columnsize = 0, tokenize = 'ascii'
);
insert into call_words (call_words, rank) values ('secure-delete', 1);

create table rubrics (
    rubric   text    not null,
    revision text    not null,
    number   integer not null,
    body     text    not null,
    saved_at integer not null,
    primary key (rubric, revision),
    unique (rubric, number)
);

create table analyses (
    id          integer primary key autoincrement, -- newest = greatest
    call_id     integer not null references calls (id) on delete cascade,
    rubric      text    not null,
    revision    text    not null,
    engine      text    not null,
    total_score real,
    body        text    not null,
    analyzed_at integer not null,
    unique (call_id, rubric, revision)
);
create index analyses_newest on analyses (call_id, rubric, id, total_score);

create table overrides (
    id        integer primary key autoincrement, -- newest = greatest
    call_id   integer not null references calls (id) on delete cascade,
    rubric    text    not null,
    criterion text    not null,
    verdict   text    not null,
    score     real,
    value     text,
    reason    text    not null,
    author    text    not null,
    at        integer not null
);
create index overrides_call on overrides (call_id, rubric, criterion, id);

create table jobs (
    id          integer primary key,
    call_id     integer not null references calls (id) on delete cascade,
    stage       text    not null,
    target      text    not null,
    state       text    not null,
    attempt     integer not null default 0,
    run_at      integer not null,
    lease_until integer,
    owner       text,
    token       integer not null default 0,
    error       text,
    updated_at  integer not null,
    unique (call_id, stage, target)
);
create index jobs_ready on jobs (stage, run_at) where state = 'ready';
create index jobs_ready_target on jobs (stage, target, run_at) where state = 'ready';
create index jobs_leased on jobs (lease_until) where state = 'leased';
create index jobs_recent on jobs (state, updated_at);

create table job_counts (
    stage text    not null,
    state text    not null,
    count integer not null,
    primary key (stage, state)
) without rowid;
create trigger jobs_counted_in after insert on jobs begin
    insert into job_counts values (new.stage, new.state, 1)
        on conflict do update set count = count + 1;
end;
create trigger jobs_counted_over after update of state on jobs when old.state <> new.state begin
    update job_counts set count = count - 1 where stage = old.stage and state = old.state;
    insert into job_counts values (new.stage, new.state, 1)
        on conflict do update set count = count + 1;
end;
create trigger jobs_counted_out after delete on jobs begin
    update job_counts set count = count - 1 where stage = old.stage and state = old.state;
end;

-- One row: the last lease token given.
create table lease_tokens (last integer not null);
insert into lease_tokens values (0);

create table paused_stages (
    stage  text primary key,
    reason text    not null,
    since  integer not null
) without rowid;

create table runs (
    id          integer primary key autoincrement,
    what        text    not null,
    owner       text,
    started_at  integer not null,
    finished_at integer
);
create table run_calls (
    run_id  integer not null references runs (id) on delete cascade,
    call_id integer not null references calls (id) on delete cascade,
    primary key (run_id, call_id)
) without rowid;
create index run_calls_call on run_calls (call_id);

-- The ready jobs of each run in the order of their time, so that a small run beside a long
-- queue (and a long run at its end) claims without looking through the others' jobs.
create table run_ready (
    run_id integer not null,
    stage  text    not null,
    run_at integer not null,
    job_id integer not null,
    primary key (run_id, stage, run_at, job_id)
) without rowid;
create index run_ready_job on run_ready (job_id);
create trigger jobs_run_in after insert on jobs when new.state = 'ready' begin
    insert into run_ready select run_id, new.stage, new.run_at, new.id
        from run_calls where call_id = new.call_id;
end;
create trigger jobs_run_over after update of state, run_at on jobs
    when old.state = 'ready' or new.state = 'ready' begin
    delete from run_ready where job_id = old.id;
    insert into run_ready select run_id, new.stage, new.run_at, new.id
        from run_calls where call_id = new.call_id and new.state = 'ready';
end;
create trigger jobs_run_out after delete on jobs when old.state = 'ready' begin
    delete from run_ready where job_id = old.id;
end;
create trigger run_calls_in after insert on run_calls begin
    insert into run_ready select new.run_id, stage, run_at, id
        from jobs where call_id = new.call_id and state = 'ready';
end;

-- What was paid stays in the sums when its call is erased.
create table spend (
    id       integer primary key,
    call_id  integer references calls (id) on delete set null,
    item     text    not null,
    currency text    not null,
    micros   integer not null,
    at       integer not null
);
create index spend_call on spend (call_id);
create index spend_at on spend (at, currency, micros);

create table settings (
    key   text primary key,
    value text not null
) without rowid;

create table audit (
    id     integer primary key autoincrement,
    at     integer not null,
    who    text    not null,
    what   text    not null,
    target text    not null
);
