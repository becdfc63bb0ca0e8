"""Pruning and copying of checkpoints, as SQL that both savers run.

The tables are those of `langgraph.checkpoint.sqlite`. A checkpoint is *newer* than another if it
was written later (its rowid is higher): ids come from the clock, and a clock may be set back.
"""

import json
from collections.abc import Sequence
from typing import Any

from langgraph_nas.config import SearchConfig

KEEP: int = SearchConfig.model_fields["keep_checkpoints"].default

Statement = tuple[str, tuple[Any, ...]]
"""An SQL statement and its values."""

_COPIED = {
    "checkpoints": "checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata",
    "writes": "checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value",
}

_SCRIPT = """
CREATE INDEX IF NOT EXISTS checkpoints_with_deltas ON checkpoints (thread_id, checkpoint_ns)
WHERE {has_deltas};

CREATE TEMP TRIGGER IF NOT EXISTS drop_writes AFTER DELETE ON main.checkpoints BEGIN
    DELETE FROM writes WHERE thread_id = OLD.thread_id
        AND checkpoint_ns = OLD.checkpoint_ns AND checkpoint_id = OLD.checkpoint_id;
END;

CREATE TEMP TRIGGER IF NOT EXISTS drop_old AFTER INSERT ON main.checkpoints
WHEN NOT EXISTS (
    SELECT 1 FROM checkpoints
    WHERE thread_id = NEW.thread_id AND checkpoint_ns = NEW.checkpoint_ns AND {has_deltas}
)
BEGIN
    DELETE FROM checkpoints
    WHERE thread_id = NEW.thread_id AND checkpoint_ns > NEW.checkpoint_ns
        AND instr(checkpoint_ns, ':') AND EXISTS (
            SELECT 1 FROM json_each(CAST(metadata AS TEXT), '$.parents') AS parent
            WHERE parent.key = NEW.checkpoint_ns AND parent.value IN (
                SELECT checkpoint_id FROM checkpoints
                WHERE thread_id = NEW.thread_id AND checkpoint_ns = NEW.checkpoint_ns
                ORDER BY rowid DESC LIMIT -1 OFFSET {keep}
            )
        );
    DELETE FROM checkpoints WHERE rowid IN (
        SELECT rowid FROM checkpoints
        WHERE thread_id = NEW.thread_id AND checkpoint_ns = NEW.checkpoint_ns
        ORDER BY rowid DESC LIMIT -1 OFFSET {keep}
    );
END;
"""

_HAS_DELTAS = "instr(metadata, CAST('\"counters_since_delta_snapshot\"' AS BLOB))"
"""Whether a checkpoint holds less than the whole state (LangGraph's `DeltaChannel`)."""

NEWEST = (
    "SELECT checkpoint_id FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ? "
    "ORDER BY rowid DESC LIMIT 1"
)


def pruning_script(keep: int) -> str:
    """Return the SQL that makes a connection prune whenever it writes a checkpoint.

    Its two triggers live as long as the connection. A trigger is part of the statement
    that fires it: the new checkpoint and the deletion of the old ones are written together or
    not at all, wherever the process is killed.

    - Of each thread and namespace the newest `keep` checkpoints stay, and their writes.
    - What a subgraph stored while a checkpoint was the newest goes with that checkpoint; what it
      keeps for all its calls (`checkpointer=True`) stays.
    - A namespace whose checkpoints build on older ones (`DeltaChannel`) is left whole.

    Raises:
        ValueError: `keep` is below 1.
    """
    if keep < 1:
        raise ValueError(f"keep={keep}: at least one checkpoint must stay")
    return _SCRIPT.format(keep=keep, has_deltas=_HAS_DELTAS)


def prune_threads(thread_ids: Sequence[str], strategy: str) -> list[Statement]:
    """Return what prunes threads: to the newest checkpoint of each namespace, or to nothing.

    With `keep_latest`, namespaces whose checkpoints build on older ones are left whole.

    Raises:
        ValueError: The strategy is neither `keep_latest` nor `delete`.
    """
    if strategy == "delete":
        return [statement for thread in thread_ids for statement in delete_thread(thread)]
    if strategy != "keep_latest":
        raise ValueError(f"strategy {strategy!r} is neither 'keep_latest' nor 'delete'")
    delete = (
        "DELETE FROM checkpoints WHERE thread_id = ? AND rowid NOT IN "
        "(SELECT max(rowid) FROM checkpoints WHERE thread_id = ? GROUP BY checkpoint_ns) "
        "AND checkpoint_ns NOT IN "
        f"(SELECT checkpoint_ns FROM checkpoints WHERE thread_id = ? AND {_HAS_DELTAS})"
    )
    return [(delete, (str(thread),) * 3) for thread in thread_ids]


def delete_thread(thread_id: str) -> list[Statement]:
    """Return what deletes a thread: its checkpoints, and writes even where one is missing."""
    return [
        (f"DELETE FROM {table} WHERE thread_id = ?", (str(thread_id),))
        for table in ("checkpoints", "writes")
    ]


def delete_runs(run_ids: Sequence[str]) -> list[Statement]:
    """Return what deletes the checkpoints that these runs made; their writes go with them."""
    delete = (
        "DELETE FROM checkpoints WHERE json_extract(CAST(metadata AS TEXT), '$.run_id') IN "
        "(SELECT value FROM json_each(?))"
    )
    return [(delete, (json.dumps([str(run) for run in run_ids]),))]


def copy_thread(source: str, target: str) -> list[Statement]:
    """Return what copies a thread, oldest checkpoint first so that the newest stays the newest."""
    if str(source) == str(target):
        return []
    return [
        (
            f"INSERT OR REPLACE INTO {table} (thread_id, {columns}) "
            f"SELECT ?, {columns} FROM {table} WHERE thread_id = ? ORDER BY rowid",
            (str(target), str(source)),
        )
        for table, columns in _COPIED.items()
    ]
