"""The graph without a context of ours: it opens what it needs, and closes it at the end."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_nas import Archive, SearchConfig, create_nas_graph
from langgraph_nas.datasets import prepare
from langgraph_nas.errors import ModelServerError

SETTINGS = {"iterations": 3, "form": "code", "improver_form": "text", "dataset": "digits"}
ACCURACIES = [0.3, 0.6, 0.5, 0.7]


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAS_CACHE", str(tmp_path_factory.getbasetemp() / "graph-cache"))


@pytest.fixture
def sandbox() -> FakeSandbox:
    return FakeSandbox(labels=prepare("digits").labels)


def write(prompt: str, number: int) -> str:
    return f"```python\n{program(ACCURACIES[number % 4], number + 1)}```"


def build(folder: Path, sandbox: FakeSandbox, answer: Any = write, **keywords: Any) -> Any:
    return create_nas_graph(
        generator=ScriptedChatModel(answer=answer),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=sandbox,
        config=SearchConfig(**SETTINGS),
        database=folder / "s.db",
        **keywords,
    )


def on(thread: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread}, "recursion_limit": 100}


def test_a_graph_needs_nothing_but_its_arguments(tmp_path: Path, sandbox: FakeSandbox) -> None:
    last = build(tmp_path, sandbox).compile().invoke({}, {"recursion_limit": 100})
    assert (last["search"], last["iteration"], last["best"]["iteration"]) == ("digits-1", 3, 2)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        row = archive.search("digits-1")
        assert (row["status"], row["stopped"]) == ("finished", "iterations")
        assert row["seconds"] > 0
        assert [trial["outcome"] for trial in archive.trials("digits-1")] == ["ok"] * 3


def test_the_same_async(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile()
    last = asyncio.run(graph.ainvoke({}, {"recursion_limit": 100}))
    assert last["best"]["iteration"] == 2


def test_a_search_is_named_after_its_thread_and_resumed_by_it(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    def away(prompt: str, number: int) -> str:
        if number == 1:
            raise ModelServerError("it is away")
        return write(prompt, number)

    saver = InMemorySaver()
    graph = build(tmp_path, sandbox, answer=away).compile(checkpointer=saver)
    with pytest.raises(ModelServerError):
        graph.invoke({"settings": {"iterations": 2}}, on("mine"))
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert archive.search("mine")["status"] == "stopped"
        assert archive.search("mine")["stopped"] == "it is away"
    # Another process: another graph, without the settings of the first run.
    again = build(tmp_path, sandbox, answer=lambda prompt, n: write(prompt, n + 1)).compile(
        checkpointer=saver
    )
    last = again.invoke(None, on("mine"))
    assert last["iteration"] == 2
    assert len(sandbox.jobs) == 2


def test_a_thread_whose_name_is_taken_makes_a_search_of_its_own(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    names = [
        build(tmp_path, sandbox).compile(checkpointer=InMemorySaver()).invoke({}, on("1"))["search"]
        for _ in range(2)
    ]
    assert names == ["1", "1-1"]


def test_three_searches_at_once_do_not_disturb_each_other(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    graph = create_nas_graph(
        generator=ScriptedChatModel(answer=lambda prompt, n: write(prompt, n)),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=sandbox,
        config=SearchConfig(**SETTINGS),
        database=tmp_path / "s.db",
    ).compile(checkpointer=InMemorySaver())
    found = graph.batch([{}] * 3, [on(name) for name in "abc"])
    assert [state["search"] for state in found] == ["a", "b", "c"]
    assert [state["iteration"] for state in found] == [3, 3, 3]


def test_settings_may_come_as_context(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile()
    limit = {"recursion_limit": 100}
    assert graph.invoke({}, limit, context={"iterations": 1})["iteration"] == 1
    assert graph.invoke({}, limit, context=SearchConfig(iterations=2))["iteration"] == 2


class Review:
    """A search that is reviewed; its answers in order, its questions as they come."""

    def __init__(self, graph: Any, thread: str, review: str) -> None:
        self.graph, self.thread = graph, on(thread)
        self.settings = {"settings": {"review": review}}

    def run(self, *answers: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        shown, start = [], self.settings
        left = list(answers)
        while True:
            last = self.graph.invoke(start, self.thread)
            if not (asked := last.get("__interrupt__")):
                assert not left
                return last, shown
            shown.append(asked[0].value)
            json.dumps(shown[-1])
            start = Command(resume=left.pop(0))


def test_each_candidate_is_approved_rejected_or_edited(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    mine = program(0.9, 77)
    last, shown = Review(graph, "r", "before_execute").run(
        "approve",
        {"action": "reject", "reason": "too wide for the board"},
        {"action": "edit", "program": mine},
    )
    assert [question["iteration"] for question in shown] == [1, 2, 3]
    assert shown[0]["diff"] == ""
    assert "+        self.fc = nn.Linear(2, 10)" in shown[1]["diff"]
    assert shown[1]["suggestion"]["modification"] == "change 1"
    assert [job.program for job in sandbox.jobs[:2]] == [program(0.3, 1), mine]
    assert last["best"]["code"] == mine
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        trials, triples = archive.trials("r"), archive.triples("r")
    assert [trial["outcome"] for trial in trials] == ["ok", "rejected", "ok"]
    assert "too wide for the board" in triples[0]["outcome"]
    assert trials[2]["source"] == "user"


def test_an_answer_that_is_none_is_asked_for_again(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    settings = {"iterations": 1, "review": "before_execute"}
    graph.invoke({"settings": settings}, on("r"))
    for answer, problem in (
        ("perhaps", "approve, reject, edit"),
        ({"action": "reject"}, "reason"),
        ({"action": "edit"}, "program"),
    ):
        asked = graph.invoke(Command(resume=answer), on("r"))["__interrupt__"][0].value
        assert problem in asked["problem"]
    assert graph.invoke(Command(resume=True), on("r"))["best"]["iteration"] == 1


def test_a_new_best_may_be_taken_back(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    last, shown = Review(graph, "r", "on_new_best").run(
        "approve", {"action": "reject", "reason": "not fit for the phone"}
    )
    assert [question["accuracy"] for question in shown] == pytest.approx([0.3, 0.6], abs=0.01)
    assert last["best"]["accuracy"] == pytest.approx(0.5, abs=0.01)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert [trial["outcome"] for trial in archive.trials("r")] == ["ok", "rejected", "ok"]
        prompts = [call["prompt"] for call in archive.calls("r", 3)]
    assert all("not fit for the phone" in prompt for prompt in prompts)


def test_a_sandbox_of_ones_own_may_have_any_name(tmp_path: Path, sandbox: FakeSandbox) -> None:
    sandbox.name = "cluster"
    last = build(tmp_path, sandbox).compile().invoke({}, {"recursion_limit": 100})
    assert last["iteration"] == 3
    assert last["settings"]["sandbox"] == "auto"


def test_a_fork_is_a_search_of_its_own(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    first = graph.invoke({}, on("f"))
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        before = archive.trials("f"), archive.triples("f"), archive.calls("f")
    [earlier] = [
        snapshot
        for snapshot in graph.get_state_history(on("f"))
        if snapshot.next == ("generate",) and snapshot.values.get("iteration") == 1
    ]
    hint = {**earlier.values["suggestion"], "modification": "Be bold."}
    place = graph.update_state(earlier.config, {"suggestion": hint}, as_node="update_memory")
    forked = graph.invoke(None, {**place, "recursion_limit": 100})
    assert (first["search"], forked["search"]) == ("f", "f-fork-1")
    assert forked["iteration"] == 3
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        # The first one is as it was.
        assert (archive.trials("f"), archive.triples("f"), archive.calls("f")) == before
        row = archive.search("f-fork-1")
        assert (row["facts"]["forked_from"], row["status"]) == ("f", "finished")
        trials, triples = archive.trials("f-fork-1"), archive.triples("f-fork-1")
        assert [trial["iteration"] for trial in trials] == [1, 2, 3]
        assert [triple["outcome"] is None for triple in triples] == [False, False, True]
        assert "Be bold." in archive.calls("f-fork-1", 2)[0]["prompt"]


def test_going_back_without_a_change_is_the_same_search(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    graph.invoke({}, on("f"))
    [earlier] = [
        snapshot
        for snapshot in graph.get_state_history(on("f"))
        if snapshot.next == ("diagnose",) and snapshot.values.get("iteration") == 2
    ]
    again = graph.invoke(None, {**earlier.config, "recursion_limit": 100})
    assert again["search"] == "f"
    assert len(sandbox.jobs) == 3
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert archive.names() == ["f"]
