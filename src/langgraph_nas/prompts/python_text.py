"""Tell Python from what is none, in time that grows with the length of the text and no faster."""

import ast
import re
import warnings
from collections.abc import Callable

MOST_PARSED = 200_000
"""Longest text that is parsed, in characters; no longer program is accepted anyway."""
MOST_CUTS = 20
"""Most places at which a text is cut to find where it ceases to be Python."""

_NO_SOURCE = re.compile("[\0\ud800-\udfff]")
"""What Python source may not hold."""


def is_python(text: str) -> bool:
    """Tell whether text is Python."""
    return syntax_tree(text) is not None


def syntax_tree(text: str) -> ast.Module | None:
    """Return the syntax tree of a text; None if it is not Python, too deep or too long."""
    tree, _ = _parsed(text)
    return tree


def python_start(lines: list[str], cut: Callable[[str], str]) -> str | None:
    """Return the most lines from the first on that are Python; None if hardly any are.

    The parser says where it ceased to understand; what comes before is tried next, `MOST_CUTS`
    times at most.

    Args:
        lines: The text.
        cut: Returns what counts of a line if it is the last one.
    """
    end = _readable(lines)
    for _ in range(MOST_CUTS):
        if not end:
            return None
        text = "\n".join([*lines[: end - 1], cut(lines[end - 1])])
        tree, number = _parsed(text)
        if tree is not None:
            return text
        at = min(number or end, end)
        # The line at fault may do without its end, unless that was just tried.
        end = at if at < end and cut(lines[at - 1]) != lines[at - 1] else at - 1
    return None


def _readable(lines: list[str]) -> int:
    """Return how many lines come before any that no program may have."""
    size = 0
    for number, line in enumerate(lines):
        size += len(line) + 1
        if size > MOST_PARSED or _NO_SOURCE.search(line):
            return number
    return len(lines)


def _parsed(text: str) -> tuple[ast.Module | None, int | None]:
    """Return the syntax tree of a text, or the line, from 1, where it ceases to be Python."""
    if len(text) > MOST_PARSED:
        return None, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text), None
    except SyntaxError as error:
        return None, error.lineno
    except (ValueError, RecursionError, MemoryError):
        return None, None
