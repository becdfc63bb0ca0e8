"""Bring programs to a normal form, so that the same network written differently is equal.

Each step takes away only what can't change the network. When in doubt it stays: two different
networks must never be equal, while one network under two hashes only costs a training.
"""

import ast
from collections.abc import Callable, Iterator
from typing import cast

from langgraph_nas.programs.imports import BASICS, basic_name
from langgraph_nas.programs.names import number_names


def drop_bare_constants(tree: ast.Module) -> ast.Module:
    """Drop docstrings and other bare constants, unless the program asks for `__doc__`.

    Raises:
        ValueError: The program may read its own text, of which then all counts.
    """
    bodies: list[list[ast.AST]] = []
    said: set[str] = set()
    for node in ast.walk(tree):
        for name in node._fields:
            part = getattr(node, name, None)
            if part.__class__ is str:
                said.add(part)
            elif part.__class__ is list and any(map(_is_bare_constant, part)):
                bodies.append(part)
    if not said.isdisjoint(_READ_TEXT):
        raise ValueError("The program may read its own text.")
    if said.isdisjoint(_READ_DOCSTRINGS):
        for body in bodies:
            body[:] = [node for node in body if not _is_bare_constant(node)] or [ast.Pass()]
    return tree


def drop_basic_imports(tree: ast.Module) -> ast.Module:
    """Drop module-level imports of `torch`, `nn`, `F` and `Tensor`, which are there anyway.

    An import stays where the program binds its name in any other way too.
    """
    imports = (n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom))
    if not any(basic_name(node, alias) for node in imports for alias in node.names):
        return tree
    needless = set(BASICS) - set(_other_bindings(tree))
    body: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [a for a in node.names if basic_name(node, a) not in needless]
            if not node.names:
                continue
        body.append(node)
    tree.body = body
    return tree


STEPS: tuple[Callable[[ast.Module], ast.Module], ...] = (
    drop_bare_constants,
    drop_basic_imports,
    number_names,
)
"""Applied in order to a tree of one's own."""

_READ_DOCSTRINGS = frozenset({"__doc__", "doctest", "help", "pydoc"})
_READ_TEXT = frozenset(
    {"co_firstlineno", "co_lines", "f_lineno", "inspect", "linecache", "tb_lineno", "traceback"}
)
_BINDERS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.ExceptHandler,
    ast.MatchAs,
    ast.MatchStar,
    ast.MatchMapping,
)


def normal_form(tree: ast.Module) -> str:
    """Return text that is equal for trees of the same network. The tree is used up.

    Raises:
        RecursionError: It is nested too deeply.
        ValueError: It holds a number too long to be written, or may read its own text.
    """
    for step in STEPS:
        tree = step(tree)
    parts: list[str] = []
    _write(tree, parts)
    return "".join(parts)


def _write(node: object, parts: list[str]) -> None:
    """Add a tree as text, the same in every Python version that gives the same tree."""
    if node.__class__ is list:
        parts.append("[")
        for item in cast("list[object]", node):
            _write(item, parts)
            parts.append(",")
        parts.append("]")
    elif isinstance(node, ast.Constant):
        parts.append(f"{type(node.value).__name__}:{node.value!r}")
    elif isinstance(node, ast.AST):
        parts.append(f"{node.__class__.__name__}(")
        for name in node._fields:
            value = getattr(node, name, None)
            if value is not None and value != []:
                parts.append(f"{name}=")
                _write(value, parts)
                parts.append(",")
        parts.append(")")
    else:
        parts.append(repr(node))


def _is_bare_constant(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _words(node: ast.AST) -> list[str]:
    return [value for _, value in ast.iter_fields(node) if isinstance(value, str)]


def _other_bindings(tree: ast.Module) -> Iterator[str]:
    """Yield the names that the program binds or deletes other than by basic imports."""
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _import_bindings(node, at_top=id(node) in top)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(node, _BINDERS):
            yield from _words(node)


def _import_bindings(node: ast.Import | ast.ImportFrom, *, at_top: bool) -> Iterator[str]:
    for alias in node.names:
        if alias.name == "*":
            yield from BASICS
        elif not (at_top and basic_name(node, alias)):
            yield alias.asname or alias.name.split(".")[0]
