-- Prompts of a person. The shipped ones are part of the program and have no row.

CREATE TABLE prompt (
    prompt_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    description TEXT NOT NULL,
    prompt_type TEXT NOT NULL CHECK (prompt_type IN (
        'daily', 'weekly', 'consolidation', 'daily_system', 'weekly_system', 'consolidation_system'
    )),
    language TEXT NOT NULL CHECK (language IN ('en', 'zh')),
    -- NULL: for every strategy.
    strategy_id TEXT,
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    -- A JSON array of texts.
    tags TEXT NOT NULL,
    -- Wall time.
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    -- What is switched off or deleted is nobody's default.
    CHECK (is_default = 0 OR (is_active = 1 AND deleted_at IS NULL))
) STRICT;

-- One default for each type, language and scope. NULLs differ from each other, so the scope of
-- every strategy is written as an empty text.
CREATE UNIQUE INDEX prompt_default
    ON prompt (prompt_type, language, coalesce(strategy_id, '')) WHERE is_default = 1;

CREATE TABLE prompt_version (
    prompt_id TEXT NOT NULL REFERENCES prompt (prompt_id) DEFERRABLE INITIALLY DEFERRED,
    version INTEGER NOT NULL CHECK (version > 0),
    text TEXT NOT NULL,
    hash TEXT NOT NULL,
    note TEXT NOT NULL,
    -- Wall time.
    created_at INTEGER NOT NULL,
    PRIMARY KEY (prompt_id, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER prompt_version_is_not_updated BEFORE UPDATE ON prompt_version
BEGIN
    SELECT RAISE(ABORT, 'a version of a prompt is never changed: an edit is a new version');
END;

CREATE TRIGGER prompt_version_is_not_deleted BEFORE DELETE ON prompt_version
BEGIN
    SELECT RAISE(ABORT, 'a version of a prompt is never deleted');
END;

-- A prompt keeps what a record may refer to, and stays what it is for.
CREATE TRIGGER prompt_is_not_deleted BEFORE DELETE ON prompt
BEGIN
    SELECT RAISE(ABORT, 'a prompt is never removed: deleted_at hides it');
END;

CREATE TRIGGER prompt_keeps_its_kind BEFORE UPDATE OF prompt_type, language, strategy_id ON prompt
WHEN old.prompt_type IS NOT new.prompt_type OR old.language IS NOT new.language
    OR old.strategy_id IS NOT new.strategy_id
BEGIN
    SELECT RAISE(ABORT, 'type, language and scope of a prompt stay: clone it to change them');
END;

-- A prompt with its newest version, as lists show it.
CREATE VIEW prompt_now AS
SELECT prompt.*, newest.version, newest.hash
FROM prompt
JOIN prompt_version AS newest ON newest.prompt_id = prompt.prompt_id
    AND newest.version = (
        SELECT max(version) FROM prompt_version WHERE prompt_version.prompt_id = prompt.prompt_id
    );
