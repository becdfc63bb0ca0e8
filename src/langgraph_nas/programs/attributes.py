"""Attributes of a program's own objects that may have any name."""

import ast
from functools import cached_property
from typing import Literal

from langgraph_nas.programs import words
from langgraph_nas.programs.scopes import Scope, dotted
from langgraph_nas.programs.survey import Access, ClassMethod, Function, Survey

Base = Literal["own", "super", "foreign", "other"]


class Attributes:
    """The attributes that a program writes, and whose they are.

    Known is only what `self` is. An attribute that is also asked of something else keeps its
    name, as that may be one of these objects or one of torch; unless these objects can be
    nothing but `self`, as that of a `Net` which the program itself never makes.
    """

    def __init__(self, found: Survey) -> None:
        self._found = found
        self._families, self._has_foreign_base = _families(found)
        self._methods = self._sure_methods()
        self._bases = [_base(access, self._methods) for access in found.accesses]

    def are_foreign(self) -> bool:
        """Tell whether objects may get into the hands of code that looks at their attributes."""
        returned = any(
            base in ("own", "super") and access.base and access.name in words.RETURN_SELF
            for access, base in zip(self._found.accesses, self._bases, strict=True)
        )
        passed = any(
            isinstance(mention.node, ast.Name)
            and mention.node not in self._found.harmless
            and _method(mention.name, mention.scope, self._methods)
            for mention in self._found.mentions
        )
        return self._has_foreign_base or returned or passed

    def reach_into_torch(self) -> bool:
        """Tell whether the program asks others for private attributes, or sets torch's own."""
        defined = {name for _, name in self._defined}
        return any(
            (access.name[:1] == "_" and access.name[:2] != "__" and access.name not in defined)
            or (base == "foreign" and _is_set(access))
            for access, base in zip(self._found.accesses, self._bases, strict=True)
        )

    def free(self) -> list[tuple[Access, str]]:
        """Return the places of attributes that may have any name, with the family they are of."""
        kept, hidden = self._kept(), self._hidden()
        others = {
            access.name
            for access, base in zip(self._found.accesses, self._bases, strict=True)
            if base == "other"
        }
        own = ((access, self._family(access)) for access in self._found.accesses)
        return [
            (access, family)
            for access, family in own
            if family
            and access.name not in kept
            and (access.name not in others or family in hidden)
            and (family, access.name) in self._defined
        ]

    def _sure_methods(self) -> dict[Scope, ClassMethod]:
        """Return the methods whose first parameter is for sure an object of their class.

        Those looked up in the class's own body or asked of a class may get anything.
        """
        sure = {
            scope: method
            for scope, method in self._found.methods.items()
            if scope.bound[method.self_name] == {"parameter"}
        }
        mentions = self._found.mentions
        reached = {m.name for m in mentions if (owner := m.owner()) and owner.kind == "class"}
        while True:
            reached |= {a.name for a in self._found.accesses if _base(a, sure) == "other"}
            fewer = {scope: method for scope, method in sure.items() if method.name not in reached}
            if len(fewer) == len(sure):
                return sure
            sure = fewer

    @cached_property
    def _defined(self) -> set[tuple[str, str]]:
        """Family and name of the attributes that the program gives its objects."""
        return {
            (family, access.name)
            for access in self._found.accesses
            if (access.base is None or _is_set(access)) and (family := self._family(access))
        }

    def _family(self, access: Access) -> str | None:
        """Return the family of classes an attribute is of, None if that can't be told."""
        if access.base is None:
            return self._families[self._found.class_of[access.scope]]
        if not isinstance(access.base, ast.Name):
            return None
        method = _method(access.base.id, access.scope, self._methods)
        return self._families[method.class_name] if method else None

    def _hidden(self) -> set[str]:
        """Return the families of which no object gets anywhere but into its own methods."""
        found = self._found
        supers = [a for a in found.accesses if isinstance(a.base, ast.Call) and _says_super(a.base)]
        if (
            not found.words.isdisjoint(words.HAND_OUT)
            or any(w.startswith(words.HOOK) and w not in words.REGISTRARS for w in found.words)
            or len(supers) != sum(mention.name == "super" for mention in found.mentions)
        ):
            return set()
        shown = {
            mention.name
            for mention in found.mentions
            if isinstance(mention.node, ast.Name) and mention.node not in found.lineage
        }
        sure = {method.node for method in self._methods.values()}
        out = {
            self._families[node.name]
            for node, _ in found.classes
            if node.name in shown or not all(_is_plain(part, sure) for part in node.body)
        }
        return set(self._families.values()) - out

    def _kept(self) -> set[str]:
        """Return the names of attributes that code which is not seen may ask for."""
        kept = set(words.MODULE_ATTRIBUTES | words.LAYER_ATTRIBUTES | words.QUIET_DUNDERS)
        kept.update(part for text in self._found.strings for part in text.split("."))
        for access, base in zip(self._found.accesses, self._bases, strict=True):
            is_private = access.name[:1] == "_" and access.base is not None and _is_set(access)
            is_decorated = access.base is None and access.node.decorator_list
            if base == "super" or is_private or is_decorated:
                kept.add(access.name)
        for scope in self._found.class_of:
            kept.update(name for name, ways in scope.bound.items() if ways != {"method"})
        kept.update(m.name for m in self._found.mentions if m.scope.kind == "class")
        return kept


def _families(found: Survey) -> tuple[dict[str, str], bool]:
    """Return what stands for all classes related to a class, and whether a base is unknown.

    Classes of one name count as one.
    """
    families = {node.name: node.name for node, _ in found.classes}
    has_foreign = False
    for node, scope in found.classes:
        for base in node.bases:
            if isinstance(base, ast.Name) and _is_only_class(base.id, scope):
                old, new = families[base.id], families[node.name]
                families = {k: new if v == old else v for k, v in families.items()}
            elif dotted(base) not in words.BASES or not _is_foreign(base, scope):
                has_foreign = True
    return families, has_foreign


def _is_only_class(name: str, scope: Scope) -> bool:
    owner = scope.owner(name)
    return owner is not None and owner.bound[name] == {"class"}


def _base(access: Access, methods: dict[Scope, ClassMethod]) -> Base:
    """Return what an attribute is asked of, where `methods` are those that know their `self`."""
    base = access.base
    if base is None or isinstance(base, ast.Name) and _method(base.id, access.scope, methods):
        return "own"
    if isinstance(base, ast.Call):
        return "super" if _is_super(base, access.scope, methods) else "other"
    return "foreign" if _is_foreign(base, access.scope) else "other"


def _method(name: str, scope: Scope, methods: dict[Scope, ClassMethod]) -> ClassMethod | None:
    """Return the method whose `self` is meant by a name, None if it means something else."""
    owner = scope.owner(name)
    method = methods.get(owner) if owner else None
    return method if method and method.self_name == name else None


def _is_super(call: ast.Call, scope: Scope, methods: dict[Scope, ClassMethod]) -> bool:
    """Tell whether this is the `super()` of an object (that of a class gives plain functions)."""
    if not _says_super(call):
        return False
    if len(call.args) == 2:
        of = call.args[1]
        return isinstance(of, ast.Name) and _method(of.id, scope, methods) is not None
    return not call.args and scope in methods


def _says_super(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "super"


def _is_plain(part: ast.stmt, methods: set[Function]) -> bool:
    """Tell whether a statement in a class's body is a method or a constant."""
    if isinstance(part, ast.Assign | ast.AnnAssign):
        return part.value is None or isinstance(part.value, ast.Constant)
    return isinstance(part, ast.Pass) or part in methods


def _is_foreign(node: ast.expr, scope: Scope) -> bool:
    """Tell whether a dotted name starts at an import or at what the sandbox gives."""
    while isinstance(node, ast.Attribute):
        node = node.value
    if not isinstance(node, ast.Name):
        return False
    owner = scope.owner(node.id)
    return owner is None or owner.bound[node.id] <= {"import", "alias"}


def _is_set(access: Access) -> bool:
    return access.base is not None and not isinstance(access.node.ctx, ast.Load)
