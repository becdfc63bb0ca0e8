"""Cut the block classes that a program uses from `layers.py`, as text."""

import ast
from collections.abc import Iterable
from functools import cache
from importlib.resources import files


@cache
def _classes() -> dict[str, tuple[str, frozenset[str]]]:
    """Return the source of each class and the names it uses, in file order."""
    text = files(__package__).joinpath("layers.py").read_text(encoding="utf-8")
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            names = frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
            found[node.name] = (ast.get_source_segment(text, node) or "", names)
    return found


def class_sources(names: Iterable[str]) -> list[str]:
    """Return the classes called `names` and those they need, in an order that runs."""
    classes = _classes()
    wanted: set[str] = set()
    queue = [name for name in names if name in classes]
    while queue:
        name = queue.pop()
        if name not in wanted:
            wanted.add(name)
            queue += [used for used in classes[name][1] if used in classes]
    return [text for name, (text, _) in classes.items() if name in wanted]
