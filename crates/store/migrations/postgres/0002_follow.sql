-- What follows from a change, in the same transaction.

-- Two counts are asked for at every look. Each change adds a row, so that no writer waits for another;
-- now and then the rows are folded into one (`fold_counts`). The answer is their sum at any time.
create table call_counts (
    source text    not null,
    status text    not null,
    count  bigint  not null,
    folded boolean not null default false
);
create unique index call_counts_folded on call_counts (source, status) where folded;
create index call_counts_fresh on call_counts (source) where not folded;
create table job_counts (
    stage  text    not null,
    state  text    not null,
    count  bigint  not null,
    folded boolean not null default false
);
create unique index job_counts_folded on job_counts (stage, state) where folded;
create index job_counts_fresh on job_counts (stage) where not folded;

create function fold_counts() returns void language sql as $$
    with fresh as (delete from call_counts where not folded returning source, status, count)
    insert into call_counts select source, status, sum(count), true from fresh group by 1, 2
        on conflict (source, status) where folded do update set count = call_counts.count + excluded.count;
    with fresh as (delete from job_counts where not folded returning stage, state, count)
    insert into job_counts select stage, state, sum(count), true from fresh group by 1, 2
        on conflict (stage, state) where folded do update set count = job_counts.count + excluded.count;
$$;

create function calls_counted() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into call_counts select source, status, count(*) from come group by 1, 2;
    elsif tg_op = 'DELETE' then
        insert into call_counts select source, status, -count(*) from gone group by 1, 2;
    else
        insert into call_counts select source, status, sum(step) from (
            select source, status, 1 as step from come union all select source, status, -1 from gone) c
            group by 1, 2 having sum(step) <> 0;
    end if;
    return null;
end $$;
create trigger calls_counted_in after insert on calls referencing new table as come
    for each statement execute function calls_counted();
create trigger calls_counted_over after update on calls referencing new table as come old table as gone
    for each statement execute function calls_counted();
create trigger calls_counted_out after delete on calls referencing old table as gone
    for each statement execute function calls_counted();

-- The same for jobs, and the ready ones of each run.
create function jobs_followed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into job_counts select stage, state, count(*) from come group by 1, 2;
        insert into run_ready select m.run_id, n.stage, n.run_at, n.id from come n
            join run_calls m on m.call_id = n.call_id where n.state = 'ready';
    elsif tg_op = 'DELETE' then
        insert into job_counts select stage, state, -count(*) from gone group by 1, 2;
        delete from run_ready where job_id in (select id from gone where state = 'ready');
    else
        insert into job_counts select stage, state, sum(step) from (
            select stage, state, 1 as step from come union all select stage, state, -1 from gone) c
            group by 1, 2 having sum(step) <> 0;
        delete from run_ready where job_id in (select id from gone where state = 'ready');
        insert into run_ready select m.run_id, n.stage, n.run_at, n.id from come n
            join run_calls m on m.call_id = n.call_id where n.state = 'ready';
    end if;
    return null;
end $$;
create trigger jobs_followed_in after insert on jobs referencing new table as come
    for each statement execute function jobs_followed();
create trigger jobs_followed_over after update on jobs referencing new table as come old table as gone
    for each statement execute function jobs_followed();
create trigger jobs_followed_out after delete on jobs referencing old table as gone
    for each statement execute function jobs_followed();
create function run_joined() returns trigger language plpgsql as $$
begin
    insert into run_ready select n.run_id, j.stage, j.run_at, j.id from come n
        join jobs j on j.call_id = n.call_id where j.state = 'ready';
    return null;
end $$;
create trigger run_calls_in after insert on run_calls referencing new table as come
    for each statement execute function run_joined();

-- Clients come with their first call and go with their last.
create function client_followed() returns trigger language plpgsql as $$
begin
    if tg_op <> 'DELETE' and new.client_phone is not null then
        insert into clients values (new.client_phone) on conflict do nothing;
    end if;
    if tg_op <> 'INSERT' and old.client_phone is not null then
        delete from clients where phone = old.client_phone
            and not exists (select 1 from calls where client_phone = old.client_phone);
    end if;
    return null;
end $$;
create trigger calls_client_in after insert on calls for each row execute function client_followed();
create trigger calls_client_over after update of client_phone on calls for each row
    when (old.client_phone is distinct from new.client_phone) execute function client_followed();
create trigger calls_client_out after delete on calls for each row execute function client_followed();

-- Who is to be rung back, and which promises were kept: changed by whoever speaks with the client.
create function is_to_be_rung_back(c calls) returns boolean language sql stable as $$
    select c.status = 'missed' and c.direction in ('in', 'unknown') and c.client_phone is not null
        and not exists (select 1 from calls l where l.client_phone = c.client_phone
        and l.started_at > c.started_at and not l.missed and coalesce(l.talk_ms, 1) > 0)
$$;
create function missed_followed() returns trigger language plpgsql as $$
begin
    update calls set call_back = is_to_be_rung_back(calls) where id = new.id
        and call_back <> is_to_be_rung_back(calls);
    return null;
end $$;
create trigger calls_missed_in after insert on calls for each row when (new.status = 'missed')
    execute function missed_followed();
create trigger calls_missed_over after update of status on calls for each row
    when (old.status <> new.status and (old.status = 'missed' or new.status = 'missed'))
    execute function missed_followed();

create function spoken_followed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        update calls set call_back = false where client_phone = new.client_phone and call_back
            and started_at < new.started_at;
        update promises set kept_at = new.started_at where client = new.client_phone
            and made_at < new.started_at and (kept_at is null or kept_at > new.started_at);
        return null;
    end if;
    update calls set call_back = is_to_be_rung_back(calls) where status = 'missed'
        and (client_phone = old.client_phone or (tg_op = 'UPDATE' and client_phone = new.client_phone))
        and call_back <> is_to_be_rung_back(calls);
    if tg_op = 'UPDATE' and new.client_phone is null then
        update calls set call_back = false where id = new.id and call_back;
    end if;
    update promises p set kept_at = (select min(l.started_at) from calls l
        where l.client_phone = p.client and l.started_at > p.made_at
        and not l.missed and coalesce(l.talk_ms, 1) > 0)
        where p.client = old.client_phone or (tg_op = 'UPDATE' and p.client = new.client_phone);
    return null;
end $$;
create trigger calls_spoken_in after insert on calls for each row
    when (new.client_phone is not null and not new.missed and coalesce(new.talk_ms, 1) > 0
    and new.started_at is not null) execute function spoken_followed();
create trigger calls_spoken_over after update of client_phone, started_at, missed, talk_ms, direction on calls
    for each row when (old.client_phone is distinct from new.client_phone
    or old.started_at is distinct from new.started_at or old.missed <> new.missed
    or old.talk_ms is distinct from new.talk_ms or old.direction <> new.direction)
    execute function spoken_followed();
create trigger calls_spoken_out after delete on calls for each row
    when (old.client_phone is not null and not old.missed and coalesce(old.talk_ms, 1) > 0
    and old.started_at is not null) execute function spoken_followed();

-- What of a judgement is looked for.
create function judged_followed() returns trigger language plpgsql as $$
begin
    insert into verdict_calls select new.rubric, (m ->> 0)::bigint, (m ->> 1)::bigint, new.at, new.call_id,
        (m ->> 2)::bigint, new.manager_id from jsonb_array_elements(new.marks::jsonb) m;
    insert into answer_calls select new.rubric, (a ->> 0)::bigint, a ->> 1, new.at, new.call_id,
        new.manager_id, new.verdicts from jsonb_array_elements(new.answers::jsonb) a;
    return null;
end $$;
create trigger judged_in after insert on judged for each row execute function judged_followed();
