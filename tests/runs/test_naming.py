"""The names of new searches, and what is left of one that can't begin."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import SearchConfig, search
from langgraph_nas.errors import UsageError
from langgraph_nas.session import sole_owner


def begin(folder: Path, sandbox: FakeSandbox, name: str | None = None, **settings: Any) -> str:
    """Run a search of one iteration and return its name."""
    models = {
        "generator": ScriptedChatModel(answer=lambda *_: f"```python\n{program(0.5)}```"),
        "improver": ScriptedChatModel(answer=diagnosis),
    }
    config = SearchConfig(**{**PLAIN, "iterations": 1, "finalists": 0} | settings)
    return search(config, name=name, database=folder / "s.db", sandbox=sandbox, **models).name


def test_a_search_of_an_unknown_data_set_leaves_nothing_behind(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    with pytest.raises(UsageError, match="nope"):
        begin(tmp_path, sandbox, dataset="nope")
    assert list(tmp_path.iterdir()) == []


def test_searches_that_begin_at_once_take_names_of_their_own(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    with sole_owner("digits-1", tmp_path / "s.db"):  # as another process, not recorded yet
        assert begin(tmp_path, sandbox) == "digits-2"
        with pytest.raises(UsageError, match="'digits-1' is running in another process"):
            begin(tmp_path, sandbox, name="digits-1")
    assert begin(tmp_path, sandbox) == "digits-1"
