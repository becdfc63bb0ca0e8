"""Bring programs to a normal form, so that the same network written differently is equal.

Each step takes away only what can't change the network. When in doubt it stays: two different
networks must never be equal, while one network under two hashes only costs a training. A step
that renames local names and attributes would join `STEPS`.
"""

import ast
from collections.abc import Callable, Iterator

from langgraph_nas.programs.imports import BASICS, basic_name


def drop_bare_constants(tree: ast.Module) -> ast.Module:
    """Drop docstrings and other bare constants, unless the program reads `__doc__`."""
    if any("__doc__" in _words(node) for node in ast.walk(tree)):
        return tree
    for node in ast.walk(tree):
        for _, body in ast.iter_fields(node):
            if isinstance(body, list) and any(map(_is_bare_constant, body)):
                body[:] = [item for item in body if not _is_bare_constant(item)] or [ast.Pass()]
    return tree


def drop_basic_imports(tree: ast.Module) -> ast.Module:
    """Drop module-level imports of `torch`, `nn`, `F` and `Tensor`, which are there anyway.

    An import stays where the program binds its name in any other way too.
    """
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


STEPS: tuple[Callable[[ast.Module], ast.Module], ...] = (drop_bare_constants, drop_basic_imports)
"""Applied in order to a tree of one's own."""

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
        ValueError: It holds a number too long to be written.
    """
    for step in STEPS:
        tree = step(tree)
    return _write(tree)


def _write(node: object) -> str:
    """Return a tree as text, the same in every Python version that gives the same tree."""
    if isinstance(node, list):
        return f"[{','.join(map(_write, node))}]"
    if isinstance(node, ast.Constant):
        return f"{type(node.value).__name__}:{node.value!r}"
    if isinstance(node, ast.AST):
        fields = [(k, v) for k, v in ast.iter_fields(node) if v is not None and v != []]
        return f"{type(node).__name__}({','.join(f'{k}={_write(v)}' for k, v in fields)})"
    return repr(node)


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
