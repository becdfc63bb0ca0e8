"""The console of the command line: colours only on a terminal."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 120
"""Columns of tables that don't go to a terminal."""


def open_console(*, stderr: bool = False) -> "Console":
    """Return a console for one stream; NO_COLOR and TERM are respected."""
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console
