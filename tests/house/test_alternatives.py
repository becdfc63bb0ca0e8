"""Nobody asks which method, space or form it is but those who are it: they are asked themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from langgraph_nas.registry import METHODS, SPACES

SOURCE = Path(__file__).parents[2] / "src" / "langgraph_nas"
FORMS = ("code", "spec", "edit")


def compared(path: Path) -> Iterator[tuple[int, str, str]]:
    """All comparisons of something with a text, as (line, what is compared, text)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        parts = [p for s in sides for p in (s.elts if isinstance(s, ast.Tuple | ast.List) else [s])]
        texts = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
        yield from ((node.lineno, ast.unparse(node.left), text) for text in texts)


@pytest.mark.parametrize(
    ("names", "homes", "words"),
    [
        (tuple(METHODS.ours), ("methods", "registry"), ("method",)),
        ((*SPACES.ours, *FORMS), ("spaces", "registry"), ("space", "form")),
    ],
)
def test_names_are_compared_at_home_only(
    names: tuple[str, ...], homes: tuple[str, ...], words: tuple[str, ...]
) -> None:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).with_suffix("")
        if place.parts[0] in homes:
            continue
        for line, what, text in compared(path):
            if text in names and any(word in what.casefold() for word in words):
                found.append(f"{place}:{line}: {what} with {text!r}")
    assert found == []
