"""Methods and spaces of other packages: as objects, and by the names of entry points."""

import random
import subprocess
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from pydantic import ValidationError

from langgraph_nas import (
    Archive,
    SearchConfig,
    SearchContext,
    SearchState,
    UsageError,
    compare_searches,
    create_nas_graph,
    replay,
    resume,
    search,
)
from langgraph_nas.datasets import PreparedData
from langgraph_nas.methods import BaseMethod, asks_llm, find_method
from langgraph_nas.registry import EVALUATORS, METHODS, SPACES
from langgraph_nas.sandbox.base import Job, Run
from langgraph_nas.spaces.blocks.space import Blocks
from langgraph_nas.state import Candidate

ROOT = Path(__file__).parents[2]


class Growing(BaseMethod):
    """Proposes one more convolution in each round."""

    name = "growing"

    def propose(self, state: SearchState, context: SearchContext) -> Generator[Any, Any, Candidate]:
        yield from ()
        blocks = ["conv 8 3 relu"] * (state.get("iteration", 0) + 1)
        return context.space.candidate([*blocks, "head gap"], "sampler")

    def facts(self, settings: Any, facts: Any) -> dict[str, Any]:
        return {"grown": True}


class OwnSpace(Blocks):
    """Blocks, but only one network."""

    name = "own"

    def draw(self, rng: random.Random) -> list[str]:
        return ["conv 8 3 relu", "head gap"]


class ScoringSandbox(FakeSandbox):
    """Scores any program, by its length."""

    def _result(self, job: Job, workload: Any) -> Run:
        said = f"# outcome: 0.{len(job.program) % 90 + 10}\n"
        return super()._result(replace(job, program=said + job.program), workload)


@pytest.fixture
def sandbox(digits: PreparedData) -> FakeSandbox:
    return ScoringSandbox(labels=digits.labels)


def config(**given: Any) -> SearchConfig:
    return SearchConfig.model_validate(
        {"iterations": 3, "finalists": 0, "space": "blocks", **given}
    )


def test_a_method_object_searches_and_is_asked_for_again(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = tmp_path / "s.db"
    search(config(), name="s", database=database, sandbox=sandbox, method=Growing())
    with Archive.open(database) as archive:
        assert [len(t["spec"] or []) for t in archive.trials("s")] == [2, 3, 4]
        row = archive.search("s")
        assert row["settings"]["method"] == "object:Growing"
        assert row["facts"]["grown"]
    with pytest.raises(UsageError, match=r"method object \(Growing\): .* pass method="):
        resume("s", database=database, sandbox=sandbox, iterations=4)
    resume("s", database=database, sandbox=sandbox, iterations=4, method=Growing())
    with Archive.open(database) as archive:
        assert len(archive.trials("s")) == 4


def test_a_search_goes_on_and_replays_with_what_it_was_started_with(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = tmp_path / "s.db"
    given: dict[str, Any] = {"database": database, "sandbox": sandbox}
    search(config(method="random"), name="r", **given)
    with pytest.raises(UsageError, match="started with method random, not object:Growing"):
        resume("r", iterations=5, method=Growing(), **given)
    resume("r", iterations=5, **given)
    search(config(), name="s", method=Growing(), **given)
    with pytest.raises(UsageError, match="pass method="):
        replay("s", **given)
    replay("s", method=Growing(), **given)
    with Archive.open(database) as archive:
        assert compare_searches(archive, "s", "s-replay-1").same


def test_a_graph_takes_the_same_objects(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = create_nas_graph(
        config=config(), method=Growing(), sandbox=sandbox, database=tmp_path / "s.db"
    ).compile()
    state = graph.invoke({})
    assert state["iteration"] == 3
    assert state["settings"]["method"] == "object:Growing"


def test_a_space_object_is_drawn_from(tmp_path: Path, sandbox: FakeSandbox) -> None:
    from fakes.data import tiny_task

    settings = config(method="random", iterations=1)
    space = OwnSpace(tiny_task(), settings)
    found = search(settings, database=tmp_path / "s.db", sandbox=sandbox, space=space)
    with Archive.open(tmp_path / "s.db") as archive:
        assert archive.trials(found.name)[0]["spec"] == ["conv 8 3 relu", "head gap"]
        assert archive.search(found.name)["facts"]["space"] == "own"


PACKAGE = """
from langgraph_nas.methods import BaseMethod

class First(BaseMethod):
    name = "first"
    def propose(self, state, context):
        yield from ()
        return context.space.candidate(["conv 8 3 relu", "head gap"], "sampler")
"""
POINTS = "[langgraph_nas.methods]\nfirst = own_methods:First\nlost = own_methods:Nothing\n"
CODE = """
from langgraph_nas import SearchConfig, UsageError
from langgraph_nas.methods import find_method
from langgraph_nas.registry import METHODS
print(find_method(SearchConfig(method="first").method).name, METHODS.names[-2:])
try:
    find_method("lost")
except UsageError as error:
    print(error)
"""


def test_an_installed_package_adds_a_name(tmp_path: Path) -> None:
    (tmp_path / "own_methods.py").write_text(PACKAGE)
    info = tmp_path / "own_methods-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own-methods\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    path = f"{tmp_path}:{ROOT / 'src'}"
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PYTHONPATH": path}
    )
    first, lost = done.stdout.splitlines()
    assert first == "first ('first', 'lost')"
    assert lost.startswith("the method 'lost' of another package (own_methods:Nothing) can't be")


@pytest.mark.parametrize("registry", [METHODS, SPACES, EVALUATORS])
def test_all_of_ours_are_there(registry: Any) -> None:
    for name in registry.ours:
        assert callable(registry.load(name))


def test_methods_know_their_names() -> None:
    assert all(find_method(name).name == name for name in METHODS.ours)
    assert SearchConfig(method="feedback").method == "full"
    assert [name for name in METHODS.ours if not asks_llm(name)] == ["random", "evolution"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "evolutoin"}, "there is no method 'evolutoin': did you mean 'evolution'"),
        ({"space": "zzz"}, "there is no space 'zzz': there are programs, blocks, cells"),
        ({"evaluator": "tabel:x"}, "there is no evaluator 'tabel': did you mean 'table'"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(settings: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SearchConfig.model_validate(settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "random", "space": "programs"}, "can't be drawn"),
        ({"space": "blocks", "form": "code"}, "has spec; leave --form"),
        ({"space": "programs", "form": "spec"}, "has code, edit; leave"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_runs(
    tmp_path: Path, sandbox: FakeSandbox, settings: Any, message: str
) -> None:
    file = tmp_path / "replies.jsonl"
    file.write_text('{"reply": "none"}')
    models = {role: f"replay:{file}" for role in ("generator", "improver")}
    with pytest.raises(UsageError, match=message):
        search(config(**models, **settings), database=tmp_path / "s.db", sandbox=sandbox)
