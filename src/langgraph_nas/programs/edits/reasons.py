"""Say in one sentence why a hunk can't be applied, so that its writer can repair it."""

from langgraph_nas.programs.edits.hunks import EditError, Hunk, quote
from langgraph_nas.programs.edits.likeness import likeness, most_alike
from langgraph_nas.programs.edits.texts import Text

_MOST_COMPARED = 2000
_LEAST_ALIKE = 0.6


class NotFoundError(EditError):
    """A hunk fits nowhere; why is only found out if somebody asks."""

    def __init__(self, hunk: Hunk, text: Text) -> None:
        super().__init__(hunk.name)
        self._hunk, self._text = hunk, text

    def __str__(self) -> str:
        """Return the reason."""
        return not_found(self._hunk, self._text)


def not_found(hunk: Hunk, text: Text) -> str:
    """Say which lines of a hunk the program does not have, and which are nearest."""
    missing = [line for line in hunk.old if line.strip() and not text.has(line)]
    name = hunk.name.capitalize()
    if not missing:
        first = next(line for line in hunk.old if line.strip())
        return (
            f"{name} does not fit: the program has each of its lines, from {quote(first)} on, "
            "but not one after the other."
        )
    more = f" (and {len(missing) - 1} more of its lines)" if len(missing) > 1 else ""
    return (
        f"{name} does not fit: the program has no line {quote(missing[0])}{more}"
        f"{_nearest(missing[0], text)}."
    )


def ambiguous(hunk: Hunk, firsts: list[int]) -> str:
    """Say at which lines a hunk would fit."""
    shown = ", ".join(str(first + 1) for first in firsts[:5])
    more = f" and {len(firsts) - 5} more" if len(firsts) > 5 else ""
    return (
        f"{hunk.name.capitalize()} fits at {len(firsts)} places (lines {shown}{more}): "
        "quote more of the lines around it."
    )


def _nearest(line: str, text: Text) -> str:
    meant = line.strip()
    there = {known.strip(): i + 1 for i, known in enumerate(text.lines[:_MOST_COMPARED])}
    near = [known for known in there if known and most_alike(known, meant) >= _LEAST_ALIKE]
    alike = {known: likeness(known, meant) for known in near}
    nearest = max(near, key=lambda known: alike[known], default=None)
    if nearest is None or alike[nearest] < _LEAST_ALIKE:
        return ""
    return f"; the nearest is line {there[nearest]}, {quote(nearest)}"
