"""A survey of the names in a program: where they stand and what they belong to."""

import ast
from dataclasses import dataclass, field
from typing import Any

from langgraph_nas.programs.hints import Hint
from langgraph_nas.programs.scopes import Scope

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(eq=False, slots=True)
class Mention:
    """A place that names a variable, function, class or import."""

    node: Any
    place: str
    """The field of `node` that holds the name."""
    name: str
    scope: Scope

    def owner(self) -> Scope | None:
        """Return the scope that the name belongs to, None if it is a builtin or given."""
        return self.scope.owner(self.name)


@dataclass(eq=False, slots=True)
class Access:
    """A place that names an attribute: `base.name`, or a method's definition."""

    node: Any
    place: str
    name: str
    scope: Scope
    """That of `base`; for a method its class's."""
    base: ast.expr | None
    """None for a method."""


@dataclass(eq=False, slots=True)
class ClassMethod:
    """An undecorated function in a class's body, whose first parameter is the object."""

    name: str
    node: Function
    self_name: str
    class_name: str


@dataclass(slots=True)
class Survey:
    """What was read, in the order of the text."""

    module: Scope = field(default_factory=lambda: Scope("module"))
    mentions: list[Mention] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    methods: dict[Scope, ClassMethod] = field(default_factory=dict)
    classes: list[tuple[ast.ClassDef, Scope]] = field(default_factory=list)
    class_of: dict[Scope, str] = field(default_factory=dict)
    calls: list[tuple[ast.Call, Scope]] = field(default_factory=list)
    """Those with keywords."""
    hints: list[Hint] = field(default_factory=list)
    idle_hints: list[Hint] = field(default_factory=list)
    """Those that may be dropped; the names in them are in no other list."""
    strings: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    """Attributes, keywords, parts of imports."""
    harmless: set[ast.AST] = field(default_factory=set)
    """Nodes that need no second look: `self` in `self.x`, `add_module` with a constant name."""
    lineage: set[ast.AST] = field(default_factory=set)
    """Names of classes where they only say what derives from what."""
    speakers: set[str] = field(default_factory=set)
    """The builtins that were given text which nobody can read: `print`, exceptions."""
    is_opaque: bool = False
    """Something was met after which no name can be told to be free."""
    is_telling: bool = False
    """Something was met that turns objects into text."""
