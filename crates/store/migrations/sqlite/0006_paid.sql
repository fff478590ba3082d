-- Calls that money was spent on, in the order of their time: counted and listed without a look at every
-- call of the window. The item '' stands for any.
create table paid_calls (
    item       text    not null,
    at         integer not null,
    call_id    integer not null references calls (id) on delete cascade,
    manager_id text,
    primary key (item, at, call_id)
) without rowid;
insert or ignore into paid_calls select s.item, coalesce(c.started_at, -1125899906842624), c.id, c.manager_id
    from spend s join calls c on c.id = s.call_id;
insert or ignore into paid_calls select '', at, call_id, manager_id from paid_calls;
create index paid_calls_call on paid_calls (call_id);
create trigger spend_paid_in after insert on spend when new.call_id is not null begin
    insert or ignore into paid_calls select i.item, coalesce(c.started_at, -1125899906842624), c.id, c.manager_id
        from calls c, (select '' as item union all select new.item) i where c.id = new.call_id;
end;
create trigger calls_paid_moved after update of started_at, manager_id on calls
    when old.started_at is not new.started_at or old.manager_id is not new.manager_id begin
    update paid_calls set at = coalesce(new.started_at, -1125899906842624), manager_id = new.manager_id
        where call_id = old.id;
end;
