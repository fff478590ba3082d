-- Tables that came beside the eighth step tell of their changes too; a leader who shows that he is there tells
-- nobody anything.
drop trigger if exists leads_changed on leads;
do $$
declare name text;
begin
    for name in select tablename from pg_tables t where schemaname = current_schema() and tablename not in
        ('_sqlx_migrations', 'changes', 'workers', 'call_counts', 'job_counts', 'run_ready', 'leads',
        'provider_lines', 'provider_places') and not exists (select 1 from pg_trigger g
        where g.tgrelid = format('%I', t.tablename)::regclass and g.tgname = t.tablename || '_changed')
    loop
        perform watch_changes(name);
    end loop;
end $$;
