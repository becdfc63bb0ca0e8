"""A search `s` to be replayed, and what one does with its replay."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

from fakes.chat import ScriptedChatModel
from fakes.context import Answer, diagnosis
from fakes.sandbox import FakeSandbox, program
from fakes.settings import PLAIN
from langgraph_nas import Archive, SearchConfig, compare_searches, search
from langgraph_nas.datasets import PreparedData
from langgraph_nas.runs import Comparison

OUTCOMES: list[Any] = [0.3, "forward_error", 0.5, 0.5, 0.9, 0.7]


def run_first(folder: Path, sandbox: FakeSandbox, **settings: Any) -> Path:
    """Run a search `s` with chat model objects and return its database."""

    def write(prompt: str, number: int) -> str:
        return f"```python\n{program(OUTCOMES[number], number + 1)}```"

    return run_with(write, folder, sandbox, **settings)


def run_with(write: Answer, folder: Path, sandbox: FakeSandbox, **settings: Any) -> Path:
    config = SearchConfig(**{**PLAIN, "iterations": 6, "finalists": 2, "memory": 3} | settings)
    search(
        config,
        name="s",
        database=folder / "s.db",
        generator=ScriptedChatModel(answer=write),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=sandbox,
    )
    return folder / "s.db"


def write_at_length(prompt: str, number: int) -> str:
    comments = "\n".join(f"# remark {n} on network {number}" for n in range(40))
    return f"```python\n{program(OUTCOMES[number], number + 1)}{comments}```"


def stopping_at(job: int, data: PreparedData) -> tuple[threading.Event, FakeSandbox]:
    """Return an event, and a sandbox that sets it when it gets its job of this number."""
    stop, sandbox = threading.Event(), FakeSandbox(labels=data.labels)
    sandbox.on_run = lambda _: stop.set() if len(sandbox.jobs) == job else None
    return stop, sandbox


def compared(database: Path, second: str = "s-replay-1") -> Comparison:
    with Archive.open(database, readonly=True) as archive:
        return compare_searches(archive, "s", second)


def change(database: Path, sql: str) -> None:
    connection = sqlite3.connect(database)
    with connection:
        assert connection.execute(sql).rowcount == 1
    connection.close()
