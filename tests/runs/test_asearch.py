"""asearch() and aresume(): the event loop stays free, and cancelling keeps what is finished."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, aresume, asearch

CONFIG = SearchConfig(**PLAIN, iterations=3, finalists=0, form="code", improver_form="text")


def options(folder: Path, sandbox: FakeSandbox) -> dict[str, Any]:
    return {
        "name": "s",
        "database": folder / "s.db",
        "generator": ScriptedChatModel(
            answer=lambda prompt, n: f"```python\n{program(0.3 + n / 10, n + 1)}```"
        ),
        "improver": ScriptedChatModel(answer=diagnosis),
        "sandbox": sandbox,
    }


def test_other_tasks_run_meanwhile(tmp_path: Path, sandbox: FakeSandbox) -> None:
    sandbox.seconds = 0.2

    async def both() -> tuple[Any, int]:
        task = asyncio.ensure_future(asearch(CONFIG, **options(tmp_path, sandbox)))
        ticks = 0
        while not task.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return await task, ticks

    result, ticks = asyncio.run(both())
    assert (result.iterations, result.valid) == (3, 3)
    assert ticks > 10


def test_a_cancelled_search_kills_its_candidate_and_goes_on_later(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    sandbox.seconds = 60

    async def cancel() -> float:
        task = asyncio.ensure_future(asearch(CONFIG, **options(tmp_path, sandbox)))
        while not sandbox.jobs:
            await asyncio.sleep(0.01)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert asyncio.run(cancel()) < 10
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert archive.search("s")["status"] == "interrupted"
    sandbox.seconds = 0
    again = options(tmp_path, sandbox)
    del again["name"]
    assert asyncio.run(aresume("s", **again)).iterations == 3
