"""A clock that is set back by a day in mid-search."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.faulty import Clock, Work, strike
from fakes.kills import Point
from fakes.recorded import going_on, recorded_config
from fakes.settings import PLAIN
from fakes.story import story
from langgraph.checkpoint.base import id as checkpoint_ids

from langgraph_nas import Archive, SearchConfig, search
from langgraph_nas.cli.commands.list import list_searches
from langgraph_nas.errors import SearchStopped

DAY = 86_400.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def all_seconds(database: Path) -> list[float]:
    with Archive.open(database, readonly=True) as archive:
        times = [archive.search("s")["seconds"]]
        times += [call["seconds"] or 0 for call in archive.calls("s")]
        for trial in archive.trials("s"):
            times += [trial["seconds_total"] or 0, *trial["seconds"].values()]
    return times


def test_a_search_of_which_the_clock_is_set_back_is_the_same_search(
    tmp_path: Path,
    sandbox: FakeSandbox,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config, database = recorded_config(tmp_path), tmp_path / "s.db"
    going_on(config, tmp_path / "whole" / "s.db", sandbox)()
    strike(monkeypatch, Point(Archive, "record_trial", "before"), 3, lambda: clock.set_back(DAY))

    going_on(config, database, sandbox)()

    assert story(database) == story(tmp_path / "whole" / "s.db")
    assert all(0 <= seconds < 60 for seconds in all_seconds(database))
    capsys.readouterr()
    list_searches(database=database, json=True)
    (row,) = json.loads(capsys.readouterr().out)["searches"]
    assert (row["status"], row["iterations"]) == ("finished", 6)
    assert 0 < row["seconds"] < 60


def test_a_search_that_is_resumed_a_day_before_it_was_started_goes_on_where_it_stopped(
    tmp_path: Path, sandbox: FakeSandbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, database = recorded_config(tmp_path), tmp_path / "s.db"
    going_on(config, tmp_path / "whole" / "s.db", sandbox)()

    def stop() -> None:
        raise SearchStopped("stopped by the test")

    with monkeypatch.context() as patch:
        strike(patch, Point(Archive, "record_triple", "before"), 4, stop)
        going_on(config, database, sandbox)()
    clock.set_back(DAY)
    # Another process: ids of checkpoints come from its clock alone.
    monkeypatch.setattr(checkpoint_ids, "_last_v6_timestamp", None)
    work = Work(monkeypatch)
    going_on(config, database, sandbox)()

    assert story(database) == story(tmp_path / "whole" / "s.db")
    assert work.twice() == (0, 0)
    assert len(work.asked) == 4
    assert all(0 <= seconds < 60 for seconds in all_seconds(database))


@pytest.mark.parametrize("by", [DAY, -DAY])
def test_a_time_budget_is_neither_stretched_nor_used_up_by_the_clock(
    tmp_path: Path,
    sandbox: FakeSandbox,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    by: float,
) -> None:
    def write(prompt: str, number: int) -> str:
        return f"```python\n{program(0.5, number + 1)}```"

    sandbox.seconds = 0.06
    models: dict[str, Any] = {
        "generator": ScriptedChatModel(answer=write),
        "improver": ScriptedChatModel(answer=diagnosis),
    }
    strike(monkeypatch, Point(Archive, "record_trial", "before"), 2, lambda: clock.set_back(by))

    result = search(
        SearchConfig(**PLAIN, iterations=60, time_budget=1.5, finalists=0),
        name="s",
        database=tmp_path / "s.db",
        sandbox=sandbox,
        **models,
    )

    assert result.stopped == "time_budget"
    assert 3 <= result.iterations < 30
