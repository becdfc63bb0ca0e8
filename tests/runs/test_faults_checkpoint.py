"""A checkpoint that is stored in part: nothing of it stays; a search that has no other begins."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.faulty import Work, strike
from fakes.kills import Point
from fakes.recorded import going_on, recorded_config
from fakes.story import story

from langgraph_nas.errors import StorageError
from langgraph_nas.graph import (
    PruningSqliteSaver,
    aopen_checkpointer,
    checkpoint_path,
    open_checkpointer,
)

FAIL_AT_THE_SECOND = """
CREATE TEMP TRIGGER fail BEFORE INSERT ON main.writes WHEN NEW.idx = 1
BEGIN SELECT RAISE(FAIL, 'no more'); END
"""
"""As when the disk is full: the statement ends there, and what it has written already stays."""
PLACE: Any = {"configurable": {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": "c"}}
TWO = [("first", 1), ("second", 2)]


def stored(database: Path) -> list[str]:
    with closing(sqlite3.connect(checkpoint_path(database))) as other:
        return [row[0] for row in other.execute("SELECT channel FROM writes")]


def test_a_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    with open_checkpointer(tmp_path / "s.db") as saver:
        saver.setup()
        saver.conn.execute(FAIL_AT_THE_SECOND)
        with pytest.raises(sqlite3.IntegrityError, match="no more"):
            saver.put_writes(PLACE, TWO, "task")
        saver.put_writes(PLACE, [("other", 3)], "other task")

    assert stored(tmp_path / "s.db") == ["other"]


async def test_a_write_that_fails_half_way_in_an_event_loop_leaves_nothing(tmp_path: Path) -> None:
    async with aopen_checkpointer(tmp_path / "s.db") as saver:
        await saver.setup()
        await saver.conn.execute(FAIL_AT_THE_SECOND)
        with pytest.raises(sqlite3.IntegrityError, match="no more"):
            await saver.aput_writes(PLACE, TWO, "task")
        await saver.aput_writes(PLACE, [("other", 3)], "other task")

    assert stored(tmp_path / "s.db") == ["other"]


def test_a_search_whose_first_step_was_stored_in_part_begins_again(
    tmp_path: Path, sandbox: FakeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, database = recorded_config(tmp_path), tmp_path / "s.db"
    going_on(config, tmp_path / "whole" / "s.db", sandbox)()

    def fail() -> None:
        time.sleep(0.2)  # LangGraph stores in another thread what the first step wrote
        raise StorageError("stopped by the test")

    with monkeypatch.context() as patch:
        strike(patch, Point(PruningSqliteSaver, "put", "before"), 2, fail)
        with pytest.raises(StorageError, match="stopped by the test"):
            going_on(config, database, sandbox)()
    with closing(sqlite3.connect(checkpoint_path(database))) as other, other:
        where = "channel LIKE 'branch:%'"
        assert other.execute(f"DELETE FROM writes WHERE {where}").rowcount == 1
    work = Work(monkeypatch)

    going_on(config, database, sandbox)()

    assert story(database) == story(tmp_path / "whole" / "s.db")
    assert work.twice() == (0, 0)
