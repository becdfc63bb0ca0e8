"""The names that every candidate has without an import, and where a program imports them.

The sandbox gives each program `torch`, `nn`, `F`, `Tensor` and `math`. To run alone, it needs
imports.
"""

import ast
import symtable
from collections.abc import Iterator

from langgraph_nas.programs.files import as_utf8
from langgraph_nas.programs.source import parse_program

BASICS = ("torch", "nn", "F", "Tensor", "math")

_WHOLE = {
    ("math", "math"),
    ("torch", "torch"),
    ("torch.nn", "torch"),
    ("torch.nn.functional", "torch"),
    ("torch.nn", "nn"),
    ("torch.nn.functional", "F"),
}
_MEMBERS = {
    ("torch", "nn", "nn"),
    ("torch", "Tensor", "Tensor"),
    ("torch.nn", "functional", "F"),
}


def with_imports(text: str) -> str:
    """Return the program with the imports of the basics that it uses and does not bind itself.

    They go below the module's docstring and its `from __future__` imports. Text that Python
    can't read comes back as it is. The result may be written to a file, see `as_utf8`.
    """
    return as_utf8(_with_imports(text))


def _with_imports(text: str) -> str:
    try:
        tree = parse_program(text)
        missing = _missing(text, tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    if not missing:
        return text
    first, start = _first_line(tree, text)
    lines = text.split("\n")
    above, below = "\n".join(lines[:start]).rstrip(), "\n".join(lines[start:]).lstrip("\n")
    gap = "\n" if isinstance(first, ast.Import | ast.ImportFrom) else "\n\n\n"
    return f"{above}\n\n{_lines(missing)}{gap}{below}".lstrip("\n")


def _lines(names: set[str]) -> str:
    """Return the imports of these names in isort's order."""
    lines = [f"import {name}" for name in ("math", "torch") if name in names]
    if len(lines) == 2:  # the standard library stands apart
        lines.insert(1, "")
    if "F" in names:
        lines.append("import torch.nn.functional as F")
    if members := sorted(names & {"Tensor", "nn"}):
        lines.append(f"from torch import {', '.join(members)}")
    return "\n".join(lines)


def _missing(text: str, tree: ast.Module) -> set[str]:
    """Return the basics that the program reads as globals and never binds at module level."""
    module = symtable.symtable(text, "<program>", "exec")
    used, bound = _annotated(tree), set[str]()
    for table in _tables(module):
        for symbol in table.get_symbols():
            is_global = table is module or symbol.is_global()
            if is_global and symbol.is_referenced():
                used.add(symbol.get_name())
            if is_global and (symbol.is_assigned() or symbol.is_imported()):
                bound.add(symbol.get_name())
    return (used & set(BASICS)) - bound


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _annotated(tree: ast.Module) -> set[str]:
    """Return the names in annotations, which `from __future__ import annotations` hides."""
    names = set()
    for node in ast.walk(tree):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(part, ast.AST):
                names |= {n.id for n in ast.walk(part) if isinstance(n, ast.Name)}
    return names


def _first_line(tree: ast.Module, text: str) -> tuple[ast.stmt | None, int]:
    """Return the first statement that imports may precede, and the line to put them before."""
    end = 0
    for position, node in enumerate(tree.body):
        is_docstring = position == 0 and ast.get_docstring(tree) is not None
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (is_docstring or is_future):
            break
        end = node.end_lineno or end
    else:
        node = None
    if end == 0 and text.startswith("#"):
        # Comments at the top (a shebang, a licence) stay there.
        lines = text.split("\n")
        end = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return node, end


def basic_name(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str | None:
    """Return which basic this import binds to just what the sandbox gives, None if to none."""
    if isinstance(node, ast.Import):
        bound = alias.asname or alias.name.split(".")[0]
        return bound if (alias.name, bound) in _WHOLE else None
    bound = alias.asname or alias.name
    is_basic = node.level == 0 and (node.module, alias.name, bound) in _MEMBERS
    return bound if is_basic else None
