"""A damaged file of checkpoints is told in one line that says what to do, and doing it helps."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.chat import ScriptedChatModel
from fakes.context import fake_context
from fakes.graphs import lasting
from fakes.loop import write
from fakes.sandbox import FakeSandbox

from langgraph_nas.errors import StorageError
from langgraph_nas.graph import (
    aopen_checkpointer,
    checkpoint_path,
    create_nas_graph,
    open_checkpointer,
)
from langgraph_nas.llm import Role, Sampling
from langgraph_nas.llm.backend import Backend
from langgraph_nas.runs import first_state
from langgraph_nas.sandbox.base import Job, Run, Workload
from langgraph_nas.trials import SearchContext

THREAD: Any = {"configurable": {"thread_id": "s"}, "recursion_limit": 100}
PAGE = 4096


def search(context: SearchContext, folder: Path) -> dict[str, Any]:
    """Run a search from its checkpoints, or from its beginning where there are none."""
    with open_checkpointer(folder / "searches.db") as saver:
        graph = create_nas_graph().compile(checkpointer=saver)
        begun = graph.get_state(THREAD).values
        state = graph.invoke(
            None if begun else first_state("s", context.config), THREAD, context=context
        )
        return lasting(state)


def damage(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(b"\xff" * PAGE)


@pytest.mark.parametrize("page", [0, 1, 20])
async def test_a_damaged_page_is_told_in_one_line_when_the_file_is_opened(
    tmp_path: Path, page: int
):
    search(fake_context(tmp_path, write, iterations=3), tmp_path)
    path = checkpoint_path(tmp_path / "searches.db")
    damage(path, page)

    with pytest.raises(StorageError) as told, open_checkpointer(tmp_path / "searches.db"):
        pytest.fail("it was opened")
    with pytest.raises(StorageError) as atold:
        async with aopen_checkpointer(tmp_path / "searches.db"):
            pytest.fail("it was opened")

    assert str(told.value) == str(atold.value)
    assert str(told.value).startswith(f"the checkpoints {path} are damaged (")
    assert "move that file away and resume" in str(told.value)
    assert "\n" not in str(told.value)


def read_while_it_breaks(folder: Path) -> None:
    with open_checkpointer(folder / "searches.db") as saver:
        for page in range(1, 40):
            damage(checkpoint_path(folder / "searches.db"), page)
        list(saver.list(THREAD))


def test_damage_that_shows_while_a_search_runs_is_told_too(tmp_path: Path):
    search(fake_context(tmp_path, write, iterations=3), tmp_path)

    with pytest.raises(StorageError, match=r"are damaged \(.*; move that file away and resume"):
        read_while_it_breaks(tmp_path)


class BaseModel(Backend):
    """A model that continues texts: its schema lists the edits that were not tried yet."""

    completion = True


class LaterIsBetter(FakeSandbox):
    """Scores every program, better ones the later they come."""

    def _result(self, job: Job, workload: Workload) -> Run:
        scored = Job(f"# outcome: {len(self.jobs) / 100}", job.recipe, job.send_weights)
        return super()._result(scored, workload)


def write_spec(prompt: str, number: int) -> str:
    if number == 0:
        return json.dumps({"layers": ["conv 32 3 relu", "maxpool"], "head": "gap"})
    return json.dumps({"edits": [f"replace 1 conv {8 * number} 3 gelu"]})


def code_search(folder: Path) -> tuple[SearchContext, ScriptedChatModel]:
    model = ScriptedChatModel(answer=write)
    context = fake_context(folder, write, iterations=8)
    return replace(context, generator=Role("generator", Backend("m", model, Sampling()))), model


def spec_search(folder: Path) -> tuple[SearchContext, ScriptedChatModel]:
    model = ScriptedChatModel(answer=write_spec)
    context = fake_context(folder, write, sandbox=LaterIsBetter(), iterations=8, form="spec")
    return replace(context, generator=Role("generator", BaseModel("m", model, Sampling()))), model


@pytest.mark.parametrize("begin", [code_search, spec_search])
def test_with_the_file_moved_away_a_search_asks_and_trains_nothing_twice(
    tmp_path: Path, begin: Callable[[Path], tuple[SearchContext, ScriptedChatModel]]
):
    context, model = begin(tmp_path)
    sandbox = context.evaluator.sandbox
    assert isinstance(sandbox, FakeSandbox)
    state = search(context, tmp_path)
    trials, asked, trained = context.archive.trials("s"), len(model.prompts), len(sandbox.jobs)
    assert len(trials) == trained == 8
    path = checkpoint_path(tmp_path / "searches.db")
    damage(path, 0)

    path.rename(tmp_path / "damaged.db")

    assert search(context, tmp_path) == state
    assert (len(model.prompts), len(sandbox.jobs)) == (asked, trained)
    assert context.archive.trials("s") == trials
