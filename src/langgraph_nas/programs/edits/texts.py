"""A program as lines that can be looked up, ever less strictly."""

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

MOST_PLACES = 500
"""Places looked at for lines of which the rarest is more frequent than that."""
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


class Index:
    """The lines of a program by their key on one level."""

    def __init__(self, lines: list[str], level: Level) -> None:
        keys = [level.key(line) for line in lines]
        self.where = [i for i, key in enumerate(keys) if key or not level.skips]
        self.keys = [keys[i] for i in self.where]
        self.at: defaultdict[str, list[int]] = defaultdict(list)
        for position, key in enumerate(self.keys):
            self.at[key].append(position)

    def find(self, keys: list[str]) -> list[int]:
        """Return each position at which these keys follow each other."""
        size = len(keys)
        rarest = min(range(size), key=lambda i: len(self.at.get(keys[i], ())))
        starts = (at - rarest for at in self.at.get(keys[rarest], ())[:MOST_PLACES])
        return [p for p in starts if p >= 0 and self.keys[p : p + size] == keys]


class Text:
    """The lines of a program, their indexes, and how they are indented."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self._indexes: dict[int, Index] = {}

    def index(self, level: int) -> Index:
        """Return the index of a level of `LEVELS`."""
        if level not in self._indexes:
            self._indexes[level] = Index(self.lines, LEVELS[level])
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
