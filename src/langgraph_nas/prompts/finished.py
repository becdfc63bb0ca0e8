"""The finished part of a reply that was cut."""

import ast

from langgraph_nas.prompts.programs import find_program
from langgraph_nas.prompts.python_text import python_start, syntax_tree

_MOST_LINES = 60
"""Lines at the end of a cut program that may be left out."""
_TIMES, _LONGEST = 12, 40
"""Repeats of so few characters that are no code."""


def find_finished_program(reply: str) -> str | None:
    """Return the program in a cut reply, less what is unfinished at its end.

    It is None unless its class `Net` is whole: the last line of `forward` has come, a `return`.
    What follows that may be left out, a second class of that name too.
    """
    program = find_program(_without_circle(reply))
    lines = program.rstrip().split("\n") if program else []
    part = python_start(lines, str.rstrip)
    for _ in range(2):
        tree = syntax_tree(part) if part else None
        if part is None or tree is None or not tree.body:
            return None
        kept = part.rstrip().split("\n")
        if len(lines) - len(kept) >= _MOST_LINES:
            return None
        if _has_whole_net(tree):
            return "\n".join(kept) + "\n"
        part = "\n".join(kept[: tree.body[-1].lineno - 1])
    return None


def _without_circle(reply: str) -> str:
    """Return a reply without a last line that ends in the same few characters again and again."""
    start = reply.rstrip().rfind("\n") + 1
    last = "".join(reply[start:].split())
    units = (last[-length:] for length in range(1, _LONGEST + 1) if length * _TIMES <= len(last))
    return reply[:start] if any(last.endswith(unit * _TIMES) for unit in units) else reply


def _has_whole_net(tree: ast.Module) -> bool:
    nets = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Net"]
    methods = nets[-1].body if nets else []
    return any(
        isinstance(node, ast.FunctionDef)
        and node.name == "forward"
        and isinstance(node.body[-1], ast.Return)
        for node in methods
    )
