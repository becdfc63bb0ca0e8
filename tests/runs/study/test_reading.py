"""What is counted of a search, and what is said of a comparison."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from langgraph_nas.errors import StorageError, UsageError
from langgraph_nas.report.plot import _MARKERS, band, plot_study
from langgraph_nas.report.study import study_markdown, study_words
from langgraph_nas.runs.study import ARMS, Course, Study, StudyRow, StudyRun
from langgraph_nas.runs.study.reading import best_so_far, trainings_in
from langgraph_nas.statistics.paired import PairedDifference

FAILED_REPAIR = {"stage": "train", "outcome": "train_error"}
UNTRAINED_REPAIR = {"stage": "build", "outcome": "build_error"}


def trial(outcome: str = "ok", scores: Any = (), **values: Any) -> Any:
    return {
        "outcome": outcome,
        "stage": "score",
        "scores": list(scores),
        "accuracy": sum(scores) / len(scores) if scores else None,
        "repairs": [],
        "reused_from": None,
        **values,
    }


@pytest.mark.parametrize(
    ("row", "trainings"),
    [
        (trial(scores=[0.5]), 1),
        (trial(scores=[0.5, 0.6]), 2),  # confirmed
        (trial("train_error", scores=[0.5], stage="train"), 2),  # failed when it was confirmed
        (trial("timeout", stage="train"), 1),
        (trial("build_error", stage="build"), 0),
        (trial("timeout", stage="preflight"), 0),
        (trial("duplicate", scores=[0.5]), 0),
        (trial(scores=[0.5], reused_from="other/3"), 0),
        (trial(scores=[0.5], repairs=[FAILED_REPAIR, UNTRAINED_REPAIR]), 2),
        (trial("build_error", stage="build", repairs=[FAILED_REPAIR]), 1),
    ],
)
def test_trainings_are_those_that_began(row: Any, trainings: int) -> None:
    assert trainings_in(row) == trainings


def test_the_best_so_far_counts_from_the_last_training_of_its_trial() -> None:
    trials = [
        trial("timeout", stage="train"),
        trial(scores=[0.5, 0.7]),
        trial("build_error", stage="build"),
        trial(scores=[0.4]),
        trial(scores=[0.8, 0.9]),
    ]
    assert best_so_far(trials) == pytest.approx([None, None, 0.6, 0.6, 0.6, 0.85], nan_ok=True)


COURSE = Course(
    **{"searches": 10, "rounds": 80, "suggestions": 40, "repeated": 10, "cut": 2},
    **{"asked_again": 5, "unread": 8, "repaired": 4, "mended": 1, "failing": 25, "widened": 20},
    **{"gained": 5, "confirmed": 30, "overturned": 6},
)


def run(arm: str, seed: int, curve: list[float | None], score: float = 0.8) -> StudyRun:
    best = curve[-1] if curve else None
    name = f"c-{arm}-{seed}"
    return StudyRun(arm, seed, name, score, score, best, 1.0, 2, 3, 4.0, 5, curve, COURSE)


def test_a_curve_counts_searches_without_a_network_as_0_and_keeps_the_best_of_ended_ones() -> None:
    runs = [run("full", 1, [None, 0.4, 0.6]), run("full", 2, [0.2, 0.2])]
    mean, low, high = band(runs)
    assert mean == pytest.approx([10, 30, 40])
    assert (low <= mean).all()
    assert (high >= mean).all()
    assert [low[2], high[2]] == pytest.approx([20, 60])
    assert [len(part) for part in band([run("full", 1, [])])] == [0, 0, 0]


def row(arm: str, mean: float | None = None, p: float = 1.0, pairs: int = 10) -> StudyRow:
    difference = (
        None if mean is None else PairedDifference(pairs, mean, mean - 0.01, mean + 0.01, p)
    )
    values = dict.fromkeys(("valid_rate", "distinct", "trainings", "seconds", "tokens"), 1.0)
    return StudyRow(
        arm=arm,
        what="",
        seeds=pairs,
        score=0.8,
        score_low=0.7,
        score_high=0.9,
        test=0.75,
        best=0.85,
        excess=0.05,
        nothing=0,
        difference=difference,
        test_difference=difference,
        p_holm=None if mean is None else p,
        course=COURSE,
        **values,
    )


@pytest.fixture
def study() -> Study:
    rows = [row("full"), row("random", 0.003), row("evolution", -0.02), row("resnet9", -0.2, 0.01)]
    runs = [run(each.arm, seed, [0.5, 0.7]) for each in rows for seed in range(10)]
    return Study("c", "digits", "validation", 12, "full", 40, 40, "bubblewrap", rows, runs)


def test_what_came_out_is_said_flattering_or_not(study: Study) -> None:
    better = replace(study, rows=[*study.rows, row("best_of_n", 0.1, 0.001)])
    assert study_words(better) == [
        "random is not worse than the full method here: +0.3 points "
        "(95 % interval -0.7 to +1.3, p = 1.000 after Holm).",
        "evolution is not shown to be worse than the full method here: -2.0 points "
        "(95 % interval -3.0 to -1.0, p = 1.000 after Holm).",
        "The hand-written ResNet-9 is worse than the full method here: -20.0 points "
        "(95 % interval -21.0 to -19.0, p = 0.010 after Holm).",
        "best_of_n is better than the full method here: +10.0 points "
        "(95 % interval +9.0 to +11.0, p = 0.001 after Holm).",
    ]


def test_few_seeds_unfinished_searches_and_empty_ones_are_said_first(study: Study) -> None:
    rows = [replace(row("full"), nothing=1), row("random", 0.003, 0.5, pairs=2)]
    said = study_words(replace(study, rows=rows, finished=4))
    assert said[0].startswith("Not finished: 4 of 40 searches")
    assert said[1].startswith("Only 2 paired seeds, fewer than 10: no p-value can be below 0.5 ")
    assert said[2] == (
        "full: 1 of 10 searches found no network that trains again; their scores count as 0."
    )


def test_the_markdown_has_a_line_for_each_row(study: Study) -> None:
    lines = study_markdown(study).splitlines()
    assert len({line.count("|") for line in lines[:6]}) == 1
    assert lines[2].startswith("| full | 80.0 | 70.0 to 90.0 |  |  |  | 75.0 | 85.0 | 100% |")
    assert lines[3].startswith("| random | 80.0 | 70.0 to 90.0 | +0.3 | -0.7 to 1.3 | 1.000 |")
    assert "- random is not worse" in study_markdown(study)


def test_the_markdown_tells_how_the_searches_went(study: Study) -> None:
    lines = study_markdown(study).split("How the searches went:")[1].strip().splitlines()
    assert [line.split(" | ")[0] for line in lines[2:5]] == ["| full", "| random", "| evolution"]
    assert "resnet9" not in "".join(lines)
    assert len({line.count("|") for line in lines[:5]}) == 1
    assert lines[2] == "| full | 25% | 5% | 0.5 | 10% | 25% | 2.5 | 2.0 | 25% | 3.0 | 20% | +5.0 |"


def test_what_never_happened_has_no_share(study: Study) -> None:
    none = Course(*[10, 80, *[0] * 12])
    rows = [replace(study.rows[0], course=none, excess=None)]
    line = study_markdown(replace(study, rows=rows)).split("too good by")[1].splitlines()[2]
    assert line == "| full | - | - | 0.0 | 0% | - | 0.0 | 0.0 | - | 0.0 | - | - |"


def test_a_plot_is_written(study: Study, tmp_path: Path) -> None:
    plot_study(study, tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes()[:4] == b"\x89PNG"


def test_all_arms_fit_into_one_plot_each_with_a_marker_of_its_own(
    study: Study, tmp_path: Path
) -> None:
    rows = [row(arm) for arm in (*ARMS, "resnet9")]
    runs = [run(each.arm, seed, [0.5, 0.7]) for each in rows for seed in range(2)]
    plot_study(replace(study, rows=rows, runs=runs), tmp_path / "p.svg")
    assert all(arm in (tmp_path / "p.svg").read_text() for arm in ARMS)
    assert len(set(_MARKERS)) == len(_MARKERS) >= len(ARMS)


def test_a_plot_of_searches_without_a_network_is_written(study: Study, tmp_path: Path) -> None:
    runs = [run(each.arm, seed, [None, None], 0.0) for each in study.rows for seed in range(2)]
    plot_study(replace(study, runs=runs), tmp_path / "p.svg")
    assert "<svg" in (tmp_path / "p.svg").read_text()


def test_a_plot_that_can_t_be_written_is_refused(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="no folder"):
        plot_study(study, tmp_path / "none" / "p.png")
    with pytest.raises(UsageError, match="--plot .*p.what"):
        plot_study(study, tmp_path / "p.what")
    (tmp_path / "taken.png").mkdir()
    with pytest.raises(StorageError, match="can't write the plot"):
        plot_study(study, tmp_path / "taken.png")
    monkeypatch.setattr("langgraph_nas.report.plot.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'langgraph-nas\[plots\]'"):
        plot_study(study, tmp_path / "p.png")
