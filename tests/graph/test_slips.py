"""Settings that are none: refused wherever they may be given, with the nearest names."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.graphs import build
from langgraph.graph import END, START, StateGraph
from pydantic import ValidationError
from typing_extensions import TypedDict

from langgraph_nas import NasError, ResumableError, SearchConfig, UsageError, nas_node
from langgraph_nas import errors as all_errors

LIMIT: dict[str, Any] = {"recursion_limit": 100}
TYPO = "there is no setting 'iteratons': did you mean 'iterations'"


def test_every_error_is_of_a_class_whose_message_a_server_shows() -> None:
    kinds = [kind for kind in vars(all_errors).values() if isinstance(kind, type)]
    raised = [kind for kind in kinds if issubclass(kind, NasError) and kind is not NasError]
    assert len(raised) > 10
    assert all(issubclass(kind, ValueError | RuntimeError) for kind in raised)
    assert issubclass(UsageError, ValueError)
    assert issubclass(ResumableError, RuntimeError)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("iteratons", "did you mean 'iterations'"),
        ("prompt-tokens", "did you mean 'prompt_tokens'"),
        ("Seed", "did you mean 'seed'"),
        ("qqq", "docs/settings.md lists all"),
    ],
)
def test_a_setting_that_is_none_is_refused_with_the_nearest_name(name: str, words: str) -> None:
    with pytest.raises(ValidationError, match=rf"there is no setting '{name}': {words}"):
        SearchConfig(**{name: 1})


@pytest.mark.parametrize(
    "given",
    [
        {"input": {"settings": {"iteratons": 1}}},
        {"input": {}, "context": {"iteratons": 1}},
        {"input": {}, "config": {"configurable": {"iteratons": 1}, **LIMIT}},
    ],
)
def test_a_slip_in_a_run_of_the_graph_is_refused(
    tmp_path: Path, sandbox: FakeSandbox, given: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=TYPO):
        build(tmp_path, sandbox).compile().invoke(**given)
    assert sandbox.jobs == []


def test_configurable_values_are_settings_but_for_those_that_are_none(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    given = {"configurable": {"iterations": 1, "user_id": "me", "thread_id": "t"}, **LIMIT}
    assert build(tmp_path, sandbox).compile().invoke({}, given)["iteration"] == 1
    over = build(tmp_path, sandbox).compile().invoke({}, given, context={"iterations": 2})
    assert over["iteration"] == 2


def test_a_value_out_of_bounds_is_told_in_one_line(tmp_path: Path, sandbox: FakeSandbox) -> None:
    with pytest.raises(UsageError) as caught:
        build(tmp_path, sandbox).compile().invoke({"settings": {"iterations": 0}}, LIMIT)
    assert str(caught.value) == "iterations 0: input should be greater than or equal to 1"


def test_the_length_of_prompts_may_come_as_context(tmp_path: Path, sandbox: FakeSandbox) -> None:
    context = {"iterations": 1, "prompt_tokens": 900}
    last = build(tmp_path, sandbox).compile().invoke({}, LIMIT, context=context)
    assert (last["settings"]["prompt_tokens"], last["settings"]["prompts"]) == (900, {})


class Parent(TypedDict, total=False):
    dataset: str
    nas: dict[str, Any]


def parent(node: Any, **schema: Any) -> Any:
    graph = StateGraph(Parent, **schema)
    graph.add_node("nas", node)
    graph.add_edge(START, "nas")
    graph.add_edge("nas", END)
    return graph.compile()


def test_a_node_refuses_a_slip_of_its_parent(tmp_path: Path) -> None:
    node = nas_node(settings=lambda state: {"iteratons": 1}, database=tmp_path / "s.db")
    with pytest.raises(UsageError, match=TYPO):
        parent(node).invoke({}, LIMIT)


def test_what_a_parents_context_holds_besides_is_left_to_the_parent(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    class Context(TypedDict, total=False):
        user_id: str
        iterations: int
        iteratons: int

    graph = parent(build(tmp_path, sandbox).compile(), context_schema=Context)
    config = {"configurable": {"prompt": "x"}, **LIMIT}
    graph.invoke({}, config, context={"user_id": "me", "iterations": 1})
    assert len(sandbox.jobs) == 1
    with pytest.raises(UsageError, match=TYPO):
        graph.invoke({}, config, context={"iteratons": 1})
