-- Why a planned run was not made, beside the sentence in "cause"; nothing for one that was made.
ALTER TABLE schedule_claim ADD COLUMN kind TEXT CHECK (kind IN (
    'holiday', 'outside_hours', 'unknown_day', 'asleep', 'closed', 'offline', 'halted', 'paused',
    'overlap', 'budget', 'late', 'changed'
));
-- How often the planned run was tried.
ALTER TABLE schedule_claim ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1 CHECK (attempt >= 1);

-- A stretch of which more planned runs were not made than are worth a row each: every planned time
-- of the schedule from "since" to "until", both included, that has no claim.
CREATE TABLE schedule_gap (
    gap_id INTEGER PRIMARY KEY,
    strategy_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    -- Engine time.
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN (
        'holiday', 'outside_hours', 'unknown_day', 'asleep', 'closed', 'offline', 'halted',
        'paused', 'overlap', 'budget', 'late', 'changed'
    )),
    cause TEXT NOT NULL,
    CHECK (since <= until)
) STRICT;

CREATE INDEX schedule_gap_by_strategy ON schedule_gap (strategy_id, symbol, until);

-- A schedule that was switched off and is kept.
CREATE TABLE schedule_pause (
    strategy_id TEXT NOT NULL PRIMARY KEY REFERENCES strategy (strategy_id),
    -- Engine time.
    since INTEGER NOT NULL,
    paused_by TEXT NOT NULL CHECK (paused_by IN ('person', 'failures')),
    sentence TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Up to when every planned run of a strategy on a symbol is accounted for. It is moved in the
-- transaction that accounts for them, and goes back only when the clock is set back.
CREATE TABLE schedule_mark (
    strategy_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    -- Engine time.
    until INTEGER NOT NULL,
    PRIMARY KEY (strategy_id, symbol)
) STRICT, WITHOUT ROWID;

INSERT INTO schedule_mark (strategy_id, symbol, until)
SELECT strategy_id, symbol, max(planned_at) FROM schedule_claim GROUP BY strategy_id, symbol;
