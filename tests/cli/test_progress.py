"""What is seen of a running search: plain lines when piped, a live display on a terminal."""

import io
import re
import time
from typing import Any

import pytest
from rich.console import Console

from langgraph_nas.cli.board import Board
from langgraph_nas.cli.live import Live, counted_share
from langgraph_nas.cli.plan import isolation_note, plan_text
from langgraph_nas.cli.progress import Plain, open_progress, plain_row
from langgraph_nas.config import SearchConfig
from langgraph_nas.report.text import clean, duration

CURSOR = re.compile(r"\x1b\[\d*[A-Z]")
STARTED: dict[str, Any] = {
    "event": "search_started",
    "name": "digits-1",
    "dataset": "digits",
    "iterations": 14,
    "sandbox": "bubblewrap",
    "database": "nas-runs/searches.db",
    "scored_split": "validation",
    "isolation": "bubblewrap (soft-limits)",
    "device": "cpu",
    "n_train": 1151,
    "n_scored": 287,
    "shape": [1, 8, 8],
    "classes": [str(n) for n in range(10)],
    "generator": "embedded",
    "improver": "embedded",
    "form": "spec",
    "improver_form": "choices",
}


def test_files_that_are_evaluated_at_a_time_have_a_line_each():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    live = Live(console)
    for event in (
        {"event": "evaluating", "file": "a.py", "number": 1, "of": 3},
        {"event": "evaluating", "file": "b.py", "number": 2, "of": 3},
        {"event": "stage", "file": "b.py", "stage": "train"},
        {"event": "epoch", "file": "b.py", "epoch": 1, "step": 5, "steps": 9},
        {"event": "evaluated", "file": "a.py", "number": 1, "of": 3},
        {"event": "evaluating", "file": "c\x1b.py", "number": 3, "of": 3},
    ):
        live.on_event(event)
    console.print(live._draw())
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("b.py: training, epoch 1, step 5/9  0.0 s")
    assert lines[1].startswith("c\N{REPLACEMENT CHARACTER}.py: starting")
    assert "1 of 3 programs done" in lines[2]
    assert len(lines) == 3


def outcome(iteration: int, name: str = "ok", **changes: Any) -> dict[str, Any]:
    return {
        "event": "outcome",
        "iteration": iteration,
        "outcome": name,
        "stage": "score",
        "accuracy": 0.912 if name == "ok" else None,
        "message": "mat1 and mat2 shapes\ncannot be multiplied \x1b[2J" + "x" * 100,
        "seconds": 4.1,
        "parameters": 12345,
        "same_as": None,
        "reused_from": None,
        "best_accuracy": 0.955,
        "best_iteration": 2,
        **changes,
    }


def events() -> list[dict[str, Any]]:
    advice = {"event": "suggestion", "iteration": 3, "modification": "Make it \x1b[31mwider."}
    return [
        STARTED,
        {"event": "prompt_sent", "iteration": 3, "role": "generator", "trimmed": []},
        {"event": "reply", "iteration": 3, "role": "generator"},
        {"event": "stage", "iteration": 3, "stage": "train"},
        {"event": "epoch", "iteration": 3, "epoch": 1, "step": 4, "steps": 72},
        outcome(3),
        advice,
        {"event": "iteration_ended", "iteration": 3, "seconds": 5.0},
        {"event": "estimate", "seconds_per_iteration": 5.0, "seconds_left": 55, "disk_mb": 1.25},
        outcome(4, "forward_error"),
        outcome(5, "duplicate", accuracy=0.5, same_as=3),
        {"event": "of a later version"},
    ]


def plain(*happened: dict[str, Any]) -> list[str]:
    target = io.StringIO()
    progress = Plain(Console(file=target, width=80))
    for event in happened:
        progress.on_event(event)
    return target.getvalue().splitlines()


def test_a_piped_search_gives_one_line_for_each_outcome():
    lines = plain(*events())
    assert lines[0] == "   3/14  ok             0.912  best 0.955@2      4.1 s  12,345 parameters"
    assert lines[1] == "  about 5.0 s an iteration: 55.0 s to go, 1.2 MB on disk in all"
    assert lines[2].startswith("   4/14  forward_error      -  best 0.955@2      4.1 s  mat1 and")
    assert lines[3].endswith("same network as 3")
    assert len(lines) == 4
    assert "\x1b" not in "".join(lines)


def test_no_time_to_go_is_told_once_nothing_is_left():
    (estimate,) = (event for event in events() if event["event"] == "estimate")
    assert plain(STARTED, {**estimate, "seconds_left": 0.0}) == []


def test_a_search_without_any_score_yet_has_no_best():
    line = plain_row(outcome(1, "no_code", best_accuracy=None, best_iteration=None), 9)
    assert "best -  " in line


@pytest.mark.parametrize(
    ("split", "line"),
    [
        ("validation", "  finalist 1 (iteration 4): validation 0.970, test 0.930"),
        ("test", "  finalist 1 (iteration 4): test 0.970"),
    ],
)
def test_a_finalist_has_the_scores_of_the_splits_there_are(split: str, line: str):
    scores = {"validation_accuracy": 0.97, "test_accuracy": 0.97 if split == "test" else 0.93}
    event = {"event": "finalist", "rank": 1, "iteration": 4, **scores}
    assert plain({**STARTED, "scored_split": split}, event) == [line]


def test_a_trimmed_prompt_is_told():
    event = {"event": "prompt_sent", "role": "improver", "iteration": 1, "trimmed": ["lessons"]}
    assert plain(event) == ["  prompt of the improver cut to fit --prompt-tokens: lessons"]


def test_lines_that_only_count_are_not_repeated_when_piped():
    target = io.StringIO()
    progress = Plain(Console(file=target, width=80))
    for share in range(100):
        progress.on_progress(f"pulling qwen: {share} % of 4.7 GB")
    progress.on_progress("loading")
    assert target.getvalue() == "pulling qwen: 0 % of 4.7 GB\nloading\n"


def test_quiet_says_nothing():
    progress = open_progress(Console(file=io.StringIO()), quiet=True)
    for event in events():
        progress.on_event(event)
    progress.say("words")
    assert progress.board.best_iteration == 2


def drawn(progress: Live, console: Console) -> list[str]:
    lines = console.render_lines(progress._draw())
    return ["".join(part.text for part in line).rstrip() for line in lines]


@pytest.mark.parametrize("width", [80, 40])
def test_the_live_display_fits_the_terminal(width: int):
    target = io.StringIO()
    console = Console(file=target, width=width, height=24, force_terminal=True, color_system=None)
    progress = open_progress(console, quiet=False)
    assert isinstance(progress, Live)
    with progress:
        progress.on_progress("loading the model")
        for event in events():
            progress.on_event(event)
        below = drawn(progress, console)
        progress.stopping()
        stopping = drawn(progress, console)
    assert len(below) == 4
    assert "iteration 5: looking at the outcome" in below[2]
    assert below[3].startswith("last advice: Make it")
    assert stopping[3].startswith("stopping, what is finished is kept")
    rows = [line for line in target.getvalue().splitlines() if "forward_error" in line]
    assert len(rows) == 1
    assert len(CURSOR.sub("", rows[0]).rstrip()) <= width


def test_an_outcome_can_not_command_the_terminal():
    target = io.StringIO()
    with Live(Console(file=target, width=200, force_terminal=True, color_system=None)) as progress:
        progress.on_event(outcome(4, "forward_error"))
    assert "cannot be multiplied \ufffd[2J" in target.getvalue()


def test_the_live_display_counts_what_is_fetched():
    assert counted_share("pulling qwen: 45 % of 4.7 GB") == pytest.approx(0.45)
    assert counted_share("digits: decoding train: 1,000 of 4,000") == pytest.approx(0.25)
    assert counted_share("loading the model") is None
    assert counted_share("0 of 0") is None


def test_the_reason_for_a_choice_stays_on_a_terminal():
    target = io.StringIO()
    console = Console(file=target, width=80, force_terminal=True, color_system=None)
    with Live(console) as progress:
        progress.on_progress("Docker: no engine. Taking bubblewrap instead.")
        progress.on_progress("loading")
    assert "Taking bubblewrap instead." in target.getvalue()
    assert progress.board.activity == "loading"


def test_the_time_left_is_that_of_the_iterations_seen(monkeypatch: pytest.MonkeyPatch):
    board = Board()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    board.take(STARTED)
    assert board.left() is None
    board.take({"event": "prompt_sent", "iteration": 5, "role": "generator"})
    monkeypatch.setattr(time, "monotonic", lambda: now + 20)
    board.take(outcome(6))
    assert board.left() == pytest.approx(20 / 2 * 8)


def test_a_search_that_goes_on_counts_what_was_done_before():
    board = Board()
    board.take(STARTED)
    board.take({"event": "prompt_sent", "iteration": 5, "role": "improver"})
    assert board.finished == 4
    board.take({"event": "iteration_ended", "iteration": 5, "seconds": 1.0})
    assert board.finished == 5


def test_the_plan_says_what_will_be_done():
    config = SearchConfig(iterations=14, target_accuracy=0.9, time_budget=90, memory=0)
    text = plan_text(STARTED, config)
    for words in (
        "digits, 1x8x8, 10 classes, 1,151 images to train on",
        "accuracy on 287 images of validation",
        "embedded, form spec",
        "memory     none",
        "after 14 iterations or at accuracy 0.9 or after 1 min 30 s; then the best 3 train again",
        "note: soft-limits",
    ):
        assert words in text
    assert max(map(len, text.splitlines()[:-1])) <= 100


def test_the_plan_of_networks_that_are_drawn_tells_of_no_model():
    text = plan_text(STARTED, SearchConfig(method="random"))
    assert "method     random: networks are drawn, no LLM is asked" in text
    assert "improver" not in text
    assert "method     one_role\n" in plan_text(STARTED, SearchConfig(method="one_role"))
    assert "method" not in plan_text(STARTED, SearchConfig())


def test_the_paper_protocol_is_named_in_the_plan():
    event = {**STARTED, "isolation": "docker", "scored_split": "test"}
    text = plan_text(event, SearchConfig(protocol="paper"))
    assert "note: all scores are on the test set" in text
    assert "soft-limits" not in text


def test_only_weak_isolation_is_noted():
    assert isolation_note("docker") is None
    assert isolation_note("bubblewrap") is None
    assert "WITHOUT isolation" in str(isolation_note("none"))
    assert "engine has no filter" in str(isolation_note("docker (no-seccomp)"))
    assert "swapped out" in str(isolation_note("docker (runsc, no-swap-limit)"))


def test_time_is_told_as_people_do():
    times = [duration(seconds) for seconds in (0.04, 59.94, 59.96, 75, 1800, 3599.9, 4000)]
    assert times == ["0.0 s", "59.9 s", "1 min", "1 min 15 s", "30 min", "1 h", "1 h 6 min"]


def test_control_characters_are_made_visible():
    assert clean("a\tb\nc\x1b[0m\x9b\u202e") == "a\tb\nc�[0m��"
