"""A comparison over fakes: real archive, scripted models, a sandbox that trains nothing."""

import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis

from langgraph_nas.config import SearchConfig
from langgraph_nas.runs.study import Study, compare_methods
from langgraph_nas.sandbox.base import Job, Run, Workload


class SeededSandbox(FakeSandbox):
    """Scores any program, by its text and the seed of its training; a ResNet always at 0.5."""

    def _result(self, job: Job, workload: Workload) -> Run:
        host = workload.train.parent / "host"
        self.labels = {split: np.load(host / f"{split}.npy") for split in workload.inputs}
        text = zlib.crc32(job.program.encode()) % 40 + job.recipe.seed % 5
        said = 0.5 if "Residual(512)" in job.program else (50 + text) / 100
        return super()._result(Job(f"# outcome: {said}\n{job.program}", job.recipe), workload)


def models() -> dict[str, Any]:
    """Return models whose networks differ from call to call."""
    count = iter(range(1, 10_000))
    return {
        "generator": ScriptedChatModel(
            answer=lambda prompt, number: f"```python\n{program('any', next(count))}```"
        ),
        "improver": ScriptedChatModel(answer=diagnosis),
    }


Compare = Callable[..., Study]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


@pytest.fixture
def compare(database: Path) -> Compare:
    """Compare two arms over two seeds, two iterations each, unless told otherwise."""

    def run(*, settings: dict[str, Any] | None = None, **keywords: Any) -> Study:
        config = SearchConfig(
            **{"iterations": 2, "finalists": 1, "form": "code"} | (settings or {})
        )
        given = {
            "arms": ("random", "evolution"),
            "seeds": 2,
            "name": "c",
            "database": database,
            "sandbox": SeededSandbox(),
            "stop": threading.Event(),
            **models(),
        }
        return compare_methods(config, **given | keywords)

    return run


@pytest.fixture
def counting() -> Callable[..., FakeSandbox]:
    """Return a sandbox that keeps its jobs in a list, and calls something with each."""

    def make(jobs: list[Job], after: Callable[[], object] = lambda: None) -> FakeSandbox:
        def on_run(job: Job) -> None:
            jobs.append(job)
            after()

        return SeededSandbox(on_run=on_run)

    return make
