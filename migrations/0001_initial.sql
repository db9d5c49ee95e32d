-- Amounts, prices and quantities are decimals as TEXT; instants are INTEGER microseconds UTC;
-- enums are TEXT with a CHECK. "Engine time" is what decisions were made at, which the sandbox
-- simulates; "wall time" is when something was written down. References are checked at the end of
-- a commit, so that the order of the changes inside it is free.

CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE strategy (
    strategy_id TEXT NOT NULL PRIMARY KEY,
    active INTEGER NOT NULL CHECK (active IN (0, 1))
) STRICT, WITHOUT ROWID;

-- A version is frozen: it is inserted once and never changed.
CREATE TABLE strategy_version (
    strategy_id TEXT NOT NULL REFERENCES strategy (strategy_id) DEFERRABLE INITIALLY DEFERRED,
    version INTEGER NOT NULL CHECK (version > 0),
    name TEXT NOT NULL,
    toml TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (strategy_id, version)
) STRICT;

CREATE TABLE execution (
    execution_id TEXT NOT NULL PRIMARY KEY,
    strategy_id TEXT NOT NULL,
    strategy_version INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    "trigger" TEXT NOT NULL CHECK ("trigger" IN ('schedule', 'manual', 'replay')),
    environment TEXT NOT NULL CHECK (environment IN ('sandbox', 'paper', 'live')),
    account_id TEXT NOT NULL,
    -- Engine time.
    as_of INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('running', 'tracking', 'completed', 'failed')),
    outcome TEXT CHECK (outcome IN (
        'bought', 'sold', 'exiting', 'hold', 'refused', 'nothing_to_sell', 'not_filled',
        'rejected', 'unknown', 'not_sent', 'observed', 'failed'
    )),
    sentence TEXT,
    duration_us INTEGER NOT NULL CHECK (duration_us >= 0),
    -- Wall time.
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    FOREIGN KEY (strategy_id, strategy_version)
        REFERENCES strategy_version (strategy_id, version) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX execution_by_time ON execution (as_of, started_at);
CREATE INDEX execution_by_strategy ON execution (strategy_id, as_of, started_at);
CREATE INDEX execution_unfinished ON execution (status) WHERE status IN ('running', 'tracking');

-- One planned run is claimed once, whatever came of it.
CREATE TABLE schedule_claim (
    strategy_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    -- Engine time.
    planned_at INTEGER NOT NULL,
    execution_id TEXT REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    -- Why it was not run.
    cause TEXT,
    PRIMARY KEY (strategy_id, symbol, planned_at)
) STRICT, WITHOUT ROWID;

-- "order" is a word of SQL.
CREATE TABLE broker_order (
    client_order_id TEXT NOT NULL PRIMARY KEY,
    broker_order_id TEXT,
    execution_id TEXT NOT NULL REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    -- The execution that placed it or changed it last.
    decided_by TEXT NOT NULL REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    strategy_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    conid INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    leg TEXT NOT NULL CHECK (leg IN ('entry', 'stop', 'target', 'exit')),
    side TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
    order_type TEXT NOT NULL CHECK (order_type IN ('market', 'limit', 'stop')),
    quantity TEXT NOT NULL,
    price TEXT,
    time_in_force TEXT NOT NULL CHECK (time_in_force IN ('DAY', 'GTC')),
    status TEXT NOT NULL CHECK (status IN (
        'intended', 'unknown', 'pre_submitted', 'submitted', 'partially_filled', 'filled',
        'pending_cancel', 'cancelled', 'rejected', 'inactive'
    )),
    filled_quantity TEXT NOT NULL,
    average_price TEXT,
    commission TEXT NOT NULL,
    reason TEXT,
    -- Engine time.
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX broker_order_by_time ON broker_order (created_at);
CREATE INDEX broker_order_by_execution ON broker_order (execution_id);
CREATE INDEX broker_order_working ON broker_order (status)
    WHERE status NOT IN ('filled', 'cancelled', 'rejected', 'inactive');

CREATE TABLE order_event (
    order_event_id INTEGER PRIMARY KEY,
    client_order_id TEXT NOT NULL
        REFERENCES broker_order (client_order_id) DEFERRABLE INITIALLY DEFERRED,
    -- Engine time.
    at INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN (
        'intended', 'unknown', 'pre_submitted', 'submitted', 'partially_filled', 'filled',
        'pending_cancel', 'cancelled', 'rejected', 'inactive'
    )),
    filled_quantity TEXT NOT NULL,
    remaining_quantity TEXT NOT NULL
) STRICT;

CREATE INDEX order_event_by_order ON order_event (client_order_id);

-- The broker's fill id makes a fill unique: a repeated report of it changes nothing.
CREATE TABLE fill (
    fill_id TEXT NOT NULL PRIMARY KEY,
    client_order_id TEXT NOT NULL
        REFERENCES broker_order (client_order_id) DEFERRABLE INITIALLY DEFERRED,
    broker_order_id TEXT,
    execution_id TEXT NOT NULL REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    strategy_id TEXT NOT NULL,
    leg TEXT NOT NULL CHECK (leg IN ('entry', 'stop', 'target', 'exit')),
    conid INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
    quantity TEXT NOT NULL,
    price TEXT NOT NULL,
    commission TEXT NOT NULL,
    -- Engine time.
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX fill_by_execution ON fill (execution_id);
CREATE INDEX fill_by_time ON fill (at);

CREATE TABLE position (
    strategy_id TEXT NOT NULL,
    conid INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    quantity TEXT NOT NULL,
    average_cost TEXT NOT NULL,
    commission TEXT NOT NULL,
    stop_price TEXT NOT NULL,
    target_price TEXT NOT NULL,
    initial_risk TEXT NOT NULL,
    execution_id TEXT NOT NULL REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    -- Engine time.
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (strategy_id, conid)
) STRICT, WITHOUT ROWID;

CREATE TABLE closed_trade (
    closed_trade_id INTEGER PRIMARY KEY,
    strategy_id TEXT NOT NULL,
    conid INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    quantity TEXT NOT NULL,
    entry_price TEXT NOT NULL,
    exit_price TEXT NOT NULL,
    -- Engine time.
    opened_at INTEGER NOT NULL,
    closed_at INTEGER NOT NULL,
    gross_pnl TEXT NOT NULL,
    commission TEXT NOT NULL,
    realized_pnl TEXT NOT NULL,
    r_multiple TEXT,
    exit_cause TEXT NOT NULL CHECK (exit_cause IN ('stop', 'target', 'signal')),
    entry_execution_id TEXT NOT NULL
        REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    exit_execution_id TEXT NOT NULL
        REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (entry_execution_id, closed_at)
) STRICT;

CREATE INDEX closed_trade_by_time ON closed_trade (closed_at);

-- The value of the account, one row a trading day (ISO 8601 date, which sorts as text).
CREATE TABLE portfolio_snapshot (
    date TEXT NOT NULL PRIMARY KEY CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    -- Engine time.
    at INTEGER NOT NULL,
    cash TEXT NOT NULL,
    positions_value TEXT NOT NULL,
    net_liquidation TEXT NOT NULL,
    realized_pnl TEXT NOT NULL,
    unrealized_pnl TEXT NOT NULL,
    positions_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Large values under the BLAKE3 hash of their plain bytes.
CREATE TABLE blob (
    hash TEXT NOT NULL PRIMARY KEY CHECK (length(hash) = 64),
    media_type TEXT NOT NULL,
    encoding TEXT NOT NULL CHECK (encoding IN ('raw', 'zstd')),
    -- Of the plain bytes.
    length INTEGER NOT NULL CHECK (length >= 0),
    content BLOB NOT NULL
) STRICT;

-- What every step took, gave and came to. It stands alone, without references to other tables, so
-- that it can be checked and kept by itself.
CREATE TABLE workflow_lineage (
    -- 1, 2, 3 … without gaps: the place in the chain.
    sequence INTEGER PRIMARY KEY,
    execution_id TEXT NOT NULL,
    step_name TEXT NOT NULL CHECK (step_name IN (
        'load_strategy', 'fetch_market_data', 'calculate_indicators', 'generate_charts',
        'llm_analysis', 'parse_signal', 'check_risk', 'place_order', 'track_order',
        'update_position', 'update_portfolio', 'complete'
    )),
    step_number INTEGER NOT NULL CHECK (step_number BETWEEN 1 AND 12),
    attempt INTEGER NOT NULL CHECK (attempt >= 1),
    -- The row of the same execution that was recorded before this one.
    parent_sequence INTEGER,
    -- JSON; exactly one of data and blob is set. A blob is named by its hash.
    input_data TEXT,
    input_blob TEXT,
    output_data TEXT,
    output_blob TEXT,
    metadata TEXT NOT NULL,
    error TEXT,
    status TEXT NOT NULL CHECK (status IN ('success', 'error', 'skipped', 'not_run', 'started')),
    duration_us INTEGER NOT NULL CHECK (duration_us >= 0),
    -- Wall time.
    recorded_at INTEGER NOT NULL,
    -- Hash of the row before, sixty-four zeros for the first; and of this one.
    previous_hash TEXT NOT NULL CHECK (length(previous_hash) = 64),
    hash TEXT NOT NULL CHECK (length(hash) = 64),
    UNIQUE (execution_id, step_name, attempt),
    CHECK ((input_data IS NULL) <> (input_blob IS NULL)),
    CHECK ((output_data IS NULL) <> (output_blob IS NULL))
) STRICT;

CREATE TRIGGER workflow_lineage_is_not_updated BEFORE UPDATE ON workflow_lineage
BEGIN
    SELECT RAISE(ABORT, 'the lineage is append-only: a row is never changed');
END;

CREATE TRIGGER workflow_lineage_is_not_deleted BEFORE DELETE ON workflow_lineage
BEGIN
    SELECT RAISE(ABORT, 'the lineage is append-only: a row is never deleted');
END;

-- Counts the full syncs that had nothing else to write: a write with full sync takes everything
-- committed before it to the disk as well.
CREATE TABLE sync_mark (
    sync_mark_id INTEGER PRIMARY KEY CHECK (sync_mark_id = 1),
    count INTEGER NOT NULL
) STRICT;

INSERT INTO sync_mark (sync_mark_id, count) VALUES (1, 0);
