"""Both savers, call by call: what they keep, delete and copy."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint

from langgraph_nas.graph import PruningSqliteSaver, aopen_checkpointer, open_checkpointer

KEEP = 4

Saver = BaseCheckpointSaver[str]


@pytest.fixture(params=["sync", "async"])
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Saver]:
    """Each saver; the asynchronous one in a loop of its own, called from this thread."""
    if request.param == "sync":
        with open_checkpointer(tmp_path / "s.db", keep=KEEP) as sync:
            yield sync
        return
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    opened = aopen_checkpointer(tmp_path / "s.db", keep=KEEP)
    yield asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result()
    asyncio.run_coroutine_threadsafe(opened.__aexit__(None, None, None), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def put(
    saver: Saver,
    thread: str,
    checkpoint_id: str,
    namespace: str = "",
    parent: str | None = None,
    **metadata: Any,
) -> None:
    """Store a checkpoint that holds its own id, and a write of it."""
    where: Any = {"thread_id": thread, "checkpoint_ns": namespace}
    if parent is not None:
        where["checkpoint_id"] = parent
    checkpoint = {**empty_checkpoint(), "id": checkpoint_id, "channel_values": {"x": checkpoint_id}}
    stored = saver.put({"configurable": where}, checkpoint, metadata, {})  # type: ignore[arg-type, typeddict-item]
    saver.put_writes(stored, [("x", f"after {checkpoint_id}")], "task")


def at(thread: str, namespace: str | None = "", checkpoint_id: str | None = None) -> Any:
    where = {"thread_id": thread, "checkpoint_ns": namespace, "checkpoint_id": checkpoint_id}
    return {"configurable": {key: value for key, value in where.items() if value is not None}}


def kept(saver: Saver, thread: str, namespace: str = "", **options: Any) -> list[str]:
    return [found.checkpoint["id"] for found in saver.list(at(thread, namespace), **options)]


def rows(folder: Path, table: str) -> list[tuple[str, str, str]]:
    """What another program finds in the file."""
    with closing(sqlite3.connect(folder / "s.checkpoints.db")) as other, other:
        return other.execute(
            f"SELECT thread_id, checkpoint_ns, checkpoint_id FROM {table} ORDER BY 1, 2, 3"
        ).fetchall()


def test_the_newest_stay_with_their_writes_and_no_other_writes(saver: Saver, tmp_path: Path):
    for n in range(1, 10):
        put(saver, "t", str(n), parent=str(n - 1) if n > 1 else None)

    assert kept(saver, "t") == ["9", "8", "7", "6"]
    assert rows(tmp_path, "writes") == [("t", "", n) for n in "6789"]
    newest = saver.get_tuple(at("t"))
    assert newest is not None
    assert newest.checkpoint["channel_values"] == {"x": "9"}
    assert newest.pending_writes == [("task", "x", "after 9")]


def test_a_link_to_a_pruned_parent_leads_to_nothing_and_breaks_nothing(saver: Saver):
    for n in range(1, 7):
        put(saver, "t", str(n), parent=str(n - 1) if n > 1 else None)

    oldest = list(saver.list(at("t")))[-1]

    assert oldest.parent_config == at("t", "", "2")
    assert saver.get_tuple(oldest.parent_config) is None


def test_a_checkpoint_that_is_written_again_counts_once_and_keeps_its_writes(saver: Saver):
    for n in ("1", "2", "3", "4", "4", "4"):
        put(saver, "t", n)

    assert kept(saver, "t") == ["4", "3", "2", "1"]
    assert saver.get_tuple(at("t")).pending_writes == [("task", "x", "after 4")]  # type: ignore[union-attr]


def test_threads_and_namespaces_do_not_prune_each_other(saver: Saver):
    for n in range(1, 7):
        put(saver, "a", str(n))
        put(saver, "b", str(n), "memory")
    put(saver, "b", "1")

    assert kept(saver, "a") == ["6", "5", "4", "3"]
    assert kept(saver, "b", "memory") == ["6", "5", "4", "3"]
    assert kept(saver, "b") == ["1"]


def test_what_a_subgraph_stored_goes_with_the_checkpoint_it_ran_under(saver: Saver):
    for n in range(1, 7):
        put(saver, "t", str(n))
        parents = {"": str(n)}
        put(saver, "t", f"{n}.1", f"child:{n}", parents=parents)
        put(saver, "t", f"{n}.1.1", f"child:{n}|inner:1", parents={**parents, f"child:{n}": "n.1"})
        if n < 3:
            put(saver, "t", f"{n}.2", "memory", parents=parents)
    for n in range(1, 7):
        expected = [f"{n}.1"] if n > 2 else []
        assert kept(saver, "t", f"child:{n}") == expected
        assert len(kept(saver, "t", f"child:{n}|inner:1")) == len(expected)
    assert kept(saver, "t", "memory") == ["2.2", "1.2"]


def test_newest_is_what_was_written_last_also_after_the_clock_was_set_back(saver: Saver):
    for checkpoint_id in ("7", "8", "9", "1", "2", "3"):
        put(saver, "t", checkpoint_id)

    assert saver.get_tuple(at("t")).checkpoint["id"] == "3"  # type: ignore[union-attr]
    assert sorted(kept(saver, "t")) == ["1", "2", "3", "9"]
    saver.copy_thread("t", "copy")
    saver.prune(["t"])
    assert kept(saver, "t") == ["3"]
    assert saver.get_tuple(at("copy")).checkpoint["id"] == "3"  # type: ignore[union-attr]


def test_checkpoints_that_build_on_older_ones_are_left_whole(saver: Saver):
    for n in range(1, 9):
        deltas = {} if n in (1, 8) else {"counters_since_delta_snapshot": {"x": [1, n]}}
        put(saver, "t", str(n), **deltas)
    put(saver, "t", "other", "whole")

    saver.prune(["t"])

    assert len(kept(saver, "t")) == 8
    assert kept(saver, "t", "whole") == ["other"]


def test_list_filters_what_is_left(saver: Saver):
    for n in range(1, 9):
        put(saver, "t", str(n), source="loop" if n % 2 else "update", step=n)

    assert kept(saver, "t", filter={"source": "loop"}) == ["7", "5"]
    assert kept(saver, "t", filter={"step": 2}) == []
    assert kept(saver, "t", before=at("t", "", "7")) == ["6", "5"]
    assert kept(saver, "t", limit=2) == ["8", "7"]
    assert kept(saver, "t", before=at("t", "", "8"), limit=1) == ["7"]


def test_keep_latest_keeps_the_newest_of_each_namespace_of_the_named_threads(
    saver: Saver, tmp_path: Path
):
    for thread in ("a", "b", "c"):
        for n in ("1", "2", "3"):
            put(saver, thread, n)
            put(saver, thread, n, "child:1", parents={"": "1"})

    saver.prune(["a", "b", "unknown"], strategy="keep_latest")
    saver.prune([])

    for table in ("checkpoints", "writes"):
        left = rows(tmp_path, table)
        for thread in ("a", "b"):
            assert [row[1:] for row in left if row[0] == thread] == [("", "3"), ("child:1", "3")]
        assert len([row for row in left if row[0] == "c"]) == 6


def test_the_strategy_delete_leaves_nothing_of_the_named_threads(saver: Saver, tmp_path: Path):
    put(saver, "a", "1")
    put(saver, "a", "1", "child:1")
    put(saver, "b", "1")
    put(saver, "c", "1")

    saver.prune(["a"], strategy="delete")
    saver.delete_thread("c")

    assert rows(tmp_path, "checkpoints") == rows(tmp_path, "writes") == [("b", "", "1")]


def test_another_strategy_is_refused_and_deletes_nothing(saver: Saver):
    put(saver, "t", "1")

    with pytest.raises(ValueError, match="'keep_latest' nor 'delete'"):
        saver.prune(["t"], strategy="keep_lastest")

    assert kept(saver, "t") == ["1"]


def test_what_runs_made_is_deleted_in_all_threads_and_namespaces(saver: Saver, tmp_path: Path):
    put(saver, "a", "1", run_id="one")
    put(saver, "a", "2", run_id="two")
    put(saver, "a", "3", "child:1", run_id="one")
    put(saver, "b", "4", run_id="three")
    put(saver, "b", "5")

    saver.delete_for_runs(["one", "three", "unknown"])
    saver.delete_for_runs([])

    left = [("a", "", "2"), ("b", "", "5")]
    assert rows(tmp_path, "checkpoints") == rows(tmp_path, "writes") == left


def test_a_copied_thread_is_whole_and_its_source_untouched(saver: Saver):
    for n in range(1, 4):
        put(saver, "a", str(n), parent=str(n - 1) if n > 1 else None, step=n)
    put(saver, "a", "inner", "child:1", parents={"": "3"})

    saver.copy_thread("a", "b")
    saver.copy_thread("unknown", "c")
    saver.copy_thread("a", "a")

    for namespace in ("", "child:1"):
        originals = list(saver.list(at("a", namespace)))
        copies = list(saver.list(at("b", namespace)))
        assert len(originals) == (1 if namespace else 3)
        for original, copy in zip(originals, copies, strict=True):
            assert copy.checkpoint == original.checkpoint
            assert copy.metadata == original.metadata
            assert copy.pending_writes == original.pending_writes != []
            assert copy.config["configurable"]["thread_id"] == "b"
    assert kept(saver, "c") == []


def test_the_oldest_go_where_more_are_copied_than_may_stay(saver: Saver, tmp_path: Path):
    with open_checkpointer(tmp_path / "s.db", keep=100) as hoarder:
        for n in range(10, 20):
            put(hoarder, "a", str(n))

    saver.copy_thread("a", "b")

    assert kept(saver, "b") == ["19", "18", "17", "16"]
    assert len(kept(saver, "a")) == 10


def test_a_file_that_was_never_pruned_is_pruned_at_the_next_checkpoint(
    saver: Saver, tmp_path: Path
):
    with open_checkpointer(tmp_path / "s.db", keep=1000) as hoarder:
        for n in range(100, 300):
            put(hoarder, "t", str(n))

    put(saver, "t", "300")

    assert kept(saver, "t") == ["300", "299", "298", "297"]
    assert len(rows(tmp_path, "writes")) == KEEP


def test_at_least_one_checkpoint_must_stay():
    with (
        closing(sqlite3.connect(":memory:")) as connection,
        pytest.raises(ValueError, match="at least one"),
    ):
        PruningSqliteSaver(connection, keep=0)


async def test_the_sync_form_in_the_event_loop_says_what_to_do(tmp_path: Path):
    async with aopen_checkpointer(tmp_path / "s.db") as saver:
        with pytest.raises(asyncio.InvalidStateError, match="await the async form"):
            saver.prune(["t"])


async def test_no_write_of_a_cancelled_task_keeps_the_file_locked(tmp_path: Path):
    checkpoint: Any = {**empty_checkpoint(), "channel_values": {"x": "y" * 100_000}}
    async with aopen_checkpointer(tmp_path / "s.db") as saver:
        await saver.setup()
        for pause in [0.0002 * n for n in range(12)]:
            task = asyncio.create_task(saver.aput(at("t"), checkpoint, {}, {}))  # type: ignore[arg-type]
            await asyncio.sleep(pause)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await saver.flush()
            await saver.conn.execute("SELECT 1")  # the connection has done what it was given
            with closing(sqlite3.connect(tmp_path / "s.checkpoints.db", timeout=0)) as other, other:
                other.execute("BEGIN IMMEDIATE")
