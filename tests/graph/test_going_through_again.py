"""A search of a graph that `resume` goes through again, and two runs of one thread at once."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel
from fakes.context import diagnosis
from fakes.graphs import build, on, write
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_nas import Archive, resume
from langgraph_nas.errors import UsageError


def recorded(folder: Path, name: str = "t") -> list[Any]:
    with Archive.open(folder / "s.db", readonly=True) as archive:
        row = archive.search(name)
        how = {key: row[key] for key in ("status", "stopped", "seconds", "settings", "facts")}  # type: ignore[literal-required]
        calls = [{**call, "created": None} for call in archive.calls(name)]
        return [how, archive.trials(name), archive.triples(name), calls]


def again(folder: Path, sandbox: FakeSandbox, **end: Any) -> Any:
    def new(prompt: str, number: int) -> str:
        return write(prompt, number + 3)

    models = {"generator": ScriptedChatModel(answer=new)}
    models["improver"] = ScriptedChatModel(answer=lambda p, n: diagnosis(p, n + 3))
    return resume("t", database=folder / "s.db", sandbox=sandbox, **models, **end)


def test_a_search_of_a_graph_may_be_gone_on_with_by_resume(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    build(tmp_path, sandbox).compile(checkpointer=InMemorySaver()).invoke({}, on("t"))
    before = recorded(tmp_path)
    found = again(tmp_path, sandbox, iterations=4)
    now = recorded(tmp_path)
    assert (found.iterations, len(now[1])) == (4, 4)
    assert [trial["program"] for trial in now[1][:3]] == [trial["program"] for trial in before[1]]
    assert now[2][:2] == before[2][:2]


def test_one_that_was_steered_is_not_written_over(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    graph.invoke({}, on("t"), interrupt_after=["diagnose"])
    hint = {"problem": "It is too deep.", "modification": "Be bold."}
    graph.update_state(on("t"), {"suggestion": hint}, as_node="diagnose")
    graph.invoke(None, on("t"))
    before = recorded(tmp_path)
    for _ in range(2):  # what the first one leaves behind must not help the second
        with pytest.raises(UsageError, match="goes another way than is recorded"):
            again(tmp_path, sandbox, iterations=4)
        assert recorded(tmp_path) == before
    graph.invoke({"settings": {"iterations": 4}}, on("t"))  # in its own graph it goes on
    assert len(recorded(tmp_path)[1]) == 4


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_second_run_of_a_thread_is_refused_while_a_node_of_it_runs(
    tmp_path: Path, sandbox: FakeSandbox, way: str
) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    graph.invoke({}, on("t"), interrupt_before=["execute"])
    running, go = threading.Event(), threading.Event()

    def hold(job: Any) -> None:
        running.set()
        assert go.wait(20)

    sandbox.on_run = hold
    first = threading.Thread(target=lambda: graph.invoke(None, on("t")))
    first.start()
    assert running.wait(20)
    second = asyncio.run if way == "ainvoke" else lambda done: done
    with pytest.raises(UsageError, match="'t' runs already, in another run of this thread"):
        second(getattr(graph, way)(None, on("t")))
    go.set()
    first.join(20)
    assert len(sandbox.jobs) == 3
    row, trials, triples, _ = recorded(tmp_path)
    assert (row["status"], len(trials), len(triples)) == ("finished", 3, 3)
