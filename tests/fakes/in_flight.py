"""Searches with several trials in flight, and a sandbox that takes its time."""

import threading
from pathlib import Path
from typing import Any

from fakes.chat import ScriptedChatModel
from fakes.context import diagnosis
from fakes.flights import faults_of
from fakes.sandbox import FakeSandbox, program
from fakes.settings import PLAIN
from langgraph_nas import SearchConfig, search
from langgraph_nas.datasets import PreparedData
from langgraph_nas.sandbox.base import Job, Run

SCORES = [0.5, 0.3, "forward_error", 0.6, 0.2, 0.7, None, 0.1, 0.4, 0.8, 0.9, 0.3]


class SlowSandbox(FakeSandbox):
    """Takes longer with some programs than with others, and counts what runs at a time."""

    def __init__(self, data: PreparedData, slow: Any = lambda width: 0.05) -> None:
        super().__init__(labels=data.labels)
        self._slow, self._lock, self._running = slow, threading.Lock(), 0
        self.most = 0

    def run(self, job: Job, *given: Any, cancel: Any = None, **named: Any) -> Run:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        try:
            width = int(job.program.partition("nn.Linear(")[2].partition(",")[0])
            if cancel is not None and cancel.wait(self._slow(width)):
                return Run(outcome="killed", stage="train", message="cancelled")
            return super().run(job, *given, cancel=cancel, **named)
        finally:
            with self._lock:
                self._running -= 1


def write(prompt: str, number: int) -> str:
    score = SCORES[number % len(SCORES)]
    return "None." if score is None else f"```python\n{program(score, number + 1)}```"


def settings(**given: Any) -> SearchConfig:
    values = {**PLAIN, "iterations": 12, "finalists": 0, "in_flight": 3, "form": "code"}
    return SearchConfig.model_validate({**values, "improver_form": "text", **given})


def models(answer: Any = write) -> dict[str, Any]:
    return {
        "generator": ScriptedChatModel(answer=answer),
        "improver": ScriptedChatModel(answer=diagnosis),
    }


def searched(folder: Path, sandbox: FakeSandbox, answer: Any = write, **given: Any) -> Path:
    search(settings(**given), name="s", database=folder / "s.db", sandbox=sandbox, **models(answer))
    return folder / "s.db"


def assert_whole(database: Path, iterations: int) -> None:
    assert faults_of(database, iterations) == []
