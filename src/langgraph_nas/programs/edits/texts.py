"""A program as lines that can be looked up, ever less strictly."""

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from langgraph_nas.programs.edits.hunks import OverworkedError

MOST_PLACES = 500
"""Places looked at for lines of which the rarest is more frequent than that."""
MOST_WORK = 2_000_000
"""Lines and letters that are compared for one reply, whatever it holds; ordinary ones take some
thousand."""
_COMMENT = re.compile(r"^([^'\"#]*)#.*$")
_SPACE = re.compile(r"\s+")


def without_space(line: str) -> str:
    """Return a line without any white space."""
    return _SPACE.sub("", line)


def without_comment(line: str) -> str:
    """Return a line without white space and without its comment, if that is sure to be one."""
    return without_space(_COMMENT.sub(r"\1", line))


class Level(NamedTuple):
    """One way to compare lines."""

    key: Callable[[str], str]
    skips: bool
    """Whether lines with an empty key are passed over."""
    note: str
    """What was overlooked if only this level finds a hunk."""


LEVELS = (
    Level(str.rstrip, False, ""),
    Level(str.strip, False, "indentation differs"),
    Level(without_space, True, "white space differs"),
    Level(without_comment, True, "comments differ"),
)
"""From strict to lax."""


class Work:
    """How many lines and letters may still be compared."""

    def __init__(self, most: int = MOST_WORK) -> None:
        self.left = most

    def spend(self, amount: int) -> None:
        """Count what is going to be compared.

        Raises:
            OverworkedError: It is more than is left.
        """
        self.left -= amount
        if self.left < 0:
            raise OverworkedError


class Index:
    """The lines of a program by their key on one level."""

    def __init__(self, lines: list[str], level: Level, work: Work) -> None:
        self._work = work
        keys = [level.key(line) for line in lines]
        self.where = [i for i, key in enumerate(keys) if key or not level.skips]
        self.keys = [keys[i] for i in self.where]
        self.at: defaultdict[str, list[int]] = defaultdict(list)
        for position, key in enumerate(self.keys):
            self.at[key].append(position)

    def find(self, keys: list[str]) -> list[int]:
        """Return each position at which these keys follow each other.

        Raises:
            OverworkedError: That takes too much work.
        """
        size = len(keys)
        rarest = min(range(size), key=lambda i: len(self.at.get(keys[i], ())))
        places = self.at.get(keys[rarest], ())[:MOST_PLACES]
        self._work.spend(size * (1 + len(places)))
        starts = (at - rarest for at in places)
        return [p for p in starts if p >= 0 and self.keys[p : p + size] == keys]


class Text:
    """The lines of a program, their indexes, and how they are indented.

    Args:
        lines: The lines.
        work: How much may be compared to find others in them.
    """

    def __init__(self, lines: list[str], work: Work | None = None) -> None:
        self.lines, self.work = lines, work or Work()
        self._indexes: dict[int, Index] = {}

    def index(self, level: int) -> Index:
        """Return the index of a level of `LEVELS`."""
        if level not in self._indexes:
            self._indexes[level] = Index(self.lines, LEVELS[level], self.work)
        return self._indexes[level]

    def has(self, line: str) -> bool:
        """Tell whether the program has this line, give or take white space and a comment."""
        return self.like(line) is not None

    def like(self, line: str) -> tuple[int, int] | None:
        """Return the first and the last line, from 0, like this one but for blanks and comments."""
        level = 3 if without_comment(line) else 2
        index = self.index(level)
        at = index.at.get(LEVELS[level].key(line))
        return (index.where[at[0]], index.where[at[-1]]) if at else None

    @cached_property
    def ends(self) -> list[int]:
        """For each line the next one, from 0, that is not blank and indented no further."""
        ends, open_lines = [len(self.lines)] * len(self.lines), list[int]()
        for at, line in enumerate(self.lines):
            if not line.strip():
                continue
            while open_lines and self.width(line) <= self.width(self.lines[open_lines[-1]]):
                ends[open_lines.pop()] = at
            open_lines.append(at)
        return ends

    @cached_property
    def has_tabs(self) -> bool:
        """Whether lines are indented by tabs."""
        return any(line[:1] == "\t" for line in self.lines)

    @cached_property
    def unit(self) -> int:
        """Width of one step of indentation; that of a tab is 4."""
        if self.has_tabs:
            return 4
        widths = [len(line) - len(line.lstrip(" ")) for line in self.lines if line.strip()]
        return min((width for width in widths if width), default=4)

    def width(self, line: str) -> int:
        """Return the width of a line's indentation, tabs being one step each."""
        blank = line[: len(line) - len(line.lstrip())]
        return len(blank.expandtabs(self.unit))

    def indented(self, line: str, shift: int) -> str:
        """Return a line moved by `shift` columns and indented as the program is."""
        if not line.strip():
            return ""
        width = max(0, self.width(line) + shift)
        if self.has_tabs:
            return "\t" * (width // self.unit) + " " * (width % self.unit) + line.lstrip()
        return " " * width + line.lstrip()
