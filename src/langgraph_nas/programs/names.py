"""Number the names of a program that matter to nobody but itself.

Each variable and each attribute gets the number of its first appearance, so that programs which
differ only in names come out equal. A name stays where something else might look for it: torch,
the sandbox, a string, code that can't be seen through. What is renamed is renamed everywhere, and
to what Python can't write (`$0`), so what comes out is the same program.
"""

import ast

from langgraph_nas.programs import words
from langgraph_nas.programs.attributes import Attributes
from langgraph_nas.programs.hints import typing_names
from langgraph_nas.programs.reader import read_names
from langgraph_nas.programs.scopes import Scope, dotted
from langgraph_nas.programs.survey import Access, Mention, Survey

Entity = tuple[Scope | str, str]
"""A variable of a scope, or an attribute of a family of classes."""


def number_names(tree: ast.Module) -> ast.Module:
    """Replace names by numbers in the order of their appearance, where that changes nothing.

    Raises:
        RecursionError: It is nested too deeply.
    """
    found = read_names(tree)
    variables = [(mention, owner) for mention in found.mentions if (owner := mention.owner())]
    given = {mention.name for mention in found.mentions if mention.owner() is None}
    attributes = Attributes(found)
    if _is_opaque(found, given, attributes):
        return tree
    tree = _drop_idle_hints(tree, found)
    are_told = _are_told(found, given, attributes)
    places: list[tuple[Mention | Access, Entity]] = [
        (mention, (owner, mention.name))
        for mention, owner in _free_variables(found, variables, are_told=are_told)
    ]
    if not are_told:
        places += [(access, (family, access.name)) for access, family in attributes.free()]
    numbers: dict[Entity, str] = {}
    for place, entity in places:
        setattr(place.node, place.place, numbers.setdefault(entity, f"${len(numbers)}"))
    return tree


def _drop_idle_hints(tree: ast.Module, found: Survey) -> ast.Module:
    """Drop the hints that do nothing, and the imports that were only there for hints."""
    for hint in found.idle_hints:
        setattr(hint.node, hint.place, None)
    if any(isinstance(hint.node, ast.AnnAssign) for hint in found.idle_hints):
        tree = _Assignments().visit(tree)
    needless = typing_names(tree) - {mention.name for mention in found.mentions}
    for node in list(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module == "typing":
            node.names = [alias for alias in node.names if alias.name not in needless]
            if not node.names:
                tree.body.remove(node)
    return tree


class _Assignments(ast.NodeTransformer):
    """Makes plain assignments of those that have lost their annotation."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.annotation is not None or node.value is None:
            return node
        return ast.Assign(targets=[node.target], value=node.value)


def _is_opaque(found: Survey, given: set[str], attributes: Attributes) -> bool:
    """Tell whether something in the program may see any name at all."""
    return (
        found.is_opaque
        or not given.isdisjoint(words.BARE_READERS)
        or not found.words.isdisjoint(words.READERS)
        or any(w[:2] == "__" and w not in words.QUIET_DUNDERS for w in found.words)
        or any(m.name == "super" and m.owner() for m in found.mentions)
        or attributes.reach_into_torch()
    )


def _are_told(found: Survey, given: set[str], attributes: Attributes) -> bool:
    """Tell whether something may see the names that objects carry: attributes, functions, classes.

    Text made of objects shows them, and by text they can be asked for.
    """
    return (
        found.is_telling
        or not given.isdisjoint(words.BARE_TELLERS)
        or not found.words.isdisjoint(words.TELLERS)
        or any("%" in text or "{" in text for text in found.strings)
        or any(m.name in found.speakers and m.owner() for m in found.mentions)
        or attributes.are_foreign()
    )


def _free_variables(
    found: Survey, variables: list[tuple[Mention, Scope]], *, are_told: bool
) -> list[tuple[Mention, Scope]]:
    """Return the mentions of variables whose names only the compiler sees."""
    # In a class's body a name is first looked up there, then in the module.
    in_classes = {mention.name for mention, owner in variables if owner.kind == "class"}
    passed = _passed_by_keyword(found)
    fixed: set[str] = {"function", "class", "import"} if are_told else {"import"}

    def is_free(name: str, owner: Scope) -> bool:
        ways = owner.bound[name]
        if name in in_classes or name[:2] == "__" or not fixed.isdisjoint(ways):
            return False
        if "parameter" in ways and (passed is None or name in passed):
            return False
        return owner.kind != "module" or name not in words.FIXED_GLOBALS

    known: dict[Entity, bool] = {}
    for mention, owner in variables:
        if (owner, mention.name) not in known:
            known[owner, mention.name] = is_free(mention.name, owner)
    return [(mention, owner) for mention, owner in variables if known[owner, mention.name]]


def _passed_by_keyword(found: Survey) -> set[str] | None:
    """Return the parameters that may be passed by keyword, None if it could be any."""
    names = set(words.CALLED_BY_KEYWORD)
    for call, scope in found.calls:
        if not _is_layer(call.func, scope):
            passed = {keyword.arg for keyword in call.keywords}
            if None in passed:
                return None
            names |= {name for name in passed if name}
    return names


def _is_layer(function: ast.expr, scope: Scope) -> bool:
    """Tell whether this is a function of `F` or a class of `nn`: they pass no keywords on."""
    if not isinstance(function, ast.Attribute):
        return False
    home, name = dotted(function.value), function.attr
    is_ours = scope.owner(home.partition(".")[0]) is not None
    return not is_ours and (home == "F" or (home in ("nn", "torch.nn") and name[:1].isupper()))
