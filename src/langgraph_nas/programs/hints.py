"""Type hints that a program can do without: those that do nothing when Python meets them."""

import ast
from dataclasses import dataclass
from typing import Any

from langgraph_nas.programs.scopes import Scope, dotted

_CLASSES = frozenset(
    {"Tensor", "bool", "bytes", "dict", "float", "int", "list", "object", "set", "str", "tuple"}
    | {"nn.Module", "nn.ModuleList", "nn.Sequential", "torch.Size", "torch.Tensor", "torch.device"}
    | {"torch.dtype", "torch.nn.Module", "type"}
)
_GENERICS = frozenset({"dict", "list", "set", "tuple", "type"})
_ARITY: dict[str, int | None] = {
    **{"Iterable": 1, "Iterator": 1, "List": 1, "Optional": 1, "Sequence": 1, "Set": 1, "Type": 1},
    **{"Dict": 2, "Tuple": None, "Union": None},
}
TYPING = frozenset({"Any", "Callable", "Literal", *_ARITY})
"""Names of `typing` that every Python has."""


@dataclass(eq=False, slots=True)
class Hint:
    """An annotation, and the scope whose code it would run in."""

    node: Any
    """What is annotated: an `arg`, a function, an assignment."""
    place: str
    annotation: ast.expr
    scope: Scope

    def is_idle(self, given: frozenset[str]) -> bool:
        """Tell whether dropping it changes nothing but what can be asked of `__annotations__`.

        Args:
            given: The names of `typing` that are sure to be imported.
        """
        if isinstance(self.node, ast.AnnAssign):
            if self.node.value is None or self.scope.kind == "class":
                return False
            if self.scope.kind == "function":  # There it is never evaluated.
                return not binds(self.annotation)
        is_constant = isinstance(self.annotation, ast.Constant)
        return is_constant or _is_type(self.annotation, self.scope, given, at_top=True)


def binds(annotation: ast.expr) -> bool:
    """Tell whether an annotation holds what changes its scope even if it is not evaluated."""
    changes = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
    return any(isinstance(node, changes) for node in ast.walk(annotation))


def typing_names(tree: ast.Module) -> frozenset[str]:
    """Return what the imports at the top take from `typing`, under its own name."""
    names = set()
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        if isinstance(node, ast.ImportFrom) and node.module == "typing" and node.level == 0:
            names |= {a.name for a in node.names if a.asname is None and a.name in TYPING}
    return frozenset(names)


def _is_type(node: ast.expr, scope: Scope, given: frozenset[str], *, at_top: bool = False) -> bool:
    """Tell whether an expression is for sure a type, so that evaluating it does nothing."""
    if isinstance(node, ast.Constant):
        return node.value is None
    if isinstance(node, ast.Subscript):
        return _is_generic(node, scope, given)
    if isinstance(node, ast.BinOp):
        sides = (node.left, node.right)
        return (
            isinstance(node.op, ast.BitOr)
            and not all(isinstance(side, ast.Constant) for side in sides)
            and not any(isinstance(side, ast.Name) and side.id in TYPING for side in sides)
            and all(_is_type(side, scope, given) for side in sides)
        )
    if isinstance(node, ast.Name) and node.id in given:
        owner = scope.owner(node.id)
        if owner is None or owner.kind != "module" or owner.bound[node.id] != {"import"}:
            return False
        return at_top or node.id == "Any"
    return _is_given(node, scope)


def _is_given(node: ast.expr, scope: Scope) -> bool:
    name = dotted(node)
    return name in _CLASSES and scope.owner(name.partition(".")[0]) is None


def _is_generic(node: ast.Subscript, scope: Scope, given: frozenset[str]) -> bool:
    """Tell whether this is e.g. `list[int]` or `Optional[Tensor]`, with as many types as due."""
    if not isinstance(node.value, ast.Name):
        return False
    name = node.value.id
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name in ("Tuple", "tuple") and len(parts) == 2 and _is_ellipsis(parts[1]):
        parts = parts[:1]
    if not parts or not all(_is_type(part, scope, given) for part in parts):
        return False
    if name in _GENERICS:
        return scope.owner(name) is None
    return (
        name in _ARITY
        and _is_type(node.value, scope, given, at_top=True)
        and (_ARITY[name] in (None, len(parts)))
    )


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
