"""Statements of a program that its network does not need: training, printing, own data.

What is left out by mistake is seen when the network is loaded, so this need not be a proof.
"""

import ast
import symtable
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

_GIVEN = frozenset({"torch", "numpy", *sys.stdlib_module_names})
"""Packages that whoever loads an export has."""
_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, *_IMPORTS)


def unneeded(tree: ast.Module) -> list[ast.stmt]:
    """Return the statements of a module that can be left out for its `Net`."""
    return Needs([Statement(node) for node in _flat(tree.body)]).idle()


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement of a module, with the names of the module in it."""

    node: ast.stmt

    @property
    def is_definition(self) -> bool:
        """Whether it does nothing but give a function, class or package a name."""
        return isinstance(self.node, _DEFINITIONS)

    @cached_property
    def _tables(self) -> list[symtable.SymbolTable]:
        found = [symtable.symtable(ast.unparse(self.node), "<program>", "exec")]
        for table in found:  # which grows meanwhile
            found += table.get_children()
        return found

    @cached_property
    def bound(self) -> set[str]:
        """Names that it gives a meaning."""
        symbols = self._tables[0].get_symbols()
        return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}

    @cached_property
    def read(self) -> set[str]:
        """Names that it needs, now or when it is called."""
        found = {
            symbol.get_name()
            for number, table in enumerate(self._tables)
            for symbol in table.get_symbols()
            if (symbol.is_referenced() and (number == 0 or symbol.is_global()))
            or symbol.is_declared_global()
        }
        return found | {_root(part) for part in ast.walk(self.node) if _adds_to_name(part)}

    @cached_property
    def changed(self) -> set[str]:
        """Names whose objects it may change, now or when it is called."""
        parts = {_root(part) for part in ast.walk(self.node) if _changes(part)}
        return self.anew | (parts & (self.read | self.bound))

    @cached_property
    def anew(self) -> set[str]:
        """Names that its functions give another meaning (`global`)."""
        return {
            symbol.get_name()
            for table in self._tables[1:]
            for symbol in table.get_symbols()
            if symbol.is_declared_global() and symbol.is_assigned()
        }

    @cached_property
    def set(self) -> set[str]:
        """Names by which it is a bare call, or an assignment to a part: `torch.set_num_threads`."""
        parts = (part for part in ast.walk(self.node) if isinstance(part, ast.stmt))
        return {name for part in parts for name in _set_by(part)}


class Needs:
    """What the network of a program needs of its statements."""

    def __init__(self, statements: list[Statement]) -> None:
        self.statements = statements
        self.definitions = [s for s in statements if s.is_definition]
        self.imported = _names(s.bound for s in statements if isinstance(s.node, _IMPORTS))
        self.state = _names(s.bound for s in statements if not s.is_definition)
        self.needed = {"Net"}
        self.kept: set[Statement] = set()
        while more := [s for s in statements if s not in self.kept and self.must_stay(s)]:
            self.kept.update(more)
            self.needed |= _names(s.read | s.bound for s in more)

    def must_stay(self, statement: Statement) -> bool:
        """Tell whether the network needs what a statement gives, or would miss what it changes."""
        if statement.bound & (self.needed - self.imported):
            return True
        if statement.is_definition:
            return bool(statement.bound & self.needed)
        if "exec" in statement.set:  # who knows what it gives
            return True
        if (self.changed_by(statement) | self.given_by(statement)) & (self.needed - self.imported):
            return True
        runs = "Net" in statement.read or (statement.read & self.state) - self.needed
        return not runs and bool(statement.set & self.imported)

    def changed_by(self, statement: Statement) -> set[str]:
        """Return the names whose objects a statement may change, with all that it calls."""
        reached, met = {statement}, set(statement.read)
        while more := [s for s in self.definitions if s not in reached and s.bound & met]:
            reached.update(more)
            met |= _names(s.read for s in more)
        return _names(s.changed for s in reached)

    def given_by(self, statement: Statement) -> set[str]:
        """Return the names that a statement gives to a function of the program itself."""
        call = statement.node.value if isinstance(statement.node, ast.Expr) else None
        own = _names(s.bound for s in self.definitions) - self.imported
        if not isinstance(call, ast.Call) or _root(call.func) not in own:
            return set()
        return {given.id for given in call.args if isinstance(given, ast.Name)}

    def idle(self) -> list[ast.stmt]:
        """Return what can be left out."""
        left = [s for s in self.statements if s not in self.kept and self._is_idle(s)]
        gone = _names(s.bound for s in left) - _names(s.bound for s in self.kept)
        left += [
            s for s in self.definitions if s not in self.kept and s not in left and s.read & gone
        ]
        return [s.node for s in left]

    def _is_idle(self, statement: Statement) -> bool:
        """Tell whether a statement that need not stay does anything when the program is imported.

        Definitions do not, but for imports of packages that not everybody has.
        """
        node = statement.node
        if isinstance(node, ast.ImportFrom):
            return not node.level and (node.module or "").partition(".")[0] not in _GIVEN
        if isinstance(node, ast.Import):
            return all(alias.name.partition(".")[0] not in _GIVEN for alias in node.names)
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        return not (statement.is_definition or is_text)


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those under `if True` for themselves."""
    for node in body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Constant) and node.test.value:
            yield from _flat(node.body)
        else:
            yield node


def _names(sets: Iterable[set[str]]) -> set[str]:
    return set().union(*sets)


def _adds_to_name(part: ast.AST) -> bool:
    return isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name)


def _changes(part: ast.AST) -> bool:
    """Tell whether a part of a program may change an object: `x.a = 1`, `x.pop()`, `next(x)`."""
    if isinstance(part, ast.Attribute | ast.Subscript):
        return not isinstance(part.ctx, ast.Load)
    if not isinstance(part, ast.Call):
        return _adds_to_name(part)
    return isinstance(part.func, ast.Attribute) or ast.unparse(part.func) == "next"


def _set_by(part: ast.stmt) -> list[str]:
    if isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
        return [_root(part.value)]
    if isinstance(part, ast.Assign | ast.AugAssign):
        targets = part.targets if isinstance(part, ast.Assign) else [part.target]
        return [_root(t) for t in targets if isinstance(t, ast.Attribute | ast.Subscript)]
    return []


def _root(part: ast.AST) -> str:
    """Return the name that `x.a[0].b`, `x.pop()` or `next(x)` begins with, "" if with none."""
    if isinstance(part, ast.Call):
        is_next = isinstance(part.func, ast.Name) and part.func.id == "next" and part.args
        return _root(part.args[0] if is_next else part.func)
    if isinstance(part, ast.AugAssign):
        return _root(part.target)
    while isinstance(part, ast.Attribute | ast.Subscript):
        part = part.value
    return part.id if isinstance(part, ast.Name) else ""
