-- The lowest scores of a period are looked for on every overview: a tenth of the calls instead of all.
create index calls_weak on calls (started_at, id, score) where score < 40;
