-- Limits of the account, locks on entries, and the watch over stops and targets.

-- SQLite cannot change a CHECK, so that the table is made again with a longer list; 0002 says how and
-- why the copy is put back under the old name.
CREATE TEMP TABLE watched_execution AS SELECT rowid AS kept, * FROM execution;

DROP TABLE execution;

CREATE TABLE execution (
    execution_id TEXT NOT NULL PRIMARY KEY,
    strategy_id TEXT NOT NULL,
    strategy_version INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    "trigger" TEXT NOT NULL CHECK ("trigger" IN (
        'schedule', 'manual', 'replay', 'flatten', 'external', 'stop_watch', 'target_watch'
    )),
    environment TEXT NOT NULL CHECK (environment IN ('sandbox', 'paper', 'live')),
    account_id TEXT NOT NULL,
    -- Engine time.
    as_of INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN (
        'running', 'awaiting_approval', 'tracking', 'completed', 'failed'
    )),
    outcome TEXT CHECK (outcome IN (
        'bought', 'sold', 'exiting', 'hold', 'refused', 'nothing_to_sell', 'not_filled',
        'rejected', 'unknown', 'not_sent', 'observed', 'failed', 'declined', 'approval_expired',
        'flattened', 'external'
    )),
    sentence TEXT,
    duration_us INTEGER NOT NULL CHECK (duration_us >= 0),
    -- Wall time.
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    -- A language model that analysed in the place of the strategy's own analyst.
    model TEXT,
    FOREIGN KEY (strategy_id, strategy_version)
        REFERENCES strategy_version (strategy_id, version) DEFERRABLE INITIALLY DEFERRED
) STRICT;

INSERT INTO execution (rowid, execution_id, strategy_id, strategy_version, symbol, "trigger",
    environment, account_id, as_of, status, outcome, sentence, duration_us, started_at, finished_at,
    model)
SELECT kept, execution_id, strategy_id, strategy_version, symbol, "trigger",
    environment, account_id, as_of, status, outcome, sentence, duration_us, started_at, finished_at,
    model
FROM watched_execution ORDER BY kept;

DROP TABLE watched_execution;

CREATE INDEX execution_by_time ON execution (as_of, started_at);
CREATE INDEX execution_by_strategy ON execution (strategy_id, as_of, started_at);
CREATE INDEX execution_unfinished ON execution (status) WHERE status IN ('running', 'tracking');

-- Limits of the account. Rows are only added: the last one is in force.
CREATE TABLE risk_limits (
    risk_limits_id INTEGER PRIMARY KEY,
    -- Engine time.
    at INTEGER NOT NULL,
    -- Where it was changed: window, terminal.
    changed_by TEXT NOT NULL,
    -- AccountLimits as JSON.
    limits_json TEXT NOT NULL
) STRICT;

-- What closes entries for a while, or until a person opens them. Exits are never closed.
CREATE TABLE entry_lock (
    lock_id INTEGER PRIMARY KEY,
    -- Names the cause: the same trades never lock twice.
    cause_key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    reach TEXT NOT NULL CHECK (reach IN ('symbol', 'strategy', 'account')),
    strategy_id TEXT,
    conid INTEGER,
    symbol TEXT,
    -- Engine time.
    locked_at INTEGER NOT NULL,
    -- Engine time; nothing if only a person can open it.
    unlocks_at INTEGER,
    sentence TEXT NOT NULL,
    -- The trades that caused it, as JSON.
    trades_json TEXT NOT NULL,
    -- Engine time.
    released_at INTEGER,
    released_by TEXT,
    release_reason TEXT,
    CHECK ((reach = 'account') = (strategy_id IS NULL)),
    CHECK ((reach = 'symbol') = (conid IS NOT NULL)),
    CHECK ((released_at IS NULL) = (released_by IS NULL)),
    CHECK ((released_at IS NULL) = (release_reason IS NULL))
) STRICT;

CREATE INDEX entry_lock_by_end ON entry_lock (unlocks_at) WHERE released_at IS NULL;

-- The results of each strategy at the close of a day.
CREATE TABLE strategy_day (
    date TEXT NOT NULL,
    strategy_id TEXT NOT NULL,
    -- Engine time of the close.
    at INTEGER NOT NULL,
    realized_pnl TEXT NOT NULL,
    unrealized_pnl TEXT NOT NULL,
    PRIMARY KEY (strategy_id, date)
) STRICT, WITHOUT ROWID;

-- What the watch over stops and targets saw that needed somebody.
CREATE TABLE watch_event (
    watch_event_id INTEGER PRIMARY KEY,
    -- Engine time.
    at INTEGER NOT NULL,
    strategy_id TEXT NOT NULL,
    conid INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    "trigger" TEXT NOT NULL CHECK ("trigger" IN ('stop', 'target')),
    -- What was done: alarm, sell, nothing.
    verdict TEXT NOT NULL CHECK (verdict IN ('alarm', 'sell', 'nothing')),
    -- The stop or the target.
    level TEXT NOT NULL,
    -- The price that was seen; nothing where none was to be had.
    price TEXT,
    -- Such as real_time or delayed.
    price_source TEXT,
    -- Engine time of the price.
    price_at INTEGER,
    sentence TEXT NOT NULL,
    -- The execution that sells.
    execution_id TEXT REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
