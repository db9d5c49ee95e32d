-- When a strategy was put away: it is kept with everything that it did, runs no more, and is not
-- shown among the others. Wall time; nothing for one that is in use.
ALTER TABLE strategy ADD COLUMN archived_at INTEGER;
