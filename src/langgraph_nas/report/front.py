"""The networks of a search that no other one beats in all of some objectives, as a table."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from langgraph_nas.objectives import ACCURACY, Objective
from langgraph_nas.report.tables import table, what_of
from langgraph_nas.report.text import counted, score

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table


COUNTS = ("parameters", "macs")


def front_sheet(
    name: str, front: Sequence[dict[str, Any]], objectives: Sequence[Objective]
) -> Iterator["RenderableType"]:
    """Yield the parts of a front, in the order of the first objective.

    Args:
        name: Of the search.
        front: Its trials on the front.
        objectives: In which it is one.
    """
    names = ", ".join(objective.name for objective in objectives)
    yield f"{name}: {counted(len(front), 'network')} on the front of {names}"
    shown = front_table(front, objectives)
    if shown is not None:
        yield shown


def front_table(front: Sequence[dict[str, Any]], objectives: Sequence[Objective]) -> "Table | None":
    """Return a front as a table, None if nothing is on it."""
    rows = [
        (str(trial["iteration"]), *(_number(o, trial) for o in objectives), what_of(trial))
        for trial in front
    ]
    units = (f" ({objective.unit})" if objective.unit else "" for objective in objectives)
    headings = (f">{o.name}{unit}" for o, unit in zip(objectives, units, strict=True))
    return table(("#", *headings, "what"), rows)


def _number(objective: Objective, trial: dict[str, Any]) -> str:
    """Return a share with four places, a count in full, and a measured number with four digits."""
    value = objective.of(trial)
    if value is None:
        return "-"
    if objective is ACCURACY:
        return score(value)
    return f"{value:,.0f}" if objective.name in COUNTS else f"{value:.4g}"
