"""Two searches beside each other: what they have in common and where they differ."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from langgraph_nas.report.text import counted, one_line

if TYPE_CHECKING:
    from langgraph_nas.runs import Comparison, Difference

MOST_LINES = 20


def comparison_text(comparison: "Comparison") -> str:
    """Return one line if two searches are the same, else a line for each of the first differences.

    Example:
        the same: 24 prompts, 12 outcomes, 11 triples, best 0.9630
    """
    if comparison.same:
        return f"the same: {_counts(comparison)}"
    if not comparison.differences:
        left_out = "; ".join(comparison.left_out)
        return f"no difference in {_counts(comparison)}; not compared: {left_out}"
    shown = comparison.differences[:MOST_LINES]
    more = len(comparison.differences) - len(shown)
    return "\n".join(
        [
            f"not the same, of {_counts(comparison)}:",
            *(f"  {_line(difference, comparison)}" for difference in shown),
            *([f"  and {counted(more, 'difference')} more"] if more else []),
            *(f"  note: {one_line(note)}" for note in comparison.notes),
        ]
    )


def comparison_values(comparison: "Comparison") -> dict[str, Any]:
    """Return all of a comparison in plain values."""
    return {"same": comparison.same, **asdict(comparison)}


def _counts(comparison: "Comparison") -> str:
    best = "none" if comparison.best is None else f"{comparison.best:.4f}"
    return (
        f"{counted(comparison.prompts, 'prompt')}, {counted(comparison.outcomes, 'outcome')}, "
        f"{counted(comparison.triples, 'triple')}, best {best}"
    )


def _line(difference: "Difference", comparison: "Comparison") -> str:
    where = "" if difference.iteration is None else f"iteration {difference.iteration}, "
    return (
        f"{where}{difference.what}: {one_line(difference.first)} in {comparison.first}, "
        f"{one_line(difference.second)} in {comparison.second}"
    )
