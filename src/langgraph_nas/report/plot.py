"""A plot of a comparison: the best score so far over the trainings, one line for each arm."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from langgraph_nas.errors import StorageError, UsageError
from langgraph_nas.runs.study.arms import HAND_WRITTEN
from langgraph_nas.runs.study.result import Study, StudyRun
from langgraph_nas.statistics.paired import expanded_tail, resampled_means

_DASHES: tuple[Any, ...] = (
    *("-", "--", "-.", ":", (0, (7, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 2))),
)
_MARKERS = "osD^vPX<>phd*8H"
_COLOURS = (
    *("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"),
)
"""Okabe and Ito's, which the colour-blind tell apart; dashes and markers do without colours."""

BANDED = 4
"""Arms up to which the intervals of the curves are drawn: more of them hide each other."""


def refuse_unplottable(file: Path) -> None:
    """Make sure that a plot can be written, before hours are spent on it.

    Raises:
        UsageError: matplotlib is not installed, or the file's folder is not there.
    """
    if find_spec("matplotlib") is None:
        raise UsageError(
            "a plot needs matplotlib: pip install 'langgraph-nas[plots]', or leave --plot out"
        )
    if not file.absolute().parent.is_dir():
        raise UsageError(f"--plot {file}: there is no folder {file.parent}")


def plot_study(study: Study, file: Path) -> None:
    """Write the plot: the mean over the seeds, and where it lies by the bootstrap.

    The symbol at the right is what counts: the best network trained again, mean and interval.

    Raises:
        UsageError: matplotlib is not installed, or the kind of file is unknown to it.
        StorageError: The file can't be written.
    """
    refuse_unplottable(file)
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10, 5.5), layout="constrained")
    axes = figure.add_subplot()
    arms = [row for row in study.rows if row.arm != HAND_WRITTEN]
    longest = max((len(run.curve) for run in study.runs), default=1)
    for number, row in enumerate(arms):
        _draw_arm(axes, number, study.of_arm(row.arm), row.arm, banded=len(arms) <= BANDED)
        _draw_score(axes, longest * (1.03 + 0.025 * number), row, number)
    for row in study.rows:
        if row.arm == HAND_WRITTEN:
            axes.axhline(100 * row.score, color="0.6", lw=1, label="ResNet-9, trained again")
    axes.set_xlabel("trainings (the symbols at the right: the best network trained again)")
    axes.set_ylabel(f"accuracy on {study.split}, %")
    seeds = max((row.seeds for row in study.rows), default=0)
    axes.set_title(
        f"{study.dataset}: best score so far, mean of {seeds} seeds with its 95 % interval",
        fontsize=11,
    )
    axes.grid(color="0.9")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(fontsize=8, handlelength=4.5, loc="outside right upper")
    try:
        figure.savefig(file, dpi=120)
    except ValueError as error:  # what matplotlib says to a suffix that it does not know
        raise UsageError(f"--plot {file}: {error}") from error
    except OSError as error:
        raise StorageError(f"can't write the plot {file}: {error.strerror or error}") from error


def band(runs: list[StudyRun]) -> tuple[Any, Any, Any]:
    """Return the mean of the curves after each training, and its interval.

    A search that ended earlier than another keeps its best; one without a network counts as 0.

    Returns:
        Means, lower and upper ends in percent, one for each training from the first on.
    """
    length = max(len(run.curve) for run in runs)
    curves = np.array(
        [
            [100 * (best or 0.0) for best in run.curve]
            + [100 * (run.best or 0.0)] * (length - len(run.curve))
            for run in runs
        ],
        dtype=float,
    )
    if not length:
        return np.empty(0), np.empty(0), np.empty(0)
    tail = expanded_tail(len(runs)) if len(runs) > 1 else 0.5
    low, high = np.quantile(resampled_means(curves, 2_000, 0), (tail, 1 - tail), axis=0)
    return curves.mean(axis=0), low, high


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _draw_arm(axes: Any, number: int, runs: list[StudyRun], label: str, *, banded: bool) -> None:
    colour, every = _colour(number), band(runs)
    begun = int((every[0] == 0).sum())  # before any search has a network
    x = np.arange(1 + begun, 1 + len(every[0]))
    mean, low, high = (part[begun:] for part in every)
    axes.step(
        x,
        mean,
        where="post",
        color=colour,
        ls=_DASHES[number % len(_DASHES)],
        lw=2.2 if number == 0 else 1.5,
        marker=_MARKERS[number],
        markevery=(number % 3, 3),
        markersize=5,
        label=label,
    )
    if banded:
        axes.fill_between(x, low, high, step="post", color=colour, alpha=0.1, lw=0)


def _draw_score(axes: Any, x: float, row: Any, number: int) -> None:
    score = 100 * row.score
    ends = None
    if row.score_low is not None:
        ends = [[score - 100 * row.score_low], [100 * row.score_high - score]]
    axes.errorbar(
        [x],
        [score],
        yerr=ends,
        fmt=_MARKERS[number],
        color=_colour(number),
        capsize=2,
        markersize=6,
        lw=1,
        mfc="white",
    )
