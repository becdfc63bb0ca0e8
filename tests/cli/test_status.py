"""How a search stands whose process died: nobody was left to record it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from langgraph_nas import Archive, SearchConfig
from langgraph_nas.cli.app import app
from langgraph_nas.session import sole_owner


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "s.db"
    with Archive.open(path) as archive:
        archive.create_search("dead", SearchConfig().model_dump(), {"scored_split": "validation"})
    return path


def told(*arguments: str) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_search_that_nobody_runs_any_more_was_killed(database: Path) -> None:
    (database.parent / "s.locks").mkdir()
    (database.parent / "s.locks" / "dead.lock").touch()
    assert told("list", "--database", str(database))["searches"][0]["status"] == "killed"
    assert told("show", "dead", "--database", str(database))["search"]["status"] == "killed"


def test_one_that_somebody_runs_is_running(database: Path) -> None:
    with sole_owner("dead", database):
        assert told("list", "--database", str(database))["searches"][0]["status"] == "running"
        assert told("show", "dead", "--database", str(database))["search"]["status"] == "running"
    with sole_owner("dead", database):  # to look took nothing from it
        pass
