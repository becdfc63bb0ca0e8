"""`compare`: real trainings of two baselines on digits, in several processes, stopped half-way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from langgraph_nas.archive import Archive

Nas = Callable[..., tuple[int, str, str]]


@pytest.fixture
def arguments(replies: Path) -> list[str]:
    """Two arms that ask no LLM, two seeds, two iterations: 14 trainings in fresh sandboxes."""
    return [
        *("compare", "--arms", "random,evolution", "--seeds", "2", "--iterations", "2"),
        *("--no-confirm-best", "--finalists", "1"),
        *("--dataset", "digits", "--train-samples", "128", "--batch-size", "32"),
        *("--sandbox", "unsafe-subprocess", "--cpus", "1", "--llm", f"replay:{replies}"),
    ]


@pytest.mark.slow(seconds=70)
@pytest.mark.timeout(900)
def test_two_baselines_are_compared_for_real(nas: Nas, arguments: list[str], folder: Path) -> None:
    files = ["--plot", "best.png", "--markdown", "table.md"]
    code, out, err = nas(*arguments, *files, "--json", "--quiet")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [row["arm"] for row in found["rows"]] == ["random", "evolution", "resnet9"]
    assert (found["baseline"], found["finished"], found["of"]) == ("random", 6, 6)
    for run in found["runs"]:
        assert 0 < run["score"] <= 1
        assert len(run["curve"]) == run["trainings"] >= 1
        assert run["tokens"] == 0
    assert found["words"][0].startswith("Only 2 paired seeds, fewer than 10")
    assert (folder / "table.md").read_text() == found["markdown"]
    assert (folder / "best.png").stat().st_size > 10_000
    code, out, _ = nas(*arguments)  # nothing is left to be done
    assert code == 0
    assert "is not " in out
    assert "random" in out.split("evolution")[0]


@pytest.mark.slow(seconds=50)
@pytest.mark.timeout(900)
def test_ctrl_c_stops_all_processes_and_the_same_command_goes_on(
    nas: Nas, arguments: list[str], folder: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "langgraph_nas.cli", *arguments, "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert " 1/6 " in f" {process.stdout.readline()}"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "searches are through; go on with: the same command again" in err
    with Archive.open(folder / "nas-runs/searches.db", readonly=True) as archive:
        before = {name: archive.search(name) for name in archive.names()}
    finished = [name for name, row in before.items() if row["status"] == "finished"]
    assert 0 < len(finished) < 6
    assert {row["status"] for row in before.values()} <= {"finished", "interrupted"}
    code, out, _ = nas(*arguments, "--jobs", "2", "--json", "--quiet")
    assert (code, json.loads(out)["finished"]) == (0, 6)
    with Archive.open(folder / "nas-runs/searches.db", readonly=True) as archive:
        assert all(archive.search(name) == before[name] for name in finished)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--arms", "fastest"), "there is no arm fastest; there are full, as_published"),
        (("--plot", "no/where.png"), "--plot no/where.png: there is no folder no"),
        (("--finalists", "0"), "--finalists must be at least 1"),
        (("--reuse", "database"), "leave out --reuse database"),
        (("--method", "full"), "no such option"),
    ],
)
def test_what_can_t_be_compared_is_one_line(
    nas: Nas, options: tuple[str, str], words: str, folder: Path
) -> None:
    code, out, err = nas("compare", *options)
    assert (code, out) == (2, "")
    assert words in err.lower() if "option" in words else words in err
    assert not (folder / "nas-runs").exists()
