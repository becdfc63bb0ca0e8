"""A comparison in plain words, flattering or not, and as Markdown tables."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from langgraph_nas.report.text import counted, duration, score
from langgraph_nas.runs.study.arms import HAND_WRITTEN, SEEDS
from langgraph_nas.runs.study.result import Study, StudyRow, StudyRun

if TYPE_CHECKING:
    from rich.console import RenderableType

ALPHA = 0.05

HEADINGS = (
    *("arm", "score", "95 %", "difference", "95 %", "p", "test", "own best", "valid", "distinct"),
    *("trainings", "seconds", "tokens"),
)
"""Of the table's columns; see `cells`."""

STATISTICS_HEADINGS = (
    *("arm", "repeated", "cut", "asked again", "unread", "mended", "failing", "widened", "gained"),
    *("confirmed", "overturned", "too good by"),
)
"""Of the columns of the second table; see `statistics_cells`."""

ROUNDS = STATISTICS_HEADINGS.index("failing")
"""The columns before this one are about replies, those from it on about rounds."""

RESULTS = HEADINGS.index("valid")
"""The columns before this one say what came out, those from it on what it took."""


def cells(row: StudyRow) -> tuple[str, ...]:
    """Return a row of the table; accuracies in percent, differences in points."""
    difference = row.difference
    return (
        row.arm,
        f"{row.score:.1%}"[:-1],
        _interval(row.score_low, row.score_high),
        "" if difference is None else f"{100 * difference.mean:+.1f}",
        "" if difference is None else _interval(difference.low, difference.high),
        "" if row.p_holm is None else f"{row.p_holm:.3f}",
        f"{100 * row.test:.1f}",
        "-" if row.best is None else f"{100 * row.best:.1f}",
        f"{row.valid_rate:.0%}",
        f"{row.distinct:.1f}",
        f"{row.trainings:.1f}",
        f"{row.seconds:.0f}",
        f"{row.tokens:,.0f}",
    )


def statistics_cells(row: StudyRow) -> tuple[str, ...]:
    """Return a row of the table of how the searches of an arm went."""
    course = row.course
    return (
        row.arm,
        _share(course.repeated, course.suggestions),
        _share(course.cut, course.suggestions),
        f"{course.asked_again / course.searches:.1f}",
        _share(course.unread, course.rounds),
        _share(course.mended, course.repaired),
        f"{course.failing / course.searches:.1f}",
        f"{course.widened / course.searches:.1f}",
        _share(course.gained, course.widened),
        f"{course.confirmed / course.searches:.1f}",
        _share(course.overturned, course.confirmed),
        "-" if row.excess is None else f"{100 * row.excess:+.1f}",
    )


def study_markdown(study: Study) -> str:
    """Return the tables, what their columns are, and what came out, for a document."""
    parts = [
        _table(HEADINGS, map(cells, study.rows)),
        legend(study),
        "\n".join(f"- {line}" for line in study_words(study)),
        "How the searches went:",
        _table(STATISTICS_HEADINGS, map(statistics_cells, searched(study))),
        statistics_legend(),
    ]
    return "\n\n".join(parts) + "\n"


def searched(study: Study) -> list[StudyRow]:
    """Return the rows of arms that search: all but the network written by hand."""
    return [row for row in study.rows if row.arm != HAND_WRITTEN]


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, ("---", *["---:"] * (len(headings) - 1)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def legend(study: Study) -> str:
    """Return what the columns of the table are."""
    return (
        f"Means over the seeds. Score: accuracy in percent on {study.split} of the best network, "
        f"trained again with a new seed; test: of the same training. Difference: in points to "
        f"{study.baseline}, over the same seeds, with its bootstrap interval. p: paired "
        "permutation test, corrected for the number of rows (Holm). Own best: the highest of the "
        "search, too good to be true. Trainings: with those of confirmations and repairs. Tokens: "
        "of prompts and replies."
    )


def statistics_legend() -> str:
    """Return what the columns of the second table are."""
    return (
        "Of the improver's suggestions, repeated: those that repeat one of the five rounds "
        "before; cut: those whose triple breaks off in the middle of a sentence. A search: "
        "replies asked for again, the longest row of failures, rounds widened, new bests trained "
        "again to confirm them. Unread: rounds with a reply that could not be used in the end. "
        "Mended: rounds with repairs whose network could be trained in the end. Gained: widened "
        "rounds that found a new best. Overturned: new bests that were none when confirmed. Too "
        "good by: the search's own best minus the score, in points, where there are both."
    )


def study_words(study: Study) -> list[str]:
    """Return what came out, one sentence a line, and how far it can be trusted."""
    return [*_caveats(study), *(_verdict(row, study) for row in study.rows if row.difference)]


def _caveats(study: Study) -> list[str]:
    lines = []
    if not study.complete:
        lines.append(
            f"Not finished: {study.finished} of {study.of} searches are through; means and "
            "differences are of these."
        )
    pairs = min((row.difference.pairs for row in study.rows if row.difference), default=0)
    if 0 < pairs < SEEDS:
        lines.append(
            f"Only {pairs} paired seed{'' if pairs == 1 else 's'}, fewer than {SEEDS}: no p-value "
            f"can be below {2 / 2**pairs:.2g} before the correction, and intervals are rough."
        )
    for row in study.rows:
        if row.nothing:
            lines.append(
                f"{row.arm}: {row.nothing} of {row.seeds} searches found no network that trains "
                "again; their scores count as 0."
            )
    return lines


def _verdict(row: StudyRow, study: Study) -> str:
    difference = row.difference
    assert difference is not None
    points = 100 * difference.mean
    interval = (
        "no interval of one pair"
        if difference.low is None or difference.high is None
        else f"95 % interval {100 * difference.low:+.1f} to {100 * difference.high:+.1f}"
    )
    numbers = f"{points:+.1f} points ({interval}, p = {row.p_holm:.3f} after Holm)"
    return f"{_relation(row, study, points)}: {numbers}."


def _relation(row: StudyRow, study: Study, points: float) -> str:
    ours = "The hand-written ResNet-9" if row.arm == HAND_WRITTEN else row.arm
    other = "the full method" if study.baseline == "full" else study.baseline
    is_clear = row.p_holm is not None and row.p_holm < ALPHA
    if is_clear:
        return f"{ours} is {'better' if points > 0 else 'worse'} than {other} here"
    if points >= 0:
        return f"{ours} is not worse than {other} here"
    return f"{ours} is not shown to be worse than {other} here"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _interval(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"


def run_line(run: StudyRun) -> str:
    """Return what one search found, in one line."""
    return (
        f"{run.name}: {score(run.score)} trained again (best {score(run.best)}, "
        f"test {score(run.test)}), {counted(run.trainings, 'training')} in {duration(run.seconds)}"
    )


def study_text(study: Study) -> Iterator["RenderableType"]:
    """Yield the tables of a comparison, what their columns are, and what came out."""
    yield ""
    yield f"{study.name}: {study.iterations} iterations of each search on {study.dataset}"
    rows = [cells(row) for row in study.rows]
    for part in (slice(1, RESULTS), slice(RESULTS, None)):
        yield ""
        yield _shown(HEADINGS, rows, part)
    yield ""
    yield legend(study)
    yield ""
    rows = [statistics_cells(row) for row in searched(study)]
    for part in (slice(1, ROUNDS), slice(ROUNDS, None)):
        yield _shown(STATISTICS_HEADINGS, rows, part)
        yield ""
    yield statistics_legend()
    yield ""
    for line in study_words(study):
        yield f"- {line}"


def _shown(headings: Sequence[str], rows: Sequence[Sequence[str]], part: slice) -> "RenderableType":
    """Return the first and these columns as a table."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for number, heading in enumerate((headings[0], *headings[part])):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(row[0], *row[part])
    return table
