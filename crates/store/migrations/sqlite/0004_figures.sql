-- Figures are kept as the facts change, in the same transactions: a page of statistics reads sums of
-- hours and days, never the calls themselves. Instants stay milliseconds since 1970 UTC; where a
-- time stands in a key, calls without one stand at -1125899906842624 (a day or an hour: -1).

alter table calls add column review integer not null default 0;     -- the newest analysis has a verdict to check
alter table calls add column call_back integer not null default 0;  -- missed, and nobody spoke with the client since
alter table calls add column incomplete integer not null default 0; -- the transcript leaves out much of the speech
alter table calls add column talk_share integer;                    -- the operator's share of speech, millionths
alter table spend add column manager_id text;

update calls set (incomplete, talk_share) = (select
    coalesce(t.body -> '$.coverage' ->> 'incomplete', 0),
    cast(round((t.body -> '$.metrics' ->> 'operator_share') * 1000000) as integer)
    from transcripts t where t.id = calls.transcript_id) where transcript_id is not null;
update calls set call_back = 1 where (calls.status = 'missed' and calls.direction in ('in', 'unknown')
        and calls.client_phone is not null and not exists (select 1 from calls l indexed by calls_client
        where l.client_phone = calls.client_phone and l.started_at > calls.started_at
        and l.missed = 0 and coalesce(l.talk_ms, 1) > 0));
update spend set manager_id = (select manager_id from calls where calls.id = spend.call_id);

-- Wide on purpose: a count of the calls of a window reads the index alone.
drop index calls_started;
create index calls_started on calls (started_at, id, score, status, direction, source, manager_id,
    client_phone, talk_ms, duration_ms, review, call_back, incomplete, talk_share);
drop index calls_manager;
create index calls_manager on calls (manager_id, started_at, id, score, status, direction, source,
    client_phone, talk_ms, duration_ms, review, call_back, incomplete, talk_share)
    where manager_id is not null;
create index calls_call_back on calls (started_at, id, manager_id, client_phone) where call_back = 1;
create index calls_call_back_client on calls (client_phone, started_at) where call_back = 1;
create index calls_review on calls (started_at, id, status, manager_id, score) where review = 1;
create index calls_incomplete on calls (started_at, id, status, manager_id, score) where incomplete = 1;
create index calls_score on calls (score) where score is not null;
drop index calls_search;
create index calls_search on calls (search_rowid, started_at, score, status, direction, review, talk_ms,
    duration_ms);
drop index spend_at;
create index spend_at on spend (at, item, currency, micros, manager_id, call_id);

create table call_tags (
    tag     text    not null,
    at      integer not null,
    call_id integer not null references calls (id) on delete cascade,
    primary key (tag, at, call_id)
) without rowid;
create index call_tags_call on call_tags (call_id);
insert or ignore into call_tags select j.value, coalesce(c.started_at, -1125899906842624), c.id
    from calls c, json_each(c.tags) j;
create trigger calls_tagged_in after insert on calls when new.tags <> '[]' begin
    insert or ignore into call_tags select value, coalesce(new.started_at, -1125899906842624), new.id
        from json_each(new.tags);
end;
create trigger calls_tagged_over after update of tags, started_at on calls
    when old.tags <> new.tags or old.started_at is not new.started_at begin
    delete from call_tags where call_id = old.id;
    insert or ignore into call_tags select value, coalesce(new.started_at, -1125899906842624), new.id
        from json_each(new.tags);
end;

-- Clients, so that a part of a number is looked for among them and not among their calls.
create table clients (
    phone text    primary key,
    calls integer not null
) without rowid;
insert into clients select client_phone, count(*) from calls where client_phone is not null group by 1;
create trigger calls_client_in after insert on calls when new.client_phone is not null begin
    insert into clients values (new.client_phone, 1) on conflict do update set calls = calls + 1;
end;
create trigger calls_client_over after update of client_phone on calls
    when old.client_phone is not new.client_phone begin
    update clients set calls = calls - 1 where phone = old.client_phone;
    delete from clients where phone = old.client_phone and calls <= 0;
    insert into clients select new.client_phone, 1 where new.client_phone is not null
        on conflict do update set calls = calls + 1;
end;
create trigger calls_client_out after delete on calls when old.client_phone is not null begin
    update clients set calls = calls - 1 where phone = old.client_phone;
    delete from clients where phone = old.client_phone and calls <= 0;
end;

-- What was promised to clients with a time, of the newest analysis of each call.
create table promises (
    call_id    integer not null references calls (id) on delete cascade,
    n          integer not null,
    made_at    integer not null,
    due_at     integer not null,
    manager_id text,
    client     text    not null,
    kept_at    integer, -- when somebody first spoke with the client afterwards
    what       text    not null,
    primary key (call_id, n)
) without rowid;
create index promises_client on promises (client, made_at);
create index promises_made on promises (made_at, call_id, due_at, kept_at, manager_id);

-- Sums by hour (grain 0) and by day (1), of all and of each employee ('' = all). Rubric 0: every
-- call, with the score of its newest analysis; others: the scores under that rubric alone.
-- Points, and shares of talk, are millionths: whole numbers add up exactly however often they change.
create table sums (
    rubric      integer not null,
    manager     text    not null,
    grain       integer not null,
    slot        integer not null,
    calls       integer not null,
    missed      integer not null,
    call_back   integer not null,
    scored      integer not null,
    points      integer not null,
    weak        integer not null, -- below 40
    fair        integer not null, -- 40 to below 60
    good        integer not null, -- 60 and more
    talks       integer not null,
    talk_points integer not null,
    primary key (rubric, manager, grain, slot)
) without rowid;
insert into sums select 0, '', g.grain, coalesce(c.started_at / g.size, -1),
        sum(1), sum((c.status = 'missed')), sum(c.call_back),
        sum((c.score is not null)), sum(coalesce(cast(round(c.score * 1000000) as integer), 0)), sum((c.score is not null and c.score < 40)),
        sum((c.score is not null and c.score >= 40 and c.score < 60)), sum((c.score is not null and c.score >= 60)), sum((c.talk_share is not null)),
        sum(coalesce(c.talk_share, 0))
        from calls c, (select 0 as grain, 3600000 as size union all select 1, 86400000) g group by 2, 3, 4;
insert into sums select 0, c.manager_id, g.grain, coalesce(c.started_at / g.size, -1),
        sum(1), sum((c.status = 'missed')), sum(c.call_back),
        sum((c.score is not null)), sum(coalesce(cast(round(c.score * 1000000) as integer), 0)), sum((c.score is not null and c.score < 40)),
        sum((c.score is not null and c.score >= 40 and c.score < 60)), sum((c.score is not null and c.score >= 60)), sum((c.talk_share is not null)),
        sum(coalesce(c.talk_share, 0))
        from calls c, (select 0 as grain, 3600000 as size union all select 1, 86400000) g where c.manager_id is not null group by 2, 3, 4;
create trigger calls_summed_in after insert on calls begin
    insert into sums select 0, m.manager, g.grain, coalesce(new.started_at / g.size, -1),
        1, (new.status = 'missed'), new.call_back,
        (new.score is not null), coalesce(cast(round(new.score * 1000000) as integer), 0), (new.score is not null and new.score < 40),
        (new.score is not null and new.score >= 40 and new.score < 60), (new.score is not null and new.score >= 60), (new.talk_share is not null),
        coalesce(new.talk_share, 0)
        from (select '' as manager union all select new.manager_id where new.manager_id is not null) m,
        (select 0 as grain, 3600000 as size union all select 1, 86400000) g
        where true on conflict do update set calls = calls + excluded.calls, missed = missed + excluded.missed, call_back = call_back + excluded.call_back,
        scored = scored + excluded.scored, points = points + excluded.points, weak = weak + excluded.weak,
        fair = fair + excluded.fair, good = good + excluded.good, talks = talks + excluded.talks,
        talk_points = talk_points + excluded.talk_points;
end;
create trigger calls_summed_over after update of status, score, call_back, talk_share on calls
    when old.started_at is new.started_at and old.manager_id is new.manager_id
    and (old.status <> new.status or old.score is not new.score or old.call_back <> new.call_back
    or old.talk_share is not new.talk_share) begin
    insert into sums select 0, m.manager, g.grain, coalesce(new.started_at / g.size, -1),
        0, (new.status = 'missed') - (old.status = 'missed'), new.call_back - old.call_back,
        (new.score is not null) - (old.score is not null), coalesce(cast(round(new.score * 1000000) as integer), 0) - coalesce(cast(round(old.score * 1000000) as integer), 0), (new.score is not null and new.score < 40) - (old.score is not null and old.score < 40),
        (new.score is not null and new.score >= 40 and new.score < 60) - (old.score is not null and old.score >= 40 and old.score < 60), (new.score is not null and new.score >= 60) - (old.score is not null and old.score >= 60), (new.talk_share is not null) - (old.talk_share is not null),
        coalesce(new.talk_share, 0) - coalesce(old.talk_share, 0)
        from (select '' as manager union all select new.manager_id where new.manager_id is not null) m,
        (select 0 as grain, 3600000 as size union all select 1, 86400000) g
        where true on conflict do update set calls = calls + excluded.calls, missed = missed + excluded.missed, call_back = call_back + excluded.call_back,
        scored = scored + excluded.scored, points = points + excluded.points, weak = weak + excluded.weak,
        fair = fair + excluded.fair, good = good + excluded.good, talks = talks + excluded.talks,
        talk_points = talk_points + excluded.talk_points;
end;
create trigger calls_summed_moved after update of started_at, manager_id on calls
    when old.started_at is not new.started_at or old.manager_id is not new.manager_id begin
    insert into sums select 0, m.manager, g.grain, coalesce(old.started_at / g.size, -1),
        -1, -(old.status = 'missed'), -old.call_back,
        -(old.score is not null), -coalesce(cast(round(old.score * 1000000) as integer), 0), -(old.score is not null and old.score < 40),
        -(old.score is not null and old.score >= 40 and old.score < 60), -(old.score is not null and old.score >= 60), -(old.talk_share is not null),
        -coalesce(old.talk_share, 0)
        from (select '' as manager union all select old.manager_id where old.manager_id is not null) m,
        (select 0 as grain, 3600000 as size union all select 1, 86400000) g
        where true on conflict do update set calls = calls + excluded.calls, missed = missed + excluded.missed, call_back = call_back + excluded.call_back,
        scored = scored + excluded.scored, points = points + excluded.points, weak = weak + excluded.weak,
        fair = fair + excluded.fair, good = good + excluded.good, talks = talks + excluded.talks,
        talk_points = talk_points + excluded.talk_points;
    insert into sums select 0, m.manager, g.grain, coalesce(new.started_at / g.size, -1),
        1, (new.status = 'missed'), new.call_back,
        (new.score is not null), coalesce(cast(round(new.score * 1000000) as integer), 0), (new.score is not null and new.score < 40),
        (new.score is not null and new.score >= 40 and new.score < 60), (new.score is not null and new.score >= 60), (new.talk_share is not null),
        coalesce(new.talk_share, 0)
        from (select '' as manager union all select new.manager_id where new.manager_id is not null) m,
        (select 0 as grain, 3600000 as size union all select 1, 86400000) g
        where true on conflict do update set calls = calls + excluded.calls, missed = missed + excluded.missed, call_back = call_back + excluded.call_back,
        scored = scored + excluded.scored, points = points + excluded.points, weak = weak + excluded.weak,
        fair = fair + excluded.fair, good = good + excluded.good, talks = talks + excluded.talks,
        talk_points = talk_points + excluded.talk_points;
end;
create trigger calls_summed_out after delete on calls begin
    insert into sums select 0, m.manager, g.grain, coalesce(old.started_at / g.size, -1),
        -1, -(old.status = 'missed'), -old.call_back,
        -(old.score is not null), -coalesce(cast(round(old.score * 1000000) as integer), 0), -(old.score is not null and old.score < 40),
        -(old.score is not null and old.score >= 40 and old.score < 60), -(old.score is not null and old.score >= 60), -(old.talk_share is not null),
        -coalesce(old.talk_share, 0)
        from (select '' as manager union all select old.manager_id where old.manager_id is not null) m,
        (select 0 as grain, 3600000 as size union all select 1, 86400000) g
        where true on conflict do update set calls = calls + excluded.calls, missed = missed + excluded.missed, call_back = call_back + excluded.call_back,
        scored = scored + excluded.scored, points = points + excluded.points, weak = weak + excluded.weak,
        fair = fair + excluded.fair, good = good + excluded.good, talks = talks + excluded.talks,
        talk_points = talk_points + excluded.talk_points;
end;

-- Counts of a day by everything that a list is usually narrowed by.
create table call_days (
    day        integer not null,
    source     text    not null,
    status     text    not null,
    direction  text    not null,
    band       integer not null, -- 0 no score, 1 below 40, 2 below 60, 3 above
    review     integer not null,
    call_back  integer not null,
    incomplete integer not null,
    calls      integer not null,
    primary key (day, source, status, direction, band, review, call_back, incomplete)
) without rowid;
insert into call_days select coalesce(c.started_at / 86400000, -1), c.source, c.status, c.direction,
    case when c.score is null then 0 when c.score < 40 then 1 when c.score < 60 then 2 else 3 end,
    c.review, c.call_back, c.incomplete, count(*) from calls c group by 1, 2, 3, 4, 5, 6, 7, 8;
create trigger calls_dayed_in after insert on calls begin
    insert into call_days values (coalesce(new.started_at / 86400000, -1), new.source, new.status, new.direction,
        case when new.score is null then 0 when new.score < 40 then 1 when new.score < 60 then 2 else 3 end,
        new.review, new.call_back, new.incomplete, 1)
        on conflict do update set calls = calls + excluded.calls;
end;
create trigger calls_dayed_over after update of started_at, source, status, direction, score, review,
    call_back, incomplete on calls when old.started_at is not new.started_at or old.source <> new.source
    or old.status <> new.status or old.direction <> new.direction or old.score is not new.score
    or old.review <> new.review or old.call_back <> new.call_back or old.incomplete <> new.incomplete begin
    insert into call_days values (coalesce(old.started_at / 86400000, -1), old.source, old.status, old.direction,
        case when old.score is null then 0 when old.score < 40 then 1 when old.score < 60 then 2 else 3 end,
        old.review, old.call_back, old.incomplete, -1)
        on conflict do update set calls = calls + excluded.calls;
    insert into call_days values (coalesce(new.started_at / 86400000, -1), new.source, new.status, new.direction,
        case when new.score is null then 0 when new.score < 40 then 1 when new.score < 60 then 2 else 3 end,
        new.review, new.call_back, new.incomplete, 1)
        on conflict do update set calls = calls + excluded.calls;
end;
create trigger calls_dayed_out after delete on calls begin
    insert into call_days values (coalesce(old.started_at / 86400000, -1), old.source, old.status, old.direction,
        case when old.score is null then 0 when old.score < 40 then 1 when old.score < 60 then 2 else 3 end,
        old.review, old.call_back, old.incomplete, -1)
        on conflict do update set calls = calls + excluded.calls;
end;

-- Who is to be rung back, and which promises were kept: changed by whoever speaks with the client.
create trigger calls_missed_in after insert on calls when new.status = 'missed' begin
    update calls set call_back = (calls.status = 'missed' and calls.direction in ('in', 'unknown')
        and calls.client_phone is not null and not exists (select 1 from calls l indexed by calls_client
        where l.client_phone = calls.client_phone and l.started_at > calls.started_at
        and l.missed = 0 and coalesce(l.talk_ms, 1) > 0)) where id = new.id;
end;
create trigger calls_missed_over after update of status on calls when old.status <> new.status
    and (old.status = 'missed' or new.status = 'missed') begin
    update calls set call_back = (calls.status = 'missed' and calls.direction in ('in', 'unknown')
        and calls.client_phone is not null and not exists (select 1 from calls l indexed by calls_client
        where l.client_phone = calls.client_phone and l.started_at > calls.started_at
        and l.missed = 0 and coalesce(l.talk_ms, 1) > 0)) where id = new.id;
end;
create trigger calls_spoken_in after insert on calls when new.client_phone is not null
    and new.missed = 0 and coalesce(new.talk_ms, 1) > 0
        and new.started_at is not null begin
    update calls set call_back = 0 where client_phone = new.client_phone and call_back = 1
        and started_at < new.started_at;
    update promises set kept_at = new.started_at where client = new.client_phone
        and made_at < new.started_at and (kept_at is null or kept_at > new.started_at);
end;
create trigger calls_spoken_over after update of client_phone, started_at, missed, talk_ms, direction on calls
    when old.client_phone is not new.client_phone or old.started_at is not new.started_at
    or old.missed <> new.missed or old.talk_ms is not new.talk_ms or old.direction <> new.direction begin
    update calls set call_back = (calls.status = 'missed' and calls.direction in ('in', 'unknown')
        and calls.client_phone is not null and not exists (select 1 from calls l indexed by calls_client
        where l.client_phone = calls.client_phone and l.started_at > calls.started_at
        and l.missed = 0 and coalesce(l.talk_ms, 1) > 0))
        where client_phone in (old.client_phone, new.client_phone) and status = 'missed';
    update calls set call_back = 0 where id = new.id and client_phone is null and call_back = 1;
    update promises set kept_at = (select min(l.started_at) from calls l indexed by calls_client
        where l.client_phone = promises.client and l.started_at > promises.made_at
        and l.missed = 0 and coalesce(l.talk_ms, 1) > 0)
        where client in (old.client_phone, new.client_phone);
end;
create trigger calls_spoken_out after delete on calls when old.client_phone is not null
    and old.missed = 0 and coalesce(old.talk_ms, 1) > 0
        and old.started_at is not null begin
    update calls set call_back = (calls.status = 'missed' and calls.direction in ('in', 'unknown')
        and calls.client_phone is not null and not exists (select 1 from calls l indexed by calls_client
        where l.client_phone = calls.client_phone and l.started_at > calls.started_at
        and l.missed = 0 and coalesce(l.talk_ms, 1) > 0))
        where client_phone = old.client_phone and status = 'missed';
    update promises set kept_at = (select min(l.started_at) from calls l indexed by calls_client
        where l.client_phone = promises.client and l.started_at > promises.made_at
        and l.missed = 0 and coalesce(l.talk_ms, 1) > 0)
        where client = old.client_phone and kept_at = old.started_at;
end;

-- Rubrics and their criteria by number, as analyses used them; `title`, `kind` and `rank` are of the
-- newest use.
create table rubric_numbers (
    no     integer primary key,
    rubric text    not null unique,
    title  text    not null
);
create table rubric_criteria (
    rubric integer not null references rubric_numbers (no),
    place  integer not null, -- from 1, never given to another key
    key    text    not null,
    title  text    not null,
    kind   text    not null,
    rank   integer not null, -- place in the newest revision that was used
    primary key (rubric, place),
    unique (rubric, key)
) without rowid;

-- What people are shown of the newest analysis of a call under a rubric: with their overrides.
create table judged (
    call_id    integer not null references calls (id) on delete cascade,
    rubric     integer not null references rubric_numbers (no),
    at         integer not null,
    manager_id text,
    score      real,
    verdicts   text    not null, -- a digit at each criterion's place: the verdict, '-' = not asked
    machine    text    not null, -- likewise, before people changed any
    marks      text    not null, -- [[place, verdict, millionths of the points or null], …]
    answers    text    not null, -- [[place, answer], …]
    primary key (call_id, rubric)
) without rowid;
create index judged_at on judged (rubric, at, call_id, score, manager_id);

create table verdict_calls (
    rubric  integer not null,
    place   integer not null,
    verdict integer not null,
    at      integer not null,
    call_id integer not null,
    primary key (rubric, place, verdict, at, call_id)
) without rowid;
create table verdict_days (
    rubric   integer not null,
    manager  text    not null,
    day      integer not null,
    place    integer not null,
    verdict  integer not null,
    calls    integer not null,
    earned   integer not null, -- millionths
    possible integer not null,
    primary key (rubric, manager, day, place, verdict)
) without rowid;
create table answer_calls (
    rubric     integer not null,
    place      integer not null,
    answer     text    not null,
    at         integer not null,
    call_id    integer not null,
    manager_id text,
    verdicts   text    not null,
    primary key (rubric, place, answer, at, call_id)
) without rowid;
create table answer_days (
    rubric  integer not null,
    manager text    not null,
    day     integer not null,
    place   integer not null,
    answer  text    not null,
    calls   integer not null,
    primary key (rubric, manager, place, day, answer)
) without rowid;
create trigger judged_in after insert on judged begin
    insert into verdict_calls select new.rubric, value ->> 0, value ->> 1, new.at, new.call_id
        from json_each(new.marks);
    insert into verdict_days select new.rubric, m.manager, iif(new.at < 0, -1, new.at / 86400000),
        j.value ->> 0, j.value ->> 1, 1, coalesce(j.value ->> 2, 0), (j.value ->> 2 is not null)
        from json_each(new.marks) j,
        (select '' as manager union all select new.manager_id where new.manager_id is not null) m
        where true on conflict do update set calls = calls + excluded.calls,
        earned = earned + excluded.earned, possible = possible + excluded.possible;
    insert into answer_calls select new.rubric, value ->> 0, value ->> 1, new.at, new.call_id,
        new.manager_id, new.verdicts from json_each(new.answers);
    insert into answer_days select new.rubric, m.manager, iif(new.at < 0, -1, new.at / 86400000),
        j.value ->> 0, j.value ->> 1, 1 from json_each(new.answers) j,
        (select '' as manager union all select new.manager_id where new.manager_id is not null) m
        where true on conflict do update set calls = calls + excluded.calls;
    insert into sums select new.rubric, m.manager, g.grain, iif(new.at < 0, -1, new.at / g.size),
        0, 0, 0, 1, coalesce(cast(round(new.score * 1000000) as integer), 0),
        (new.score < 40), (new.score >= 40 and new.score < 60), (new.score >= 60), 0, 0
        from (select '' as manager union all select new.manager_id where new.manager_id is not null) m,
        (select 0 as grain, 3600000 as size union all select 1, 86400000) g
        where new.score is not null on conflict do update set calls = calls + excluded.calls, missed = missed + excluded.missed, call_back = call_back + excluded.call_back,
        scored = scored + excluded.scored, points = points + excluded.points, weak = weak + excluded.weak,
        fair = fair + excluded.fair, good = good + excluded.good, talks = talks + excluded.talks,
        talk_points = talk_points + excluded.talk_points;
end;
create trigger judged_out after delete on judged begin
    delete from verdict_calls where (rubric, place, verdict, at, call_id) in
        (select old.rubric, value ->> 0, value ->> 1, old.at, old.call_id from json_each(old.marks));
    insert into verdict_days select old.rubric, m.manager, iif(old.at < 0, -1, old.at / 86400000),
        j.value ->> 0, j.value ->> 1, -1, -coalesce(j.value ->> 2, 0), -(j.value ->> 2 is not null)
        from json_each(old.marks) j,
        (select '' as manager union all select old.manager_id where old.manager_id is not null) m
        where true on conflict do update set calls = calls + excluded.calls,
        earned = earned + excluded.earned, possible = possible + excluded.possible;
    delete from answer_calls where (rubric, place, answer, at, call_id) in
        (select old.rubric, value ->> 0, value ->> 1, old.at, old.call_id from json_each(old.answers));
    insert into answer_days select old.rubric, m.manager, iif(old.at < 0, -1, old.at / 86400000),
        j.value ->> 0, j.value ->> 1, -1 from json_each(old.answers) j,
        (select '' as manager union all select old.manager_id where old.manager_id is not null) m
        where true on conflict do update set calls = calls + excluded.calls;
    -- answers may be a client's words: none stays behind without a call
    delete from answer_days where calls <= 0 and (rubric, manager, place, day, answer) in
        (select old.rubric, m.manager, value ->> 0, iif(old.at < 0, -1, old.at / 86400000), value ->> 1
        from json_each(old.answers),
        (select '' as manager union all select old.manager_id where old.manager_id is not null) m);
    insert into sums select old.rubric, m.manager, g.grain, iif(old.at < 0, -1, old.at / g.size),
        0, 0, 0, -1, -coalesce(cast(round(old.score * 1000000) as integer), 0),
        -(old.score < 40), -(old.score >= 40 and old.score < 60), -(old.score >= 60), 0, 0
        from (select '' as manager union all select old.manager_id where old.manager_id is not null) m,
        (select 0 as grain, 3600000 as size union all select 1, 86400000) g
        where old.score is not null on conflict do update set calls = calls + excluded.calls, missed = missed + excluded.missed, call_back = call_back + excluded.call_back,
        scored = scored + excluded.scored, points = points + excluded.points, weak = weak + excluded.weak,
        fair = fair + excluded.fair, good = good + excluded.good, talks = talks + excluded.talks,
        talk_points = talk_points + excluded.talk_points;
end;

-- Money by hour and by employee ('' = all).
create table spend_hours (
    manager  text    not null,
    hour     integer not null,
    item     text    not null,
    currency text    not null,
    micros   integer not null,
    primary key (manager, hour, item, currency)
) without rowid;
insert into spend_hours select '', at / 3600000, item, currency, sum(micros) from spend group by 2, 3, 4;
insert into spend_hours select manager_id, at / 3600000, item, currency, sum(micros) from spend
    where manager_id is not null group by 1, 2, 3, 4;
create trigger spend_summed_in after insert on spend begin
    insert into spend_hours select m.manager, new.at / 3600000, new.item, new.currency, new.micros
        from (select '' as manager union all select new.manager_id where new.manager_id is not null) m
        where true on conflict do update set micros = micros + excluded.micros;
end;

create index overrides_of on overrides (rubric, criterion, call_id, id);

-- What a model said that could not be read as an analysis, kept for the person who looks why.
create table failed_analyses (
    call_id integer not null references calls (id) on delete cascade,
    rubric  text    not null,
    raw     text    not null,
    at      integer not null,
    primary key (call_id, rubric)
) without rowid;

-- Analyses made before figures were kept are still to be read through once.
create table unread_analyses (call_id integer primary key);
insert into unread_analyses select distinct call_id from analyses;
