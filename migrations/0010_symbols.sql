-- What the broker answered to a search, so that the same search is not asked again within an hour,
-- and can be shown, marked as old, while the broker is away.
CREATE TABLE symbol_search (
    -- In capitals.
    query TEXT NOT NULL PRIMARY KEY,
    -- Engine time.
    fetched_at INTEGER NOT NULL,
    -- JSON: the listings, in the broker's order.
    listings TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX symbol_search_by_time ON symbol_search (fetched_at);

-- Contracts of which the broker told the details, or that a person saved.
CREATE TABLE symbol (
    conid INTEGER NOT NULL PRIMARY KEY,
    symbol TEXT NOT NULL,
    company_name TEXT NOT NULL,
    exchange TEXT NOT NULL,
    currency TEXT,
    -- JSON: the details; nothing until they were asked for.
    details TEXT,
    -- Engine time at which the broker told the details.
    fetched_at INTEGER,
    -- Engine time at which a person saved it; nothing if nobody did.
    saved_at INTEGER,
    CHECK ((details IS NULL) = (fetched_at IS NULL))
) STRICT;

CREATE TABLE watchlist (
    watchlist_id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    -- Place among the lists.
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE watchlist_entry (
    watchlist_id INTEGER NOT NULL REFERENCES watchlist (watchlist_id),
    -- Place in the list.
    position INTEGER NOT NULL,
    conid INTEGER NOT NULL REFERENCES symbol (conid),
    PRIMARY KEY (watchlist_id, conid)
) STRICT, WITHOUT ROWID;

-- Named sets of indicators. A strategy takes a copy of one.
CREATE TABLE indicator_set (
    set_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    -- JSON: kind and parameters of each.
    indicators TEXT NOT NULL,
    -- Wall time.
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Bars as the broker told them last, for previews and small plots; executions record their own.
CREATE TABLE symbol_bars (
    conid INTEGER NOT NULL,
    timeframe TEXT NOT NULL,
    -- Engine time.
    fetched_at INTEGER NOT NULL,
    -- JSON: the bars, oldest first.
    bars TEXT NOT NULL,
    PRIMARY KEY (conid, timeframe)
) STRICT, WITHOUT ROWID;

CREATE INDEX symbol_bars_by_time ON symbol_bars (fetched_at);
