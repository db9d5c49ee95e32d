-- What is worth telling a person, written in the transaction of the change that it tells of. The
-- newest 200 are kept. "kind" has no CHECK, so that a new kind needs no new table.
CREATE TABLE notification (
    notification_id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What it tells of: nothing is told twice.
    key TEXT NOT NULL UNIQUE,
    -- Engine time.
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('information', 'warning', 'critical')),
    sentence TEXT NOT NULL,
    -- A page of the window, such as "/orders?order=…".
    link TEXT NOT NULL
) STRICT;

-- Where a notification goes beside the list in the window. Instants are wall time.
CREATE TABLE notification_delivery (
    notification_id INTEGER NOT NULL
        REFERENCES notification (notification_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    channel TEXT NOT NULL CHECK (channel IN ('native', 'webhook')),
    status TEXT NOT NULL CHECK (status IN ('pending', 'sent', 'given_up')),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    due_at INTEGER NOT NULL,
    -- What came of the last attempt, as a sentence.
    answer TEXT,
    PRIMARY KEY (notification_id, channel)
) STRICT, WITHOUT ROWID;

CREATE INDEX notification_delivery_pending ON notification_delivery (due_at)
    WHERE status = 'pending';
