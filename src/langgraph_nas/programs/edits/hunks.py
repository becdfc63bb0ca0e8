"""Hunks, of which an edit is made, and what becomes of it."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

MAX_REPLY = 200_000
"""Longest reply or reference that is read, in characters."""
MAX_LINES = 10_000
"""Most lines of either."""
MAX_HUNKS = 64
"""Most hunks of one reply."""

Told = Literal["diff", "blocks", "program"]
"""How a reply tells an edit."""

Mark = Literal[" ", "-", "+"]

Edit = tuple[tuple[str, ...], tuple[str, ...]]
"""Lines that are taken away, and those that are put in."""


@dataclass(frozen=True)
class Edited:
    """A program that a reply makes of the reference."""

    program: str
    """Parses as Python, differs from the reference, ends in one newline."""
    told: Told
    hunks: int
    """Hunks or blocks applied; 0 where the reply holds the whole program."""
    notes: tuple[str, ...] = ()
    """What had to be overlooked, e.g. `hunk 2: comments differ`; empty if it fitted exactly."""


@dataclass(frozen=True)
class EditFailed:
    """Why a reply's edits can't be applied; none of them is."""

    reason: str
    """One sentence that the writer of the edit can act on."""


class EditError(Exception):
    """Raised inside this package only; its text is the reason of an `EditFailed`."""


class AmbiguousError(EditError):
    """A hunk fits at several places."""


class OverworkedError(EditError):
    """Placing the hunks takes too much work."""

    def __init__(self) -> None:
        super().__init__(
            "The edits can't be placed: too many of their lines occur again and again in the "
            "program. Make fewer and smaller edits, or answer with the whole program."
        )


class Line(NamedTuple):
    """A line of a hunk without its mark: context, taken away, or put in."""

    mark: Mark
    text: str


@dataclass(frozen=True)
class Hunk:
    """Neighbouring lines of the reference and what becomes of them."""

    name: str
    """How a message calls it, e.g. `hunk 2`."""
    lines: tuple[Line, ...]
    start: int | None = None
    """Line number, from 1, at which it claims to begin in the reference."""
    heading: str = ""
    """The line after `@@ ... @@`: in which function or class it claims to be."""
    file: str = ""
    is_insertion: bool = False
    """Its header says that it covers no line of the reference, as `diff -U0` writes it."""

    @property
    def old(self) -> list[str]:
        """The lines that it expects in the reference."""
        return [line.text for line in self.lines if line.mark != "+"]

    @property
    def new(self) -> list[str]:
        """The lines that it leaves."""
        return [line.text for line in self.lines if line.mark != "-"]

    @property
    def edit(self) -> Edit:
        """What it takes away and puts in, blank lines and white space around aside."""
        taken, put = (
            tuple(text for line in self.lines if line.mark == mark and (text := line.text.strip()))
            for mark in ("-", "+")
        )
        return taken, put

    @property
    def changes(self) -> bool:
        """Whether any line is taken away or put in."""
        return any(line.mark != " " for line in self.lines)


@dataclass(frozen=True)
class Change:
    """Lines `start` to `end` (from 0, end excluded) of the reference become `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]
    side: int = field(default=0, compare=False)
    """Of lines that are only put in: -1 if they were told below a line, 1 if above one, 0 if
    both or neither."""


class Place(NamedTuple):
    """Where a hunk goes: a line of the reference, from 0, for each of its old lines.

    None stands for a blank line or comment that the reference does not have there.
    """

    lines: tuple[int | None, ...]
    note: str = ""

    @property
    def first(self) -> int:
        """The first line of the reference that it covers."""
        return next(line for line in self.lines if line is not None)


def quote(line: str) -> str:
    """Return a line of a program as a message shows it."""
    text = " ".join(line.split())
    return f"`{text[:77]}...`" if len(text) > 80 else f"`{text}`"
