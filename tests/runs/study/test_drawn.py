"""Searches that draw their networks: no model is needed, opened or told of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox

from langgraph_nas import Archive, SearchConfig, resume, search
from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.runs.study import compare_methods


@pytest.fixture(autouse=True)
def _no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Ollama nor the embedded model is there."""

    def nothing(*_: Any, **__: Any) -> Any:
        raise ModelUnavailableError("no model to ask")

    for place in ("session.opening", "runs.study.running", "runs.study.resolving"):
        monkeypatch.setattr(f"langgraph_nas.{place}.open_role", nothing)
    for place in ("session.opening", "runs.study.resolving"):
        monkeypatch.setattr(f"langgraph_nas.{place}.resolve_auto", nothing)


@pytest.fixture
def scoring(counting: Callable[..., FakeSandbox]) -> FakeSandbox:
    return counting([])


@pytest.mark.parametrize("method", ["random", "evolution"])
def test_a_search_that_draws_its_networks_needs_no_model(
    tmp_path: Path, scoring: FakeSandbox, method: Any
):
    path = tmp_path / "s.db"
    config = SearchConfig(iterations=3, method=method, finalists=0)
    events: list[dict[str, Any]] = []
    search(config, name="s", database=path, sandbox=scoring, on_event=events.append)
    resume("s", iterations=4, database=path, sandbox=scoring)
    started = next(event for event in events if event["event"] == "search_started")
    assert [started["generator"], started["improver"], started["form"]] == ["none", "none", "spec"]
    with Archive.open(path, readonly=True) as archive:
        assert archive.counts("s")["iterations"] == 4
        assert archive.calls("s") == []


def test_a_search_that_asks_says_that_there_is_no_model(tmp_path: Path, scoring: FakeSandbox):
    with pytest.raises(ModelUnavailableError, match="no model to ask"):
        search(SearchConfig(iterations=1), database=tmp_path / "s.db", sandbox=scoring)


def test_a_comparison_of_drawn_arms_needs_no_model(tmp_path: Path, scoring: FakeSandbox):
    config = SearchConfig(iterations=2, finalists=1)
    arms = ("random", "evolution")
    study = compare_methods(config, arms=arms, seeds=1, database=tmp_path / "s.db", sandbox=scoring)
    assert study.complete
    assert [run.tokens for run in study.runs] == [0, 0, 0]
