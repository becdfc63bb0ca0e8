"""Numbered, forward-only changes of the archive's schema.

A database carries `APPLICATION_ID`, so that a file that is not ours is never touched, and the
number of migrations it has seen as `user_version`. A migration is never edited once released;
the next one is appended.
"""

import sqlite3

APPLICATION_ID = 0x4E415331  # "NAS1" in the file's header; `file` shows it

_FIRST = """
CREATE TABLE searches (
    name TEXT PRIMARY KEY,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    status TEXT NOT NULL,
    stopped TEXT,
    seconds REAL NOT NULL,
    settings TEXT NOT NULL,
    facts TEXT NOT NULL
);
CREATE TABLE trials (
    search TEXT NOT NULL REFERENCES searches(name),
    iteration INTEGER NOT NULL,
    program TEXT,
    program_hash TEXT,
    spec TEXT,
    form TEXT NOT NULL,
    source TEXT NOT NULL,
    problem TEXT,
    outcome TEXT NOT NULL,
    stage TEXT NOT NULL,
    accuracy REAL,
    split TEXT,
    message TEXT NOT NULL,
    line TEXT,
    line_number INTEGER,
    shapes TEXT NOT NULL,
    same_as INTEGER,
    parameters INTEGER,
    seconds TEXT NOT NULL,
    seconds_total REAL,
    isolation TEXT NOT NULL,
    prompt_tokens INTEGER,
    reply_tokens INTEGER,
    created REAL NOT NULL,
    PRIMARY KEY (search, iteration)
);
CREATE INDEX trials_by_hash ON trials (search, program_hash);
CREATE TABLE triples (
    search TEXT NOT NULL REFERENCES searches(name),
    iteration INTEGER NOT NULL,
    problem TEXT NOT NULL,
    suggestion TEXT NOT NULL,
    outcome TEXT,
    created REAL NOT NULL,
    PRIMARY KEY (search, iteration)
);
CREATE TABLE calls (
    search TEXT NOT NULL REFERENCES searches(name),
    number INTEGER NOT NULL,
    iteration INTEGER NOT NULL,
    role TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    reply TEXT,
    source TEXT NOT NULL,
    prompt_tokens INTEGER,
    reply_tokens INTEGER,
    seconds REAL,
    seed INTEGER,
    trimmed TEXT NOT NULL,
    error TEXT,
    created REAL NOT NULL,
    PRIMARY KEY (search, number)
);
CREATE TABLE finalists (
    search TEXT NOT NULL,
    iteration INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    accuracies TEXT NOT NULL,
    seconds REAL NOT NULL,
    created REAL NOT NULL,
    PRIMARY KEY (search, iteration),
    FOREIGN KEY (search, iteration) REFERENCES trials (search, iteration)
);
"""

_MEASURES = """
ALTER TABLE trials ADD COLUMN module TEXT;
ALTER TABLE trials ADD COLUMN precision TEXT;
ALTER TABLE trials ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';
ALTER TABLE calls ADD COLUMN load_seconds REAL;
ALTER TABLE finalists ADD COLUMN parameters INTEGER;
ALTER TABLE finalists ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';
DROP INDEX trials_by_hash;
CREATE INDEX trials_by_hash ON trials (search, program_hash, iteration);
CREATE INDEX calls_by_role ON calls (search, role, number);
CREATE INDEX calls_by_iteration ON calls (search, iteration, number);
ALTER TABLE calls ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE calls SET position = (
    SELECT count(*) FROM calls AS earlier
    WHERE earlier.search = calls.search AND earlier.role = calls.role
        AND earlier.number < calls.number
);
UPDATE trials SET precision = 'fp32' WHERE outcome = 'ok';
UPDATE searches SET settings = json_set(settings, '$.precision', 'fp32');
"""
"""What a network costs, the module at fault, seconds to load an LLM; before, all was fp32."""

_TWINS = """
ALTER TABLE trials ADD COLUMN graph_hash TEXT;
ALTER TABLE trials ADD COLUMN conditions TEXT NOT NULL DEFAULT 'null';
ALTER TABLE trials ADD COLUMN reused_from TEXT;
CREATE INDEX trials_by_network ON trials (program_hash);
CREATE INDEX trials_by_graph ON trials (search, graph_hash, iteration);
"""
"""What an outcome depends on: of earlier trials it is not known, so they are never reused."""

_LEARNING = """
ALTER TABLE trials ADD COLUMN scores TEXT NOT NULL DEFAULT '[]';
ALTER TABLE trials ADD COLUMN near INTEGER;
ALTER TABLE trials ADD COLUMN similarity REAL;
ALTER TABLE trials ADD COLUMN repairs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE triples ADD COLUMN move TEXT;
ALTER TABLE triples ADD COLUMN why TEXT;
CREATE INDEX trials_by_accuracy ON trials (search, outcome, accuracy);
CREATE TABLE trainings (
    search TEXT NOT NULL REFERENCES searches(name),
    iteration INTEGER NOT NULL,
    epochs INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    program_hash TEXT NOT NULL,
    outcome TEXT NOT NULL,
    message TEXT NOT NULL,
    accuracies TEXT NOT NULL,
    unscored BLOB,
    parameters INTEGER,
    measures TEXT NOT NULL,
    seconds REAL NOT NULL,
    time_limit REAL NOT NULL,
    isolation TEXT NOT NULL,
    created REAL NOT NULL,
    PRIMARY KEY (search, iteration, epochs, seed)
);
UPDATE trials SET scores = json_array(accuracy) WHERE outcome = 'ok' AND accuracy IS NOT NULL;
UPDATE searches SET settings = json_set(settings,
    '$.rich_lessons', json('false'), '$.redirect', json('false'), '$.structured', json('false'),
    '$.reasks', 0, '$.widen_after', 0, '$.widen_after_failures', 0,
    '$.confirm_best', json('false'));
"""
"""Scores of all trainings, tries before the last, widened rounds, trainings after the search; old
searches go on as before."""

_REPLIES = """
ALTER TABLE calls ADD COLUMN temperature REAL;
ALTER TABLE calls ADD COLUMN cut TEXT;
ALTER TABLE calls ADD COLUMN thought INTEGER;
ALTER TABLE calls ADD COLUMN schema_refused TEXT;
UPDATE searches SET settings = json_set(settings, '$.empty_replies', 0, '$.think', 'auto');
"""
"""How a reply ended and what was thought; old searches go on however many replies are empty."""

_FLIGHTS = """
ALTER TABLE trials ADD COLUMN parent INTEGER;
ALTER TABLE trials ADD COLUMN proposed_in INTEGER;
ALTER TABLE trials ADD COLUMN closed INTEGER;
ALTER TABLE trials ADD COLUMN closed_in INTEGER;
UPDATE trials SET closed = iteration, closed_in = iteration, proposed_in = iteration,
    parent = CASE WHEN iteration > 1 THEN iteration - 1 END;
CREATE TABLE flights (
    search TEXT NOT NULL REFERENCES searches(name),
    iteration INTEGER NOT NULL,
    proposed_in INTEGER NOT NULL,
    program TEXT NOT NULL,
    evaluation TEXT,
    created REAL NOT NULL,
    PRIMARY KEY (search, iteration)
);
"""
"""Trials in flight: whose lesson each followed, when it was proposed and closed; those that are
begun and not yet closed, with their outcomes if there are any."""

MIGRATIONS: tuple[str, ...] = (_FIRST, _MEASURES, _TWINS, _LEARNING, _REPLIES, _FLIGHTS)
"""SQL scripts; number n takes a database from version n - 1 to n."""


def read_version(connection: sqlite3.Connection) -> int:
    """Return the number of migrations that a database has seen."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database of ours (or an empty one) to the newest version, all or nothing.

    Safe when several processes do it at once: the version is read again under the write lock.
    """
    if read_version(connection) >= len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = read_version(connection)
        for script in MIGRATIONS[version:]:
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {max(version, len(MIGRATIONS))}")
        connection.execute("COMMIT")
    except BaseException:  # Even on Ctrl-C no half migration may stay; it goes on up.
        connection.execute("ROLLBACK")
        raise
