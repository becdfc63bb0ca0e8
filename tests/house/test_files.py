"""Files stay short, functions too, and the rooms are found at the top."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "examples", "benchmarks")
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 40
VAGUE = {"manager", "handler", "utils", "helpers", "common"}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "__pycache__" not in path.parts:
                yield path


def test_every_file_is_shorter_than_300_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in python_files(*FOLDERS)
    }
    assert {name: count for name, count in lengths.items() if count >= MOST_LINES} == {}


def test_every_function_of_the_package_is_shorter_than_40_lines() -> None:
    long = []
    for path in python_files("src"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            # The words that describe it don't count, nor do the options of a command.
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            length = (node.end_lineno or 0) - first.lineno + 1
            if length >= MOST_LINES_OF_A_FUNCTION:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}, {length} lines")
    assert long == []


def test_type_checkers_see_that_every_setting_has_a_default() -> None:
    unseen = []  # `Field(5)` is a default to Pydantic, a missing argument to mypy and pyright
    for path in python_files("src"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Field" and node.args:
                unseen.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert unseen == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    vague = [path for path in python_files("src") if VAGUE & set(path.stem.split("_"))]
    assert vague == []


@pytest.mark.parametrize("room", ["graph", "nodes", "sandbox", "prompts"])
def test_the_four_rooms_are_linked_at_the_top(room: str) -> None:
    link = ROOT / room
    assert link.is_symlink()
    assert not link.readlink().is_absolute()
    assert link.resolve() == ROOT / "src" / "langgraph_nas" / room
    assert link.is_dir()


def test_the_header_of_a_file_names_a_thing() -> None:
    asking = []
    for path in python_files("src"):
        first = (ast.get_docstring(ast.parse(path.read_text())) or "").partition(" ")[0]
        if first in ("What", "How", "Which", "Why", "When", "Where", "Whether"):
            asking.append(str(path.relative_to(ROOT)))
    assert asking == []


def test_no_class_name_is_used_for_two_things() -> None:
    homes: dict[str, list[str]] = {}
    for path in python_files("src"):
        if path.name == "layers.py" or "harness" in path.parts:  # text of programs; a package apart
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}


TWICE = {
    "main": "the start of a program",
    "embedded_problem": "asked of a module that is imported only then",
    **dict.fromkeys(
        ("search", "resume", "replay", "export", "finalize", "reliability", "build", "clean"),
        "a command is called as what it does",
    ),
}
"""Functions of several modules that have one name on purpose -> why."""


def test_no_function_name_is_used_for_two_things() -> None:
    homes: dict[str, list[str]] = {}
    for path in python_files("src"):
        if path.name == "layers.py" or "harness" in path.parts:
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    doubled = {name: files for name, files in homes.items() if len(files) > 1}
    assert {name: files for name, files in doubled.items() if name not in TWICE} == {}
