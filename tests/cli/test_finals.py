"""What `finalize` and `reliability` print: tables, plain words, progress; and both for real."""

import io
import json
import os
import re
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fakes import program
from fakes.searched import record_search
from rich.console import Console

from langgraph_nas import runs
from langgraph_nas.archive import Archive
from langgraph_nas.cli.live import Live
from langgraph_nas.cli.progress import Plain
from langgraph_nas.errors import SearchStopped
from langgraph_nas.report.finals import (
    finals_rows,
    finals_words,
)
from langgraph_nas.runs import Final, Finals

Nas = Callable[..., tuple[int, str, str]]

NETWORK = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, {width}), nn.ReLU(),
                                    nn.Linear({width}, 10))

    def forward(self, x):
        return self.layers(x)
"""


def final(label: str, scores: tuple[float, ...], **changes: Any) -> Final:
    values: dict[str, Any] = {
        "label": label,
        "iteration": 4,
        "rank": 1,
        "search_rank": 2,
        "search_accuracy": 0.9123,
        "seeds": (1, 2, 3),
        "outcomes": ("ok",) * 3,
        "message": "",
        "scores": scores,
        "mean": sum(scores) / len(scores) if scores else None,
        "deviation": 0.01,
        "test": (),
        "parameters": 12345,
        "seconds": 75.0,
    }
    return Final(**{**values, **changes})


def finals(*networks: Final, **changes: Any) -> Finals:
    values: dict[str, Any] = {
        "name": "digits-1",
        "epochs": 50,
        "seeds": 3,
        "time_limit": 100.0,
        "split": "validation",
        "networks": networks,
        "difference": 0.01,
        "interval": (0.0, 0.02),
        "n_test": 400,
        "test_readings": 6,
        "verdict": "the search's best is 1.0 points above",
        "isolation": "bubblewrap",
        "database": "searches.db",
    }
    return Finals(**{**values, **changes})


def test_a_final_has_mean_and_deviation_and_its_place_in_the_search():
    found = finals(
        final("iteration 4", (0.96, 0.97, 0.98), test=(0.9, 0.92, 0.94)),
        final("ResNet-9", (0.9,), iteration=None, rank=None, search_rank=None),
    )
    headings, rows = finals_rows(found)
    assert headings[3:5] == (">validation", ">test")
    assert rows[0] == (
        *("1.", "iteration 4", "2. 0.912", "0.970 ± 0.010", "0.920 ± 0.020"),
        *("12,345", "1 min 15 s"),
    )
    assert rows[1][:5] == ("", "ResNet-9", "", "0.900", "-")


def test_a_final_that_failed_says_how_and_can_not_command_the_terminal():
    failed = final(
        "iteration 4",
        (0.9,),
        mean=None,
        rank=None,
        outcomes=("ok", "timeout"),
        message="\x1b[2Jslow",
    )
    words = list(finals_words(finals(failed)))
    assert any("iteration 4 is not ranked: timeout" in line for line in words)
    assert "\x1b" not in "".join(words)


def test_how_often_test_was_read_is_said():
    words = list(finals_words(finals(final("iteration 4", (0.9,)))))
    assert "labels of test were read 6 times for this search, exports not counted" in words
    paper = list(finals_words(finals(final("iteration 4", (0.9,)), split="test")))
    assert any("too good to be true" in line for line in paper)


EVENTS: list[dict[str, Any]] = [
    {
        "event": "trainings_planned",
        "trainings": 2,
        "epochs": 20,
        "booked": 4,
        "split": "validation",
    },
    {
        **{"event": "training_started", "label": "iteration 4", "iteration": 4, "run": 1},
        **{"epochs": 10, "number": 1, "of": 2},
    },
    {"event": "stage", "stage": "train"},
    {"event": "epoch", "epoch": 6, "step": 9, "steps": 9},
]
ENDED = {
    **{**EVENTS[1], "event": "training_ended"},
    **{"outcome": "ok", "accuracy": 0.9123, "seconds": 4.0},
}


def test_a_piped_training_gives_one_line():
    target = io.StringIO()
    progress = Plain(Console(file=target, width=80))
    for event in [*EVENTS, ENDED, {**ENDED, "number": 2, "outcome": "timeout", "accuracy": None}]:
        progress.on_event(event)
    assert target.getvalue().splitlines() == [
        "2 trainings, 20 epochs in all; 4 more are done already",
        "  1/2  iteration 4, 10 epochs, seed 1: validation 0.912, 4.0 s",
        "  2/2  iteration 4, 10 epochs, seed 1: timeout, 4.0 s",
    ]


@pytest.mark.parametrize("width", [80, 50])
def test_the_bar_counts_epochs_within_a_training(width: int):
    console = Console(file=io.StringIO(), force_terminal=True, width=width)
    live = Live(console)
    for event in EVENTS:
        live.on_event(event)
    assert live.board.tally is not None
    assert live.board.tally.progress() == 6
    lines = ["".join(part.text for part in line) for line in console.render_lines(live._draw())]
    assert len(lines) == 3
    assert "0/2 trainings" in lines[1]
    assert lines[2].startswith("iteration 4, 10 epochs, seed 1: training, epoch 6")
    live.on_event(ENDED)
    assert (live.board.tally.progress(), live.board.tally.done) == (10, 1)
    assert "about" in live.board.tally.figures()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["finalize", "nobody"], "there is no search 'nobody'"),
        (["reliability", "s", "--epochs", "1"], "--epochs takes two whole numbers, e.g. 1,5"),
        (["reliability", "s", "--epochs", "5,1"], "the second the greater"),
        (["reliability", "s", "--seeds", "1"], "--seeds"),
        (["finalize", "s", "--export", "."], "is there already"),
    ],
)
def test_what_can_not_be_done_is_one_line(nas: Nas, folder: Path, arguments: list[str], words: str):
    record_search(folder / "nas-runs" / "searches.db", [(program(0.5), 0.5)])
    code, out, err = nas(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("as_json", [False, True])
def test_an_export_that_is_stopped_takes_nothing_away_from_what_was_found(
    nas: Nas, monkeypatch: pytest.MonkeyPatch, as_json: bool
):
    found = finals(final("iteration 4", (0.9, 0.91)), final("ResNet-9", (0.8,), iteration=None))

    def interrupted(*_: Any, on_event: Any, stop: Any, **__: Any) -> None:
        on_event({"event": "stage", "stage": "train"})
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(10)
        raise SearchStopped("stopped; nothing was exported")

    monkeypatch.setattr(runs, "finalize", lambda *_, **__: found)
    monkeypatch.setattr(runs, "export_finalist", interrupted)
    code, out, err = nas("finalize", "s", "--export", "out", *(["--json"] if as_json else []))
    assert code == 130
    assert err.endswith("error: stopped; nothing was exported\n")
    if as_json:
        told = json.loads(out)
        assert (told["verdict"], told["exported"]) == (found.verdict, None)
    else:
        assert "ResNet-9" in out
        assert found.verdict in out


def test_show_tells_of_trainings_after_the_search_but_not_of_predictions(
    nas: Nas, archive: Archive
):
    for seed, accuracy in ((1, 0.5), (2, 0.75)):
        archive.record_training(
            *("digits-1", 0, 50, seed),
            program_hash="h",
            outcome="ok",
            message="",
            accuracies={"validation": accuracy},
            unscored=b"\x00\x01",
            parameters=7,
            measures={},
            seconds=2.0,
            time_limit=60,
            isolation="none",
        )
    out = nas("show", "digits-1")[1]
    assert re.search(r"ResNet-9 +50 +2/2 +validation 0\.625 +4\.0 s", out)
    found = json.loads(nas("show", "digits-1", "--json")[1])["trainings"]
    assert [row["accuracies"] for row in found] == [{"validation": 0.5}, {"validation": 0.75}]
    assert "unscored" not in found[0]


@pytest.fixture
def searched(folder: Path) -> Path:
    """A database with a search of three real networks, none trained here."""
    path = folder / "nas-runs" / "searches.db"
    programs = [(NETWORK.format(width=width), width / 100) for width in (2, 8, 64)]
    record_search(path, programs, train_samples=200, time_limit=60, cpus=1)
    return path


@pytest.mark.slow(seconds=40)
def test_finalize_for_real_and_again_from_the_archive(nas: Nas, searched: Path):
    arguments = ("finalize", "s", "--top", "2", "--epochs", "2", "--seeds", "2")
    code, out, err = nas(*arguments, "--export", "out")
    assert code == 0, err
    assert out.count("validation 0.") >= 6
    assert re.search(r"ResNet-9 .*0\.\d{3} ± 0\.\d{3} +0\.\d{3} ± 0\.\d{3}", out)
    assert "points" in out
    assert "labels of test were read 4 times" in out
    assert (Path("out") / "weights.safetensors").stat().st_size > 1000
    found = json.loads(nas(*arguments, "--json", "--quiet")[1])
    with closing(sqlite3.connect(searched)) as connection, connection:
        assert connection.execute("SELECT count(*) FROM trainings").fetchone() == (6,)
    exported = json.loads((Path("out") / "scores.json").read_text())["exported"]
    # On a CPU the same training gives the same network.
    assert exported["test"] == pytest.approx(found["networks"][0]["test"][0])
    assert found["exported"] is None


@pytest.mark.slow(seconds=40)
def test_reliability_for_real_as_json_and_markdown(nas: Nas, searched: Path):
    code, out, err = nas(
        *("reliability", "s", "--epochs", "1,2", "--seeds", "2", "--json"),
        *("--markdown", "table.md"),
    )
    assert code == 0, err
    found = json.loads(out)
    assert found["networks"] == [1, 2, 3]
    assert found["proxy"]["short"]["within"] > 0
    assert found["proxy"]["top"]["interval"] == [None, None]
    assert "only 3 networks" in found["warnings"][0]
    assert "| epochs | mean |" in Path("table.md").read_text()
    assert "12 trainings, 18 epochs in all" in err
