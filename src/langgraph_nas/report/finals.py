"""The networks that `finalize` trained for real, as a table and text."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from langgraph_nas.report.notes import isolation_note, paper_note
from langgraph_nas.report.tables import Row, share_text, table
from langgraph_nas.report.text import counted, duration, one_line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from langgraph_nas.runs import Final, Finals

FINALS = ("", "network", "in the search", ">{split}", ">test", ">parameters", ">time")


def finals_sheet(
    finals: "Finals", *, may_export: bool = False
) -> Iterator["RenderableType | None"]:
    """Yield the table of finalists and what to say about them.

    Args:
        finals: What `finalize` found.
        may_export: Whether to say how the first one is exported.
    """
    yield table(*finals_rows(finals))
    lines = list(finals_words(finals))
    if may_export and finals.first is not None:
        lines.append("the same command with --export DIR writes the one ranked first, with weights")
    yield "\n".join(lines)


def finals_rows(finals: "Finals") -> tuple[Row, list[Row]]:
    """Return headings and rows of the table of finalists."""
    headings = tuple(heading.format(split=finals.split) for heading in FINALS)
    return headings, [_final_row(one) for one in finals.networks]


def finals_words(finals: "Finals") -> Iterator[str]:
    """Yield what to say about the finalists, line by line."""
    yield f"{finals.verdict}."
    for one in finals.networks:
        if one.mean is None:
            failed = ", ".join(outcome for outcome in one.outcomes if outcome != "ok")
            yield f"note: {one.label} is not ranked: {failed} ({one_line(one.message)})"
    if finals.interval is not None:
        yield (
            f"note: the interval is of the seeds' luck; there are {finals.n_test:,} test images, "
            f"so one image is {100 / finals.n_test:.2f} points"
        )
    read = counted(finals.test_readings, "time")
    yield f"labels of test were read {read} for this search, exports not counted"
    notes = paper_note(finals.split == "test"), isolation_note(finals.isolation)
    yield from (f"note: {note}" for note in notes if note)


def _final_row(one: "Final") -> Row:
    searched = ""
    if one.search_rank is not None:
        searched = f"{one.search_rank}. {share_text(one.search_accuracy)}"
    return (
        "" if one.rank is None else f"{one.rank}.",
        one.label,
        searched,
        _mean(one.scores, one.mean),
        _mean(one.test, sum(one.test) / len(one.test) if one.test else None),
        "" if one.parameters is None else f"{one.parameters:,}",
        duration(one.seconds),
    )


def _mean(scores: Sequence[float], mean: float | None) -> str:
    """Return a mean and the standard deviation of its scores, e.g. `0.963 ± 0.004`."""
    if mean is None or len(scores) < 2:
        return share_text(mean)
    own = sum(scores) / len(scores)
    deviation = math.sqrt(sum((one - own) ** 2 for one in scores) / (len(scores) - 1))
    return f"{mean:.3f} ± {deviation:.3f}"
