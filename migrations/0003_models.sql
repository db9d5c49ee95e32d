-- Language models, what they cost, what every call came to, and how much may be spent.
--
-- Keys are not here: they stand in the vault, under the name of the model. Amounts are in USD.
-- Instants are wall time, since real money is spent in real time, whatever time the sandbox has.

CREATE TABLE model (
    name TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN (
        'openai', 'anthropic', 'google', 'ollama', 'openai_compatible'
    )),
    -- As the provider names it.
    model TEXT NOT NULL,
    url TEXT NOT NULL,
    -- Without one the provider's own holds, which some models insist on.
    temperature TEXT,
    maximum_output_tokens INTEGER NOT NULL CHECK (maximum_output_tokens > 0),
    deadline_seconds INTEGER NOT NULL CHECK (deadline_seconds > 0),
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a million tokens cost from an instant on. A later price leaves the earlier ones in place, and
-- they stay when the model is removed, since they explain what its calls have cost.
CREATE TABLE model_price (
    name TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    input_per_million TEXT NOT NULL,
    output_per_million TEXT NOT NULL,
    PRIMARY KEY (name, from_at)
) STRICT, WITHOUT ROWID;

-- Written down before the call is made, and again when it has ended. It refers to no other table: what
-- was spent stays known whatever becomes of the rest.
CREATE TABLE model_call (
    -- 1, 2, 3 …
    call_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN (
        'openai', 'anthropic', 'google', 'ollama', 'openai_compatible'
    )),
    -- As it was asked for, and as the provider named what answered.
    model TEXT NOT NULL,
    answered_by TEXT,
    strategy_id TEXT,
    execution_id TEXT,
    purpose TEXT NOT NULL,
    -- BLAKE3 of everything that the model was given.
    input_hash TEXT NOT NULL CHECK (length(input_hash) = 64),
    images INTEGER NOT NULL CHECK (images >= 0),
    -- 'unknown': the process ended while the call was under way.
    status TEXT NOT NULL CHECK (status IN ('started', 'answered', 'reused', 'failed', 'unknown')),
    -- The day in UTC that its cost counts towards.
    day TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    -- What it was taken to cost before it was made. It counts as spent until the end is known.
    reserved TEXT NOT NULL,
    cost TEXT NOT NULL,
    -- 1: the provider reported no tokens, or the end is not known, and the cost is what was reserved.
    is_cost_estimated INTEGER NOT NULL CHECK (is_cost_estimated IN (0, 1)),
    input_tokens INTEGER,
    output_tokens INTEGER,
    latency_us INTEGER NOT NULL CHECK (latency_us >= 0),
    stop_reason TEXT CHECK (stop_reason IN ('finished', 'truncated', 'refused')),
    -- The reply, by the hash of its blob.
    reply_blob TEXT,
    -- The call whose reply was used again.
    reused_from INTEGER,
    error TEXT
) STRICT;

CREATE INDEX model_call_by_input ON model_call (input_hash) WHERE status = 'answered';
CREATE INDEX model_call_by_day ON model_call (day, strategy_id);
CREATE INDEX model_call_by_name ON model_call (name);
CREATE INDEX model_call_by_execution ON model_call (execution_id) WHERE execution_id IS NOT NULL;
CREATE INDEX model_call_started ON model_call (status) WHERE status = 'started';

-- How much may be spent. What has no row is without limit.
CREATE TABLE model_budget (
    -- All strategies on one day, each strategy on one day, everything ever.
    scope TEXT NOT NULL PRIMARY KEY CHECK (scope IN ('day', 'strategy_day', 'total')),
    amount TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What holds until a person decides: enough for some hundred charts, little enough to lose by a
-- mistake.
INSERT INTO model_budget (scope, amount) VALUES ('day', '5'), ('strategy_day', '2');
