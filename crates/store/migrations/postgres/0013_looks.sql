-- The access log grows with every page that is opened; whoever keeps answers must not forget them for that. What
-- people do besides changes its own table too.
drop trigger if exists audit_changed on audit;
