-- What a broker's account brings: more kinds of orders, orders of others, corrections, approvals.
--
-- SQLite cannot change a CHECK, so that the tables that need a longer list are made again. The copy
-- is put back under the old name, because inserting a row that others refer to is what settles the
-- deferred references which dropping the table left open. Row ids are kept: lists are ordered by
-- them. The lineage is not touched.

CREATE TEMP TABLE old_execution AS SELECT rowid AS kept, * FROM execution;
CREATE TEMP TABLE old_broker_order AS SELECT rowid AS kept, * FROM broker_order;
CREATE TEMP TABLE old_fill AS SELECT rowid AS kept, * FROM fill;
CREATE TEMP TABLE old_closed_trade AS SELECT * FROM closed_trade;

DROP TABLE closed_trade;
DROP TABLE fill;
DROP TABLE broker_order;
DROP TABLE execution;

CREATE TABLE execution (
    execution_id TEXT NOT NULL PRIMARY KEY,
    strategy_id TEXT NOT NULL,
    strategy_version INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    "trigger" TEXT NOT NULL CHECK ("trigger" IN (
        'schedule', 'manual', 'replay', 'flatten', 'external'
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
    FOREIGN KEY (strategy_id, strategy_version)
        REFERENCES strategy_version (strategy_id, version) DEFERRABLE INITIALLY DEFERRED
) STRICT;

INSERT INTO execution (rowid, execution_id, strategy_id, strategy_version, symbol, "trigger",
    environment, account_id, as_of, status, outcome, sentence, duration_us, started_at, finished_at)
SELECT kept, execution_id, strategy_id, strategy_version, symbol, "trigger",
    environment, account_id, as_of, status, outcome, sentence, duration_us, started_at, finished_at
FROM old_execution ORDER BY kept;

CREATE INDEX execution_by_time ON execution (as_of, started_at);
CREATE INDEX execution_by_strategy ON execution (strategy_id, as_of, started_at);
CREATE INDEX execution_unfinished ON execution (status) WHERE status IN ('running', 'tracking');

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
    leg TEXT NOT NULL CHECK (leg IN ('entry', 'stop', 'target', 'exit', 'flatten', 'external')),
    side TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
    order_type TEXT NOT NULL CHECK (order_type IN (
        'market', 'limit', 'stop', 'stop_limit', 'trailing_stop'
    )),
    quantity TEXT NOT NULL,
    price TEXT,
    -- Stop price of a stop-limit order, trail of a trailing stop.
    aux_price TEXT,
    time_in_force TEXT NOT NULL CHECK (time_in_force IN ('DAY', 'GTC', 'IOC', 'GTD')),
    -- Engine time; of an order that is good till a date.
    good_till INTEGER,
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

INSERT INTO broker_order (rowid, client_order_id, broker_order_id, execution_id, decided_by,
    strategy_id, account_id, conid, symbol, leg, side, order_type, quantity, price, time_in_force,
    status, filled_quantity, average_price, commission, reason, created_at, updated_at)
SELECT kept, client_order_id, broker_order_id, execution_id, decided_by,
    strategy_id, account_id, conid, symbol, leg, side, order_type, quantity, price, time_in_force,
    status, filled_quantity, average_price, commission, reason, created_at, updated_at
FROM old_broker_order ORDER BY kept;

CREATE INDEX broker_order_by_time ON broker_order (created_at);
CREATE INDEX broker_order_by_execution ON broker_order (execution_id);
CREATE INDEX broker_order_by_broker_id ON broker_order (broker_order_id)
    WHERE broker_order_id IS NOT NULL;
CREATE INDEX broker_order_working ON broker_order (status)
    WHERE status NOT IN ('filled', 'cancelled', 'rejected', 'inactive');

-- The broker's own words for the change.
ALTER TABLE order_event ADD COLUMN words TEXT;

-- The broker's fill id makes a fill unique: a repeated report of it changes nothing but a
-- commission that was not reported before.
CREATE TABLE fill (
    fill_id TEXT NOT NULL PRIMARY KEY,
    client_order_id TEXT NOT NULL
        REFERENCES broker_order (client_order_id) DEFERRABLE INITIALLY DEFERRED,
    broker_order_id TEXT,
    execution_id TEXT NOT NULL REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    strategy_id TEXT NOT NULL,
    leg TEXT NOT NULL CHECK (leg IN ('entry', 'stop', 'target', 'exit', 'flatten', 'external')),
    conid INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
    quantity TEXT NOT NULL,
    price TEXT NOT NULL,
    commission TEXT NOT NULL,
    -- 0: the commission is a zero that stands for "not reported yet".
    is_commission_known INTEGER NOT NULL DEFAULT 1 CHECK (is_commission_known IN (0, 1)),
    -- The broker closed the position by force.
    is_liquidation INTEGER NOT NULL DEFAULT 0 CHECK (is_liquidation IN (0, 1)),
    -- The fill that this one replaces: that one no longer counts.
    corrects TEXT REFERENCES fill (fill_id) DEFERRABLE INITIALLY DEFERRED,
    -- Engine time.
    at INTEGER NOT NULL
) STRICT;

INSERT INTO fill (rowid, fill_id, client_order_id, broker_order_id, execution_id, strategy_id, leg,
    conid, symbol, side, quantity, price, commission, at)
SELECT kept, fill_id, client_order_id, broker_order_id, execution_id, strategy_id, leg,
    conid, symbol, side, quantity, price, commission, at
FROM old_fill ORDER BY kept;

CREATE INDEX fill_by_execution ON fill (execution_id);
CREATE INDEX fill_by_time ON fill (at);
CREATE INDEX fill_by_corrected ON fill (corrects) WHERE corrects IS NOT NULL;

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
    exit_cause TEXT NOT NULL CHECK (exit_cause IN (
        'stop', 'target', 'signal', 'flatten', 'external', 'liquidation'
    )),
    entry_execution_id TEXT NOT NULL
        REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    exit_execution_id TEXT NOT NULL
        REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (entry_execution_id, closed_at)
) STRICT;

INSERT INTO closed_trade (closed_trade_id, strategy_id, conid, symbol, quantity, entry_price,
    exit_price, opened_at, closed_at, gross_pnl, commission, realized_pnl, r_multiple, exit_cause,
    entry_execution_id, exit_execution_id)
SELECT closed_trade_id, strategy_id, conid, symbol, quantity, entry_price,
    exit_price, opened_at, closed_at, gross_pnl, commission, realized_pnl, r_multiple, exit_cause,
    entry_execution_id, exit_execution_id
FROM old_closed_trade ORDER BY closed_trade_id;

CREATE INDEX closed_trade_by_time ON closed_trade (closed_at);

DROP TABLE old_closed_trade;
DROP TABLE old_fill;
DROP TABLE old_broker_order;
DROP TABLE old_execution;

-- An order that waits, or waited, for a person: one execution asks once.
CREATE TABLE approval (
    execution_id TEXT NOT NULL PRIMARY KEY
        REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    -- Engine time.
    asked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'declined', 'expired')),
    decided_at INTEGER,
    order_json TEXT NOT NULL
) STRICT;

CREATE INDEX approval_pending ON approval (status) WHERE status = 'pending';

-- A difference between our records and the broker's, and what was made of it.
CREATE TABLE correction (
    correction_id INTEGER PRIMARY KEY,
    -- Engine time.
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    symbol TEXT,
    conid INTEGER,
    sentence TEXT NOT NULL,
    -- The broker's own record, as JSON.
    evidence TEXT NOT NULL,
    is_alarm INTEGER NOT NULL CHECK (is_alarm IN (0, 1))
) STRICT;

-- What was looked for, and found, of an order of unknown fate.
CREATE TABLE order_evidence (
    order_evidence_id INTEGER PRIMARY KEY,
    client_order_id TEXT NOT NULL
        REFERENCES broker_order (client_order_id) DEFERRABLE INITIALLY DEFERRED,
    -- Engine time.
    at INTEGER NOT NULL,
    sentence TEXT NOT NULL
) STRICT;

CREATE INDEX order_evidence_by_order ON order_evidence (client_order_id);

-- A stretch in which the account was not being watched; without an end it lasts.
CREATE TABLE blind_stretch (
    -- Engine time.
    from_at INTEGER NOT NULL PRIMARY KEY,
    until_at INTEGER,
    cause TEXT NOT NULL
) STRICT;

-- Permission to trade real money, with its limits in the account's currency.
CREATE TABLE mandate (
    account_id TEXT NOT NULL,
    -- Engine time.
    armed_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    maximum_order_value TEXT NOT NULL,
    maximum_entries_per_day INTEGER NOT NULL CHECK (maximum_entries_per_day >= 0),
    maximum_daily_loss TEXT NOT NULL,
    disarmed_at INTEGER,
    PRIMARY KEY (account_id, armed_at)
) STRICT, WITHOUT ROWID;

-- Which of the broker's questions are answered without asking a person.
CREATE TABLE question_allow (
    message_id TEXT NOT NULL PRIMARY KEY,
    is_on INTEGER NOT NULL CHECK (is_on IN (0, 1))
) STRICT, WITHOUT ROWID;
