"""Requests that can never work are refused before anything of them is in the archive."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from fakes import FakeSandbox
from fakes.cells import ScriptedCell, ScriptedSandbox
from fakes.data import tiny_data
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_nas import (
    Archive,
    SearchConfig,
    create_nas_graph,
    evaluate_files,
    export,
    open_checkpointer,
    replay,
    resume,
    search,
)
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import (
    SandboxError,
    SandboxUnavailableError,
    StorageError,
    UsageError,
)
from langgraph_nas.evaluation import Sandboxed, has_gpu
from langgraph_nas.sandbox.base import Limits, Workload
from langgraph_nas.sandbox.cell import Cell, Exit
from langgraph_nas.session.capacity import refuse_no_start

DRAWN: dict[str, Any] = {"method": "random", "iterations": 1, "finalists": 0}
HERE: dict[str, Any] = {**DRAWN, "sandbox": "unsafe-subprocess"}
DOCKER: dict[str, Any] = {**DRAWN, "sandbox": "docker"}
BUBBLEWRAP: dict[str, Any] = {**DRAWN, "sandbox": "bubblewrap"}

CASES = [
    pytest.param(
        {**HERE, "device": "cuda"},
        "--device cuda: no NVIDIA driver answers",
        marks=pytest.mark.skipif(has_gpu(), reason="there is a GPU"),
    ),
    ({**HERE, "cpus": 10_000}, r"--cpus 10000: there are \d+; give at most that"),
    ({**HERE, "memory_mb": 10**9}, r"--memory-mb 1000000000: the machine has \d+ MiB"),
    ({**HERE, "dataset": "folder:/nowhere"}, "/nowhere"),
    ({**HERE, "train_samples": 10**6}, "1,000,000 training samples were asked for"),
    ({**HERE, "runtime": "runsc"}, "--runtime runsc is Docker's"),
    ({**HERE, "prompts": {"nothing": "x"}}, "nothing"),
    pytest.param({**DOCKER, "cpus": 10_000}, "--cpus 10000: there are", marks=pytest.mark.docker),
    pytest.param(
        {**DOCKER, "cpus": 0.001}, "--cpus 0.001: give at least 0.01", marks=pytest.mark.docker
    ),
    pytest.param({**DOCKER, "runtime": "nope"}, "runtime", marks=pytest.mark.docker),
]
NO_IMAGE = pytest.param(
    "search", {**DOCKER, "image": "nope:1"}, "no image nope:1", marks=pytest.mark.docker
)
"""A graph builds the image that it lacks."""


def each_way(case: Any) -> list[Any]:
    """The case for `search()` and for a graph."""
    values, marks = getattr(case, "values", case), getattr(case, "marks", ())
    return [pytest.param(way, *values, marks=marks) for way in ("search", "graph")]


@pytest.mark.parametrize(
    ("way", "settings", "words"), [*(way for case in CASES for way in each_way(case)), NO_IMAGE]
)
def test_what_can_never_work_is_refused_and_leaves_no_search(
    tmp_path: Path, way: str, settings: dict[str, Any], words: str
) -> None:
    database = tmp_path / "s.db"
    config = SearchConfig(**settings)
    run: Any = lambda: search(config, database=database, build_image=False)  # noqa: E731
    if way == "graph":
        graph = create_nas_graph(config=config, database=database)
        run = lambda: graph.compile(checkpointer=InMemorySaver()).invoke(  # noqa: E731
            {}, {"configurable": {"thread_id": "t"}, "recursion_limit": 50}
        )
    with pytest.raises(UsageError, match=words):
        run()
    if database.exists():
        with Archive.open(database, readonly=True) as archive:
            assert archive.names() == []


class Refusing(ScriptedSandbox):
    def _launch(self, workload: Workload, limits: Limits) -> Cell:
        raise SandboxError("there are not so many processes")


def test_a_sandbox_that_does_not_start_is_told_before_a_search(tmp_path: Path) -> None:
    config = SearchConfig()
    sandbox = Refusing(lambda: ScriptedCell([], [], Exit(0)))
    evaluator = Sandboxed(sandbox, tiny_data(tmp_path), config)
    with sandbox, pytest.raises(SandboxUnavailableError, match="not so many processes"):
        refuse_no_start(evaluator)


@pytest.mark.skipif(torch.cuda.is_available(), reason="here is a GPU, so its sandbox starts")
@pytest.mark.parametrize("kind", ["bubblewrap", "unsafe-subprocess"])
def test_a_gpu_that_torch_can_not_use_in_the_sandbox_is_told_before_a_search(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on a machine whose driver answers, but is too old, or lies where the sandbox lacks it.
    monkeypatch.setattr("langgraph_nas.session.capacity.has_gpu", lambda: True)
    database = tmp_path / "s.db"
    config = SearchConfig(**{**HERE, "device": "cuda", "sandbox": kind})
    with pytest.raises(SandboxUnavailableError, match=r"(?s)(NVIDIA|CUDA).*--device cpu"):
        search(config, database=database)
    with Archive.open(database, readonly=True) as archive:
        assert archive.names() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o500)
    with pytest.raises(StorageError, match="mine"):
        search(SearchConfig(**HERE), database=tmp_path / "mine" / "s.db")


def test_a_database_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        search(SearchConfig(**HERE), database=tmp_path / "file" / "s.db")


class Given:
    """A path of somebody's own class."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return str(self._path)


@pytest.mark.parametrize("kind", [str, Given])
def test_a_path_may_be_given_as_a_text_or_as_any_path(
    tmp_path: Path, sandbox: FakeSandbox, digits: PreparedData, kind: Any
) -> None:
    class AnyProgramScores(FakeSandbox):
        def _result(self, job: Any, workload: Any) -> Any:
            return super()._result(
                type(job)("# outcome: 0.5", job.recipe, job.send_weights), workload
            )

    scores = AnyProgramScores(labels=digits.labels)
    database = kind(tmp_path / "s.db")
    config = SearchConfig(**DRAWN, data_root=kind(tmp_path / "data"))
    assert config.data_root == str(tmp_path / "data")
    assert search(config, name="s", database=database, sandbox=scores).best_program is not None
    assert resume("s", database=database, sandbox=scores, iterations=2).iterations == 2
    assert replay("s", database=database, sandbox=scores).iterations == 2
    with Archive.open(database, readonly=True) as archive, open_checkpointer(database) as saver:
        assert (archive.names(), saver.get({"configurable": {"thread_id": "s"}}) is None) == (
            ["s", "s-replay-1"],
            False,
        )
    best = kind(tmp_path / "s" / "best.py")
    assert evaluate_files(best, config, sandbox=scores)[0]["outcome"] == "ok"
    assert evaluate_files([best], config, sandbox=scores)[0]["outcome"] == "ok"
    with pytest.raises(UsageError, match="is there already"):
        export("s", kind(tmp_path), database=database, sandbox=scores)
    graph = create_nas_graph(config=config, database=database, sandbox=scores).compile()
    assert graph.invoke({}, {"recursion_limit": 50})["search"] == "digits-1"
