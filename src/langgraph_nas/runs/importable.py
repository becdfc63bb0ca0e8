"""A program as a module: importing it gives its network, and does as little else as can be.

In a search a program runs as a script does. What imports it has a command line of its own, and
waits for nothing to be trained or printed.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from langgraph_nas.programs.source import parse_program
from langgraph_nas.runs.unneeded import unneeded
from langgraph_nas.sandbox.harness.script import is_guard, is_script

_PARSERS = (
    "parse_args",
    "parse_known_args",
    "parse_intermixed_args",
    "parse_known_intermixed_args",
)

Edit = tuple[int, int, bytes]
"""First byte, the one after the last, and what is put in their place."""


def importable(program: str) -> list[str]:
    """Return forms of a program for an export, first the one that does least when imported.

    Whether they give the same network is to be seen. The last one is the program itself.
    """
    forms: list[str] = []
    for edits in ((_opened, _least, _deaf), (_opened, _deaf)):
        # What can't be read, or no longer can, is no form of it.
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            forms.append(_edited(program, edits))
    return list(dict.fromkeys([*forms, program]))


class _Source:
    """A program with the place of each of its parts."""

    def __init__(self, text: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")  # as Python reads it
        self.text = text.encode()
        self.tree = parse_program(text)
        self._starts = [0, *(match.end() for match in re.finditer(b"\n", self.text))]

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return the first byte of a part, its decorators included, and the one after its last."""
        line, column = node.end_lineno or node.lineno, node.end_col_offset or 0
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        return self._starts[first - 1] + node.col_offset, self._starts[line - 1] + column

    def lines(self, start: int, end: int) -> tuple[int, int]:
        """Return the first byte of the lines in which a part stands, and the end of them."""
        stop = self.text.find(b"\n", end)
        return self.text.rfind(b"\n", 0, start) + 1, len(self.text) if stop < 0 else stop + 1


def _edited(text: str, edits: Sequence[Callable[[_Source], Iterator[Edit]]]) -> str:
    for find in edits:
        source = _Source(text)
        found = source.text
        for start, end, new in sorted(find(source), reverse=True):
            found = found[:start] + new + found[end:]
        text = found.decode()
    parse_program(text)
    return text


def _opened(source: _Source) -> Iterator[Edit]:
    """Let what is done only as a script be done always, if the network is among it."""
    if is_script(source.tree):
        for node in source.tree.body:
            if is_guard(node) and isinstance(node, ast.If):
                yield *source.span(node.test), b"True"


def _least(source: _Source) -> Iterator[Edit]:
    """Leave out the statements that the network does not need, with lines that hold no others."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(source.span(node) for node in unneeded(source.tree)):
        if spans and not source.text[spans[-1][1] : start].strip(b" \t;"):
            start = spans.pop()[0]
        spans.append((start, end))
    for start, end in spans:
        first, last = source.lines(start, end)
        before, after = source.text[first:start], source.text[end:last]
        is_alone = not before.strip() and not after.partition(b"#")[0].strip(b" \t\r\n;")
        yield (first, last, b"") if is_alone else (start, end, b"pass")


def _deaf(source: _Source) -> Iterator[Edit]:
    """Let the program find an empty command line, whatever the one of its user is."""
    names = set(_names_of_argv(source.tree))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node) in names:
            if isinstance(node.ctx, ast.Load):
                yield *source.span(node), b'["network.py"]'
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            named = {keyword.arg for keyword in node.keywords}
            if node.func.attr in _PARSERS and not node.args and named.isdisjoint({"args", None}):
                start = source.text.index(b"(", source.span(node.func)[1]) + 1
                yield start, start, b"[], " if named else b"[]"


def _names_of_argv(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                if isinstance(node, ast.Import) and alias.name == "sys":
                    yield f"{alias.asname or alias.name}.argv"
                elif isinstance(node, ast.ImportFrom) and (node.module, alias.name) == (
                    "sys",
                    "argv",
                ):
                    yield alias.asname or alias.name
