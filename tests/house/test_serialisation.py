"""The suite runs with LangGraph's strict serialisation, and nothing may complain of it."""

import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

TESTS = Path(__file__).parents[1]


@dataclass
class Foreign:
    """A value that is not plain."""

    n: int


def test_a_value_that_is_not_plain_does_not_come_back_and_is_complained_of(
    complaints: list[str],
) -> None:
    serde = JsonPlusSerializer()

    read = serde.loads_typed(serde.dumps_typed({"plain": [1, "a", None], "foreign": Foreign(3)}))

    assert read["plain"] == [1, "a", None]
    assert not isinstance(read["foreign"], Foreign)
    (line,) = complaints
    assert line.startswith("Blocked deserialization of ")
    complaints.clear()


def test_a_warning_about_serialisation_is_an_error() -> None:
    with pytest.raises(UserWarning, match="msgpack"):
        warnings.warn("this msgpack type will be blocked", UserWarning, stacklevel=1)


CARELESS = """
from dataclasses import dataclass
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

@dataclass
class Foreign:
    n: int

def test_careless():
    serde = JsonPlusSerializer()
    serde.loads_typed(serde.dumps_typed(Foreign(3)))
"""


def test_a_complaint_fails_the_test_in_which_it_comes(tmp_path: Path) -> None:
    (tmp_path / "test_careless.py").write_text(CARELESS)
    paths = [str(TESTS), str(TESTS.parent / "src")]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "conftest"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
    )
    assert "1 passed, 1 error" in ran.stdout
    assert "Blocked deserialization of" in ran.stdout
