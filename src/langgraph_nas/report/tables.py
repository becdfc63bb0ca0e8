"""Tables for the terminal and for Markdown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langgraph_nas.report.text import one_line

if TYPE_CHECKING:
    from rich.table import Table


Row = tuple[str, ...]


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table | None":
    """Return a table; a heading that begins with `>` is of a column of numbers."""
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return None
    made = Table(box=None, pad_edge=True, header_style="bold")
    for heading in headings:
        right = heading.startswith(">")
        made.add_column(heading.lstrip(">"), justify="right" if right else "left", no_wrap=right)
    for row in rows:
        made.add_row(*[Text(one_line(cell), overflow="fold") for cell in row])
    return made


def markdown_table(headings: Sequence[str], rows: Sequence[Row]) -> str:
    """Return a table as Markdown."""
    rules = ["--:" if heading.startswith(">") else "---" for heading in headings]
    lines = [[heading.lstrip(">") for heading in headings], rules, *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def share_text(value: float | None) -> str:
    """Return a share (0..1) with three digits, or a dash."""
    return "-" if value is None else f"{value:.3f}"


def what_of(trial: dict[str, Any]) -> str:
    """Return what a trial was, or what was wrong with it."""
    if trial["same_as"]:
        return f"same network as {trial['same_as']}"
    if trial["reused_from"]:
        return f"trained in {trial['reused_from']}"
    if trial["outcome"] == "ok":
        return "; ".join(trial["spec"] or [])
    return str(trial["message"])
