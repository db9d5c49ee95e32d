-- Signals: what an execution's analysis came to after every check, and what became of it. The row
-- follows its order, its execution and its trade in the transactions that write those.

CREATE TABLE signal (
    execution_id TEXT NOT NULL PRIMARY KEY
        REFERENCES execution (execution_id) DEFERRABLE INITIALLY DEFERRED,
    strategy_id TEXT NOT NULL,
    strategy_version INTEGER NOT NULL CHECK (strategy_version > 0),
    symbol TEXT NOT NULL,
    conid INTEGER NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('BUY', 'SELL', 'HOLD')),
    proposed_action TEXT NOT NULL CHECK (proposed_action IN ('BUY', 'SELL', 'HOLD')),
    baseline_action TEXT CHECK (baseline_action IN ('BUY', 'SELL', 'HOLD')),
    trend TEXT NOT NULL CHECK (trend IN (
        'strong_bullish', 'bullish', 'neutral', 'bearish', 'strong_bearish'
    )),
    confidence TEXT NOT NULL,
    last_price TEXT NOT NULL,
    entry_price TEXT,
    stop_price TEXT,
    target_price TEXT,
    target_conservative TEXT,
    target_aggressive TEXT,
    r_multiple TEXT,
    r_conservative TEXT,
    r_aggressive TEXT,
    -- JSON: the four votes and what they came to.
    confirmation TEXT NOT NULL,
    reason TEXT NOT NULL,
    analyst_kind TEXT NOT NULL,
    analyst_name TEXT NOT NULL,
    language TEXT,
    model TEXT,
    provider TEXT,
    -- JSON: the version of each prompt that was rendered, by what for.
    prompts TEXT NOT NULL,
    tokens INTEGER NOT NULL CHECK (tokens >= 0),
    model_cost TEXT NOT NULL,
    -- Engine time.
    generated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'executed', 'expired', 'cancelled')),
    executed_price TEXT,
    -- Engine time.
    executed_at INTEGER,
    outcome TEXT NOT NULL CHECK (outcome IN ('win', 'loss', 'pending', 'cancelled', 'none')),
    actual_r_multiple TEXT,
    gross_profit_loss TEXT,
    net_profit_loss TEXT,
    exit_price TEXT,
    -- Engine time.
    exit_at INTEGER,
    exit_cause TEXT CHECK (exit_cause IN (
        'stop', 'target', 'signal', 'flatten', 'external', 'liquidation'
    ))
) STRICT;

CREATE INDEX signal_by_time ON signal (generated_at);
CREATE INDEX signal_by_strategy ON signal (strategy_id, generated_at);
CREATE INDEX signal_active ON signal (expires_at) WHERE status = 'active';
