"""Real searches on a checkpointer that prunes: small files, time travel, resuming, readers."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fakes.context import fake_context
from fakes.graphs import lasting
from fakes.loop import write
from fakes.sandbox import FakeSandbox
from langgraph.checkpoint.base import id as checkpoint_ids

from langgraph_nas.graph import (
    aopen_checkpointer,
    checkpoint_path,
    create_nas_graph,
    open_checkpointer,
    recursion_limit,
)
from langgraph_nas.runs import first_state
from langgraph_nas.trials import SearchContext

pytestmark = pytest.mark.slow

PADDING = "".join(f"# {number} {'x' * 60}\n" for number in range(90))
ITERATIONS = 200
KEEP = 40


class Crash(Exception):
    """What stops a search in the middle of an evaluation."""


def write_6_kb(prompt: str, number: int) -> str:
    return write(prompt, number).replace("class Net", f"{PADDING}class Net")


def thread_of(name: str) -> Any:
    return {"configurable": {"thread_id": name}, "recursion_limit": recursion_limit(ITERATIONS)}


def go_on(context: SearchContext, folder: Path, *, name: str = "s", keep: int = 8) -> Any:
    """Run a search from where its checkpoints are to its end, in a saver of its own."""
    with open_checkpointer(folder / "searches.db", keep=keep) as saver:
        graph = create_nas_graph().compile(checkpointer=saver)
        begun = graph.get_state(thread_of(name)).values
        start = None if begun else first_state("s", context.config)
        return graph.invoke(start, thread_of(name), context=context, durability="sync")


class Reader(threading.Thread):
    """Another program that looks into the file all the time, and never waits for a lock."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.counts: list[int] = []
        self.errors: list[str] = []
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.005):
            connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=0)
            try:
                rows = connection.execute("SELECT length(checkpoint) FROM checkpoints").fetchall()
                self.counts.append(len(rows))
            except sqlite3.OperationalError as error:
                self.errors.append(str(error))
            finally:
                connection.close()


@pytest.fixture(scope="module")
def long_search(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Reader, list[int]]:
    """A search of 200 iterations: its folder, a reader beside it, the bytes on disk."""
    folder = tmp_path_factory.mktemp("long")
    context = fake_context(folder, write_6_kb, iterations=ITERATIONS)
    path = checkpoint_path(folder / "searches.db")
    reader, sizes = Reader(path), []
    with open_checkpointer(folder / "searches.db", keep=KEEP) as saver:
        saver.setup()
        reader.start()
        graph = create_nas_graph().compile(checkpointer=saver)
        start = first_state("s", context.config)
        for _ in graph.stream(start, thread_of("s"), context=context, stream_mode="values"):
            sizes.append(sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*")))
        reader.done.set()
        reader.join()
    context.archive.close()
    return folder, reader, sizes


def test_the_files_stay_below_5_mb_all_the_time(long_search: tuple[Path, Reader, list[int]]):
    folder, _, sizes = long_search
    with closing(sqlite3.connect(checkpoint_path(folder / "searches.db"))) as other, other:
        count = other.execute("SELECT count(*) FROM checkpoints").fetchone()[0]
        strays = other.execute(
            "SELECT count(*) FROM writes WHERE checkpoint_id NOT IN "
            "(SELECT checkpoint_id FROM checkpoints)"
        ).fetchone()[0]

    assert count == KEEP
    assert strays == 0
    assert len(sizes) >= 4 * ITERATIONS
    assert max(sizes) < 5 * 2**20


def test_a_reader_is_never_locked_out(long_search: tuple[Path, Reader, list[int]]):
    _, reader, _ = long_search

    assert reader.errors == []
    assert len(reader.counts) > 50
    assert max(reader.counts) == KEEP


def test_one_can_travel_back_as_far_as_checkpoints_are_kept(tmp_path: Path):
    context = fake_context(tmp_path, write, iterations=12)
    go_on(context, tmp_path, keep=12)

    with open_checkpointer(tmp_path / "searches.db", keep=12) as saver:
        graph = create_nas_graph().compile(checkpointer=saver)
        history = list(graph.get_state_history(thread_of("s")))
        assert len(history) == 12
        assert [h.values["iteration"] for h in history] == [12] * 4 + [11] * 4 + [10] * 4
        past = next(
            h for h in history if h.next == ("update_memory",) and h.values["iteration"] == 11
        )
        changed = {**past.values["suggestion"], "modification": "Be bold.", "gist": "Be bold."}
        fork = graph.update_state(past.config, {"suggestion": changed}, as_node="diagnose")
        state = graph.invoke(None, {**thread_of("s"), **fork}, context=context)

        assert state["iteration"] == 12
        assert state["memory"][-1]["suggestion"] == "Be bold."
        assert len(list(graph.get_state_history(thread_of("s")))) == 12
        assert graph.get_state(thread_of("s")).values == state


def crashing(folder: Path, *at: int, **settings: Any) -> SearchContext:
    """Return a context whose sandbox crashes once at each of these evaluations."""
    due = list(at)

    def crash(job: object) -> None:
        if due and len(sandbox.jobs) == due[0]:
            due.pop(0)
            raise Crash

    sandbox = FakeSandbox(on_run=crash)
    return fake_context(folder, write, sandbox=sandbox, **settings)


def test_a_search_resumes_after_pruning_as_if_nothing_had_happened(tmp_path: Path):
    whole = go_on(fake_context(tmp_path / "whole", write, iterations=10), tmp_path / "whole")
    context = crashing(tmp_path, 5, 9, iterations=10)

    for _ in range(2):
        with pytest.raises(Crash):
            go_on(context, tmp_path, keep=4)

    assert lasting(go_on(context, tmp_path, keep=4)) == lasting(whole)


def test_a_search_resumes_at_its_last_step_though_the_clock_was_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = go_on(fake_context(tmp_path / "whole", write, iterations=10), tmp_path / "whole")
    context = crashing(tmp_path, 4, 6, iterations=10)
    with pytest.raises(Crash):
        go_on(context, tmp_path)

    class Yesterday:
        @staticmethod
        def time_ns() -> int:
            return 1_000_000_000 * 10**9

    monkeypatch.setattr(checkpoint_ids, "time", Yesterday)
    monkeypatch.setattr(checkpoint_ids, "_last_v6_timestamp", None)  # as in a new process
    with pytest.raises(Crash):
        go_on(context, tmp_path)
    with open_checkpointer(tmp_path / "searches.db") as saver:
        snapshot = create_nas_graph().compile(checkpointer=saver).get_state(thread_of("s"))
    assert (snapshot.values["iteration"], snapshot.next) == (5, ("execute",))

    assert lasting(go_on(context, tmp_path)) == lasting(whole)


def test_two_searches_in_one_file_keep_their_own(tmp_path: Path):
    first = fake_context(tmp_path / "first", write, iterations=6)
    second = fake_context(tmp_path / "second", write, iterations=3)
    go_on(first, tmp_path, name="first")
    go_on(second, tmp_path, name="second")

    with open_checkpointer(tmp_path / "searches.db") as saver:
        graph = create_nas_graph().compile(checkpointer=saver)
        for name, iterations in (("first", 6), ("second", 3)):
            history = list(graph.get_state_history(thread_of(name)))
            assert len(history) == 8
            assert history[0].values["iteration"] == iterations


async def test_the_async_form_stores_the_same(tmp_path: Path):
    sync = fake_context(tmp_path / "sync", write, iterations=6)
    other = fake_context(tmp_path / "async", write, iterations=6)
    go_on(sync, tmp_path / "sync")
    async with aopen_checkpointer(tmp_path / "async" / "searches.db", keep=8) as saver:
        graph = create_nas_graph().compile(checkpointer=saver)
        await graph.ainvoke(first_state("s", other.config), thread_of("s"), context=other)
        ahistory = [h async for h in graph.aget_state_history(thread_of("s"))]

    with open_checkpointer(tmp_path / "sync" / "searches.db") as saver_:
        history = list(
            create_nas_graph().compile(checkpointer=saver_).get_state_history(thread_of("s"))
        )
    assert len(history) == len(ahistory) == 8
    for one, two in zip(history, ahistory, strict=True):
        assert lasting(one.values) == lasting(two.values)  # type: ignore[arg-type]
        assert (one.next, one.metadata["step"]) == (two.next, two.metadata["step"])  # type: ignore[index]
