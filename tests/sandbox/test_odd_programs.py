"""Odd but legal programs score what they score in the plainest loop that builds them once."""

import shutil
import tempfile
from pathlib import Path

import pytest
from fakes.plain_loop import plain_loop
from odd.attacks import ATTACKS
from odd.building import BUILDING
from odd.running import RUNNING
from odd.surroundings import SURROUNDINGS
from odd.values import VALUES

from langgraph_nas.config import SearchConfig
from langgraph_nas.datasets import PreparedData, prepare
from langgraph_nas.evaluation import Sandboxed
from langgraph_nas.evaluation.recipe import recipe_of
from langgraph_nas.sandbox.warm import CellSandbox
from langgraph_nas.spaces import user_candidate

CONFIG = SearchConfig(dataset="digits", cpus=1)
QUICK = ("a plan that is popped", "a width from a file", "every other pass goes another way")
QUICK += ("cholesky", "imports it does not need", "a compiled method")
PROGRAMS = BUILDING | RUNNING | VALUES | SURROUNDINGS | ATTACKS


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> PreparedData:
    return prepare("digits", cache=tmp_path_factory.mktemp("cache"))


def scored_alike(program: str, digits: PreparedData, sandbox: CellSandbox, folder: Path) -> None:
    remove_files()
    evaluation = Sandboxed(sandbox, digits, CONFIG).evaluate(user_candidate(program))
    assert evaluation["outcome"] == "ok", evaluation["message"]
    remove_files()
    parameters, accuracy = plain_loop(
        program, digits, recipe_of(CONFIG, digits.info, "fp32"), folder
    )
    assert evaluation["parameters"] == parameters
    assert evaluation["accuracy"] == pytest.approx(accuracy, abs=0.02)
    assert accuracy > 0.2  # twice what chance gives: it has learnt


def remove_files() -> None:
    """Remove what a program has left on the disk when it was trained."""
    for path in Path(tempfile.gettempdir()).glob("odd-program-*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("name", QUICK)
def test_an_odd_program_scores_what_it_does_in_a_plain_loop(
    name: str, digits: PreparedData, forked: CellSandbox, tmp_path: Path
) -> None:
    scored_alike(PROGRAMS[name], digits, forked, tmp_path)


@pytest.mark.slow  # about half a CPU second for each
@pytest.mark.parametrize("name", sorted(PROGRAMS.keys() - set(QUICK)))
def test_so_does_each_of_the_others(
    name: str, digits: PreparedData, forked: CellSandbox, tmp_path: Path
) -> None:
    scored_alike(PROGRAMS[name], digits, forked, tmp_path)
