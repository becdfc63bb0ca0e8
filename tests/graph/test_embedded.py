"""The graph without a context of ours: it opens what it needs, and closes it at the end."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.graphs import build, on, write
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_nas import Archive, SearchConfig
from langgraph_nas.errors import ModelServerError, PromptCutError
from langgraph_nas.graph.builder import RETRY_ONCE


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
    graph = build(tmp_path, sandbox, answer=away, retry_policy=None).compile(checkpointer=saver)
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


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_model_server_that_was_away_for_a_moment_is_asked_once_more(
    tmp_path: Path, sandbox: FakeSandbox, way: str
) -> None:
    calls: list[int] = []

    def away(prompt: str, number: int) -> str:
        calls.append(number)
        if len(calls) == 2:
            raise ModelServerError("it is away")
        return write(prompt, number)

    policy = RETRY_ONCE._replace(initial_interval=0.01)
    graph = build(tmp_path, sandbox, answer=away, retry_policy=policy).compile()
    run = getattr(graph, way)({"settings": {"iterations": 2}}, {"recursion_limit": 100})
    last = asyncio.run(run) if way == "ainvoke" else run
    assert (last["iteration"], len(calls)) == (2, 3)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert [row["status"] for row in archive.searches()] == ["finished"]


def test_what_a_human_must_fix_is_not_tried_again(tmp_path: Path, sandbox: FakeSandbox) -> None:
    calls: list[int] = []

    def refuse(prompt: str, number: int) -> str:
        calls.append(number)
        raise PromptCutError("raise --num-ctx")

    with pytest.raises(PromptCutError):
        build(tmp_path, sandbox, answer=refuse).compile().invoke({}, {"recursion_limit": 100})
    assert len(calls) == 1


def test_searches_may_have_a_name_of_their_own(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox, name="small-boards").compile(checkpointer=InMemorySaver())
    short = {"settings": {"iterations": 1}}
    names = [graph.invoke(short, on(thread))["search"] for thread in ("1", "2")]
    assert names == ["small-boards", "small-boards-1"]


def test_prompts_are_fields_that_studio_can_edit(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile()
    fields = graph.get_context_jsonschema()["properties"]
    diagnose = fields["prompt_diagnose"]
    assert (diagnose["langgraph_type"], diagnose["langgraph_nodes"]) == ("prompt", ["diagnose"])
    edited = diagnose["default"] + "\nAnswer briefly."
    context = {"iterations": 1, "prompt_diagnose": edited, **_as_shown(fields)}
    last = graph.invoke({}, {"recursion_limit": 100}, context=context)
    assert last["settings"]["prompts"] == {"diagnose": edited}  # the others are ours still
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        asked = [call["prompt"] for call in archive.calls(last["search"], 1)]
    assert asked[1].endswith("\nAnswer briefly.")


def _as_shown(fields: dict[str, Any]) -> dict[str, Any]:
    """A form that sends all its prompts, edited or not."""
    prompts = {key: field["default"] for key, field in fields.items() if key.startswith("prompt_")}
    del prompts["prompt_diagnose"], prompts["prompt_tokens"]
    return prompts


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
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    found = graph.batch([{}] * 3, [on(name) for name in "abc"])
    assert [state["search"] for state in found] == ["a", "b", "c"]
    assert [state["iteration"] for state in found] == [3, 3, 3]


def test_settings_may_come_as_context(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile()
    limit = {"recursion_limit": 100}
    assert graph.invoke({}, limit, context={"iterations": 1})["iteration"] == 1
    assert graph.invoke({}, limit, context=SearchConfig(iterations=2))["iteration"] == 2


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
