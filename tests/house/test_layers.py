"""Imports point down, and what runs in the sandbox imports nothing of ours."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "langgraph_nas"
ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / PACKAGE
HARNESS = SOURCE / "sandbox" / "harness"

LEVELS: tuple[tuple[str, ...], ...] = (
    ("errors", "outcomes", "objectives", "registry", "state", "task", "config"),
    ("archive", "llm", "datasets", "programs", "prompts", "sandbox", "statistics"),
    ("evaluation", "spaces"),
    ("trials",),
    ("methods",),
    ("nodes",),
    ("session",),
    ("graph",),
    ("runs",),
    ("report",),
    ("doctor",),
    ("cli",),
)
LEVEL = {room: number for number, rooms in enumerate(LEVELS) for room in rooms}
VOCABULARY = LEVELS[0]


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).with_suffix("").parts[0]


def all_files() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "__pycache__" not in path.parts)


def imports_of(path: Path, package: str) -> Iterator[tuple[int, str]]:
    """All imports of a file, those inside functions too, as (line, absolute dotted name)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            # `from langgraph_nas import archive` names a room only in its second half.
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def package_of(path: Path) -> str:
    return ".".join((PACKAGE, *path.relative_to(SOURCE).parts[:-1]))


def may_import(room: str, other: str) -> bool:
    if room == other or other == "__version__":
        return True
    if room in VOCABULARY:
        return other in VOCABULARY
    return LEVEL[other] < LEVEL[room]


def upward_imports() -> Iterator[str]:
    for path in all_files():
        room = room_of(path)
        if room == "__init__":
            continue  # the public names, from all levels
        for line, name in imports_of(path, package_of(path)):
            head, _, rest = name.partition(".")
            other = rest.partition(".")[0]
            if head == PACKAGE and not may_import(room, other):
                yield f"{path.relative_to(ROOT)}:{line}: {room} imports {other}"


def test_every_room_has_its_level() -> None:
    rooms = {room_of(path) for path in all_files()} - {"__init__"}
    assert rooms <= set(LEVEL)


def test_imports_point_down() -> None:
    assert list(upward_imports()) == []


@pytest.mark.parametrize(
    ("room", "other", "allowed"),
    [
        ("nodes", "evaluation", True),
        ("evaluation", "nodes", False),
        ("evaluation", "spaces", False),
        ("methods", "nodes", False),
        ("llm", "archive", False),
        ("state", "config", True),
        ("config", "archive", False),
        ("cli", "doctor", True),
    ],
)
def test_the_rule_itself_tells_up_from_down(room: str, other: str, allowed: bool) -> None:
    assert may_import(room, other) == allowed


def test_relative_and_nested_imports_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "file.py"
    path.write_text(
        "from .. import nodes\n"
        "from . import near\n"
        "def late():\n"
        "    import langgraph_nas.cli.app\n"
        "    from langgraph_nas import graph\n"
    )
    found = [name for _, name in imports_of(path, "langgraph_nas.archive")]
    assert found == [
        "langgraph_nas.nodes",
        "langgraph_nas.archive.near",
        "langgraph_nas.cli.app",
        "langgraph_nas.graph",
    ]


def test_the_harness_imports_only_torch_numpy_and_the_standard_library() -> None:
    allowed = {"torch", "numpy", "nas_harness", *sys.stdlib_module_names}
    foreign = []
    for path in sorted(HARNESS.rglob("*.py")):
        package = ".".join(("nas_harness", *path.relative_to(HARNESS).parts[:-1]))
        for line, name in imports_of(path, package):
            if name.partition(".")[0] not in allowed:
                foreign.append(f"{path.name}:{line}: {name}")
    assert foreign == []


HEAVY = "torch torchvision docker sklearn xllamacpp langchain_ollama matplotlib datasketch scipy"


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        (f"import {PACKAGE}, {PACKAGE}.config, {PACKAGE}.sandbox.base", f"{HEAVY} rich langgraph"),
        (f"from {PACKAGE} import *", HEAVY),  # httpx, of LangChain's, imports rich
    ],
)
def test_importing_the_package_stays_light(statement: str, heavy: str) -> None:
    look = f"import sys; print([name for name in {heavy.split()!r} if name in sys.modules])"
    command = [sys.executable, "-c", f"{statement}; {look}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "src", check=True)
    assert done.stdout.strip() == "[]"
