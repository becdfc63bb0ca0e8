"""A disk that fills up in mid-search stops it resumable, also where the checkpoints lie."""

import sqlite3
from pathlib import Path

import pytest

from langgraph_nas.errors import StorageError
from langgraph_nas.graph import open_checkpointer


def fill(database: Path) -> None:
    with open_checkpointer(database) as saver:
        saver.setup()
        saver.conn.execute("PRAGMA max_page_count = 8")  # SQLite's own full disk
        saver.conn.execute(
            "INSERT INTO writes (thread_id, checkpoint_id, task_id, idx, channel, value) "
            "VALUES ('t', 'c', 'k', 0, 'x', zeroblob(90000))"
        )


def test_a_full_disk_below_the_checkpoints_is_a_storage_error(tmp_path: Path):
    with pytest.raises(StorageError, match="s.checkpoints.db: the disk is full"):
        fill(tmp_path / "s.db")


def test_a_bug_in_the_block_stays_what_it_is(tmp_path: Path):
    with pytest.raises(sqlite3.ProgrammingError), open_checkpointer(tmp_path / "s.db") as saver:
        saver.conn.execute("SELECT ?", (1, 2))
