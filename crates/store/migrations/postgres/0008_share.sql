-- Many workers: a claim and the end of a job are one question each, providers' limits hold for all workers
-- together, and whoever keeps answers is told when they are old.

-- Every statement that changes something that people see adds one, in its own transaction: so the sum
-- changes exactly when the change becomes visible. Leases that are prolonged and workers that show
-- themselves are no such change.
create table changes (n bigint not null default 1)
with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
create function changed() returns trigger language plpgsql as $$
begin
    insert into changes default values;
    return null;
end $$;

-- To be called for every table that is made later.
create function watch_changes(watched text) returns void language plpgsql as $$
begin
    execute format('create trigger %I after insert or update or delete on %I '
        'for each statement execute function changed()', watched || '_changed', watched);
end $$;
do $$
declare name text;
begin
    for name in select tablename from pg_tables where schemaname = current_schema() and tablename not in
        ('_sqlx_migrations', 'changes', 'workers', 'call_counts', 'job_counts', 'run_ready', 'jobs')
    loop
        perform watch_changes(name);
    end loop;
end $$;
create trigger jobs_changed after insert or delete or update of state, attempt, run_at, error, target
    on jobs for each statement execute function changed();

create or replace function fold_counts() returns void language sql as $$
    with fresh as (delete from call_counts where not folded returning source, status, count)
    insert into call_counts select source, status, sum(count), true from fresh group by 1, 2
        on conflict (source, status) where folded do update set count = call_counts.count + excluded.count;
    with fresh as (delete from job_counts where not folded returning stage, state, count)
    insert into job_counts select stage, state, sum(count), true from fresh group by 1, 2
        on conflict (stage, state) where folded do update set count = job_counts.count + excluded.count;
    with old as (delete from changes returning n) insert into changes select sum(n) from old having count(*) > 0;
$$;

-- Takes ready jobs whose time has come, the oldest first, for as many targets (rubrics) as there are in turn:
-- a long queue under one of them keeps nobody else's waiting. 99464705605633 is the number of the lock that keeps writers
-- apart; those who step jobs hold it together.
create function claim_jobs(
    p_stage text, p_target text, p_run bigint, p_worker text, p_lease_until bigint, p_now bigint,
    p_limit integer, p_probe boolean, p_turn bigint
) returns table (
    id bigint, call_id bigint, stage text, target text, state text, attempt bigint, run_at bigint,
    lease_until bigint, error text, updated_at bigint, token bigint
) language plpgsql rows 16 as $$
#variable_conflict use_column
declare
    paused text[] := '{}';
    lots   text[];
    taken  bigint[] := '{}';
    more   bigint[];
    n      integer;
    share  integer;
begin
    if not p_probe then
        paused := array(select p.target from pauses p where p.stage = p_stage);
        if '' = any (paused) then
            return;
        end if;
    end if;
    -- a look first: an idle worker takes no lock
    if p_run is not null then
        if not exists (select 1 from run_ready r where r.run_id = p_run and r.stage = p_stage
            and r.run_at <= p_now) then
            return;
        end if;
        perform pg_advisory_xact_lock_shared(99464705605633);
        taken := array(select j.id from run_ready r join jobs j on j.id = r.job_id
            where r.run_id = p_run and r.stage = p_stage and j.state = 'ready' and r.run_at <= p_now
            and (p_target is null or j.target = p_target) and j.target <> all (paused)
            order by r.run_at, r.job_id limit p_limit for update of j skip locked);
    else
        if p_target is not null then
            lots := array(select p_target where p_target <> all (paused));
        else
            lots := array(
                with recursive known (target) as (
                    (select min(j.target) from jobs j where j.state = 'ready' and j.stage = p_stage)
                    union all
                    select (select min(j.target) from jobs j where j.state = 'ready' and j.stage = p_stage
                        and j.target > k.target) from known k where k.target is not null)
                select k.target from known k where k.target <> all (paused) and exists (select 1 from jobs j
                    where j.state = 'ready' and j.stage = p_stage and j.target = k.target
                    and j.run_at <= p_now) limit 64);
        end if;
        n := cardinality(lots);
        if n = 0 or (n = 1 and not exists (select 1 from jobs j where j.state = 'ready'
            and j.stage = p_stage and j.target = lots[1] and j.run_at <= p_now)) then
            return;
        end if;
        perform pg_advisory_xact_lock_shared(99464705605633);
        share := greatest(p_limit / n, 1);
        for i in 0 .. n - 1 loop
            exit when cardinality(taken) >= p_limit;
            more := array(select j.id from jobs j where j.state = 'ready' and j.stage = p_stage
                and j.target = lots[(p_turn + i) % n + 1] and j.run_at <= p_now
                order by j.run_at, j.id limit least(share, p_limit - cardinality(taken))
                for update skip locked);
            taken := taken || more;
        end loop;
        -- what some leave over the others get
        if n > 1 and cardinality(taken) < p_limit then
            more := array(select j.id from jobs j where j.state = 'ready' and j.stage = p_stage
                and j.run_at <= p_now and j.target <> all (paused) and j.id <> all (taken)
                order by j.run_at, j.id limit p_limit - cardinality(taken) for update skip locked);
            taken := taken || more;
        end if;
    end if;
    return query
        with mine as (
            update jobs set state = 'leased', owner = p_worker, lease_until = p_lease_until,
                attempt = jobs.attempt + 1, again = false, token = nextval('lease_tokens'),
                updated_at = p_now
            where jobs.id = any (taken)
            returning jobs.id, jobs.call_id, jobs.stage, jobs.target, jobs.state, jobs.attempt, jobs.run_at,
                jobs.lease_until, jobs.error, jobs.updated_at, jobs.token)
        select * from mine m order by m.run_at, m.id;
end $$;

-- Ends a job that went well, with everything that follows from it but what it made, and gives the number of its
-- call; null = its lease is lost, and nothing is written. `p_next` is [[stage, target], …], `p_spend` is [[item, currency, micros, key], …], all
-- of the same call.
create function end_job(
    p_call text, p_stage text, p_target text, p_token bigint, p_now bigint, p_status text, p_error text,
    p_next json, p_spend json
) returns bigint language plpgsql as $$
declare
    held record;
begin
    perform pg_advisory_xact_lock_shared(99464705605633);
    select j.id, j.call_id, j.again into held from calls c join jobs j on j.call_id = c.id
        where c.uid = p_call and j.stage = p_stage and j.target = p_target and j.state = 'leased'
        and j.token = p_token for update of j;
    if not found then
        return null;
    end if;
    if p_status is not null then
        update calls set status = p_status, error = p_error, updated_at = p_now where id = held.call_id;
    end if;
    update jobs set state = case when again then 'ready' else 'done' end,
        attempt = case when again then 0 else attempt end,
        run_at = case when again then p_now else run_at end, again = false,
        owner = null, lease_until = null, error = null, updated_at = p_now
        where id = held.id;
    if json_array_length(p_next) > 0 then
        insert into jobs (call_id, stage, target, state, run_at, updated_at)
            select held.call_id, w.value ->> 0, w.value ->> 1, 'ready', p_now, p_now
            from json_array_elements(p_next) w order by 2, 3
            on conflict (call_id, stage, target) do update set state = 'ready', attempt = 0,
            run_at = excluded.run_at, error = null, updated_at = excluded.updated_at
            where jobs.state <> 'leased';
        update jobs j set again = true from json_array_elements(p_next) w where w.value ->> 0 = 'deliver'
            and j.call_id = held.call_id and j.stage = 'deliver' and j.target = w.value ->> 1
            and j.state = 'leased';
    end if;
    if json_array_length(p_spend) > 0 then
        insert into spend (call_id, item, currency, micros, at, key, manager_id)
            select held.call_id, w.value ->> 0, w.value ->> 1, (w.value ->> 2)::bigint, p_now, w.value ->> 3,
            (select manager_id from calls where id = held.call_id)
            from json_array_elements(p_spend) w on conflict do nothing;
    end if;
    return held.call_id;
end $$;

-- How fast a provider may be asked by all workers together. `next_us` is the first moment that is nobody's.
create table provider_lines (
    provider text collate "C" primary key,
    next_us  bigint not null
);
-- Who may have how many requests on the way at once. A row whose holder is dead ends by itself.
create table provider_places (
    provider text collate "C" not null,
    worker   text collate "C" not null,
    places   integer not null,
    wanted   integer not null,
    since_us bigint not null, -- waits for its first place since
    until_us bigint not null,
    primary key (provider, worker)
);

-- One worker's turn at a provider: moments to begin requests at, and places for requests on the way. The sum of
-- all places never passes `p_concurrent`, moments of all workers are `p_apart_us` apart. While
-- somebody has less than his share, nobody gets more than that; where there are more workers than places,
-- places go round.
create function provider_turn(
    p_provider text, p_worker text, p_apart_us bigint, p_starts integer, p_concurrent integer,
    p_busy integer, p_wanted integer, p_lease_us bigint,
    out places integer, out first_in_us bigint, out sharers integer
) language plpgsql as $$
#variable_conflict use_column
declare
    now_us  bigint;
    free_us bigint;
    mine    record;
    held    integer;
    short   boolean;
    ahead   integer;
    fair    integer;
    most    integer;
    askers  integer;
begin
    -- all who are alive: each may want something the next moment, and the database be away then
    select greatest(count(*), 1) into sharers from workers w where w.seen_at > now() - interval '15 seconds';
    insert into provider_lines values (p_provider, 0) on conflict do nothing;
    select l.next_us into free_us from provider_lines l where l.provider = p_provider for update;
    now_us := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
    -- a line that was left long ago begins now; a server whose clock was set back does not wait for the old time
    free_us := case when free_us > now_us + 600000000 then now_us else greatest(free_us, now_us) end;
    first_in_us := free_us - now_us;
    if p_starts > 0 then
        update provider_lines set next_us = free_us + p_starts * p_apart_us where provider = p_provider;
    end if;
    -- after a restart the living come back before anybody is taken for dead
    delete from provider_places where provider = p_provider and until_us < now_us and worker <> p_worker
        and pg_postmaster_start_time() < clock_timestamp() - p_lease_us * interval '1 microsecond';
    select p.places, p.since_us into mine from provider_places p
        where p.provider = p_provider and p.worker = p_worker;
    mine.places := coalesce(mine.places, 0);
    mine.since_us := coalesce(mine.since_us, now_us);
    select coalesce(sum(p.places), 0), count(*) filter (where p.wanted > 0) + 1 into held, askers
        from provider_places p where p.provider = p_provider and p.worker <> p_worker;
    if p_concurrent is null then
        places := p_wanted;
    else
        fair := greatest(p_concurrent / askers, 1);
        select coalesce(bool_or(p.places < least(p.wanted, fair)), false),
            count(*) filter (where p.places = 0 and p.wanted > 0 and p.since_us < mine.since_us)
            into short, ahead from provider_places p where p.provider = p_provider and p.worker <> p_worker;
        most := least(p_wanted, p_concurrent - held);
        if short then
            most := least(most, fair);
            -- more workers than places: who had one lets the next have it
            if askers > p_concurrent and mine.places > 0 then
                most := 0;
            end if;
        end if;
        if mine.places = 0 then
            most := least(most, p_concurrent - held - ahead);
        end if;
        places := greatest(most, p_busy, 0);
    end if;
    if p_wanted = 0 and places = 0 then
        delete from provider_places where provider = p_provider and worker = p_worker;
    else
        insert into provider_places values (p_provider, p_worker, places, p_wanted,
            case when mine.places = 0 then mine.since_us else now_us end, now_us + p_lease_us)
            on conflict (provider, worker) do update set places = excluded.places, wanted = excluded.wanted,
            since_us = excluded.since_us, until_us = excluded.until_us;
    end if;
end $$;
