-- Verdicts by hour, of all employees together: the days of a time zone begin and end within days of UTC, and
-- what is counted of those parts must not be read from the calls one by one. Instants as in step 4.
create table verdict_hours (
    rubric   integer not null,
    hour     integer not null,
    place    integer not null,
    verdict  integer not null,
    calls    integer not null,
    earned   integer not null, -- millionths
    possible integer not null,
    primary key (rubric, hour, place, verdict)
) without rowid;
insert into verdict_hours select w.rubric, w.at / 3600000, j.value ->> 0, j.value ->> 1, count(*),
    sum(coalesce(j.value ->> 2, 0)), sum(j.value ->> 2 is not null)
    from judged w, json_each(w.marks) j where w.at >= 0 group by 1, 2, 3, 4;
create trigger judged_by_hour_in after insert on judged when new.at >= 0 begin
    insert into verdict_hours select new.rubric, new.at / 3600000, value ->> 0, value ->> 1, 1,
        coalesce(value ->> 2, 0), (value ->> 2 is not null) from json_each(new.marks)
        where true on conflict do update set calls = calls + excluded.calls,
        earned = earned + excluded.earned, possible = possible + excluded.possible;
end;
create trigger judged_by_hour_out after delete on judged when old.at >= 0 begin
    insert into verdict_hours select old.rubric, old.at / 3600000, value ->> 0, value ->> 1, -1,
        -coalesce(value ->> 2, 0), -(value ->> 2 is not null) from json_each(old.marks)
        where true on conflict do update set calls = calls + excluded.calls,
        earned = earned + excluded.earned, possible = possible + excluded.possible;
end;

-- Answers of a part of a day, likewise.
create index answer_calls_at on answer_calls (rubric, place, at, manager_id, answer);
