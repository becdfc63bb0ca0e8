"""The scopes of a program, and which of them owns a name: Python's own rules, read statically."""

import ast
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["parameter", "function", "class", "import", "alias", "method", "other"]
"""How a name gets bound. An `import` can't take another name, an `alias` (`as x`) can."""


@dataclass(eq=False, slots=True)
class Scope:
    """One scope. `global`, `nonlocal` and type parameters are not known here."""

    kind: Literal["module", "class", "function", "comprehension"]
    parent: "Scope | None" = None
    bound: dict[str, set[Way]] = field(default_factory=dict)
    """The names bound here, with the ways in which they are."""

    def bind(self, name: str, way: Way = "other") -> None:
        """Take down that this scope's code binds (or deletes) a name."""
        self.bound.setdefault(name, set()).add(way)

    def walrus(self) -> "Scope":
        """Return the scope in which `:=` binds: comprehensions have none of their own."""
        if self.kind == "comprehension" and self.parent is not None:
            return self.parent.walrus()
        return self

    def owner(self, name: str) -> "Scope | None":
        """Return the scope that a name belongs to, None if it is a builtin or given.

        Only right once all of the program has been read.
        """
        if name in self.bound:
            return self
        outer = self.parent
        while outer is not None and outer.kind == "class":
            outer = outer.parent
        return outer.owner(name) if outer is not None else None


def dotted(node: ast.expr) -> str:
    """Return a dotted name as text, empty if it is something else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (home := dotted(node.value)):
        return f"{home}.{node.attr}"
    return ""
