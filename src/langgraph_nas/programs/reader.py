"""Read a program once and take down all names in it."""

import ast
import builtins
from collections.abc import Callable
from typing import Any

from langgraph_nas.programs.hints import Hint, binds, typing_names
from langgraph_nas.programs.scopes import Scope
from langgraph_nas.programs.survey import Access, ClassMethod, Function, Mention, Survey
from langgraph_nas.programs.words import QUIET_IMPORTS, REGISTRARS


def read_names(tree: ast.Module) -> Survey:
    """Return what a program's names are and where.

    Raises:
        RecursionError: It is nested too deeply.
    """
    found = Survey()
    _read_all(tree.body, found.module, found)
    typing = typing_names(tree)
    found.is_opaque |= any(binds(hint.annotation) for hint in found.hints)
    for hint in found.hints:
        if hint.is_idle(typing):
            found.idle_hints.append(hint)
        else:
            _read(hint.annotation, hint.scope, found)
    return found


def _read(node: ast.AST, scope: Scope, found: Survey) -> None:
    reader = _READERS.get(type(node))
    if reader is not None:
        reader(node, scope, found)
    else:
        _read_parts(node, scope, found)


def _read_parts(node: ast.AST, scope: Scope, found: Survey) -> None:
    for name in node._fields:
        part = getattr(node, name, None)
        if part.__class__ is list:
            _read_all(part, scope, found)
        elif isinstance(part, ast.AST):
            _read(part, scope, found)


def _read_all(nodes: list[Any], scope: Scope, found: Survey) -> None:
    for node in nodes:
        if isinstance(node, ast.AST):
            _read(node, scope, found)


def _mention(node: ast.AST, place: str, name: str, scope: Scope, found: Survey) -> None:
    found.mentions.append(Mention(node, place, name, scope))
    if name[:2] == "__":
        found.is_opaque |= name != "__name__"


def _name(node: ast.Name, scope: Scope, found: Survey) -> None:
    if node.ctx.__class__ is not ast.Load:
        scope.bind(node.id)
    _mention(node, "id", node.id, scope, found)


def _attribute(node: ast.Attribute, scope: Scope, found: Survey) -> None:
    name = node.attr
    found.words.add(name)
    if name in REGISTRARS and node not in found.harmless:
        found.is_telling = True
    if node.value.__class__ is ast.Name:
        found.harmless.add(node.value)
    _read(node.value, scope, found)
    found.accesses.append(Access(node, "attr", name, scope, node.value))


def _call(node: ast.Call, scope: Scope, found: Survey) -> None:
    if node.keywords:
        found.calls.append((node, scope))
        found.words.update(k.arg for k in node.keywords if k.arg is not None)
    if isinstance(node.func, ast.Attribute):
        named = node.args[:1] + [k.value for k in node.keywords if k.arg == "name"]
        if node.func.attr == "__init__":
            found.harmless.update(node.args[:1])
        elif named and isinstance(named[0], ast.Constant):
            found.harmless.add(node.func)
    elif isinstance(node.func, ast.Name) and node.func.id == "super":
        found.lineage.update(node.args[:1])
        found.harmless.update(node.args[1:2])
    elif isinstance(node.func, ast.Name) and _is_speaker(node.func.id):
        found.speakers.add(node.func.id)
        _read(node.func, scope, found)
        for part in node.args:
            _message(part, scope, found)
        _read_all(node.keywords, scope, found)
        return
    _read_parts(node, scope, found)


def _is_speaker(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return name == "print" or (isinstance(kind, type) and issubclass(kind, BaseException))


def _assert(node: ast.Assert, scope: Scope, found: Survey) -> None:
    _read(node.test, scope, found)
    if node.msg is not None:
        _message(node.msg, scope, found)


def _message(node: ast.expr, scope: Scope, found: Survey) -> None:
    """Read text that the program can't get hold of again: no handler names its exception."""
    if isinstance(node, ast.JoinedStr):
        for part in node.values:
            _message(part, scope, found)
    elif isinstance(node, ast.FormattedValue):
        _read(node.value, scope, found)
        if node.format_spec is not None:
            _message(node.format_spec, scope, found)
    elif not isinstance(node, ast.Constant):
        _read(node, scope, found)


def _constant(node: ast.Constant, scope: Scope, found: Survey) -> None:
    if isinstance(node.value, str):
        found.strings.add(node.value)


def _formatted(node: ast.FormattedValue, scope: Scope, found: Survey) -> None:
    found.is_telling = True
    _read_parts(node, scope, found)


def _function(node: Function, scope: Scope, found: Survey) -> None:
    _read_all(node.decorator_list, scope, found)
    inner = Scope("function", scope)
    if scope.kind == "class":
        scope.bind(node.name, "method")
        found.words.add(node.name)
        found.accesses.append(Access(node, "name", node.name, scope, None))
        parameters = node.args.posonlyargs + node.args.args
        if parameters and not node.decorator_list:
            owner = found.class_of[scope]
            found.methods[inner] = ClassMethod(node.name, node, parameters[0].arg, owner)
    else:
        scope.bind(node.name, "function")
        _mention(node, "name", node.name, scope, found)
    _signature(node, inner, found)
    _read_all(node.body, inner, found)
    last = node.body[-1]
    if isinstance(last, ast.Assign) and isinstance(last.value, ast.Name) and _is_idle(node):
        found.harmless.add(last.value)


def _is_idle(node: Function) -> bool:
    """Tell whether a function ends by setting a variable that nothing can read any more.

    Models that run out of tokens end like this: `x = self`.
    """
    last = node.body[-1]
    target = last.targets[0] if isinstance(last, ast.Assign) and len(last.targets) == 1 else None
    inner = [part for statement in node.body for part in ast.walk(statement)]
    return isinstance(target, ast.Name) and not any(type(part) in _SCOPES for part in inner)


def _signature(node: Function | ast.Lambda, inner: Scope, found: Survey) -> None:
    """Read defaults and annotations outside, and parameters inside."""
    outer = inner.parent or inner
    arguments = node.args
    _read_all([*arguments.defaults, *arguments.kw_defaults], outer, found)
    for arg in (
        *arguments.posonlyargs,
        *arguments.args,
        *([arguments.vararg] if arguments.vararg else []),
        *arguments.kwonlyargs,
        *([arguments.kwarg] if arguments.kwarg else []),
    ):
        inner.bind(arg.arg, "parameter")
        _mention(arg, "arg", arg.arg, inner, found)
        if arg.annotation is not None:
            found.hints.append(Hint(arg, "annotation", arg.annotation, outer))
    if (returns := getattr(node, "returns", None)) is not None:
        found.hints.append(Hint(node, "returns", returns, outer))
    found.is_opaque |= bool(getattr(node, "type_params", None))


def _lambda(node: ast.Lambda, scope: Scope, found: Survey) -> None:
    inner = Scope("function", scope)
    _signature(node, inner, found)
    _read(node.body, inner, found)


def _class(node: ast.ClassDef, scope: Scope, found: Survey) -> None:
    _read_all([*node.decorator_list, *node.bases], scope, found)
    _read_all([keyword.value for keyword in node.keywords], scope, found)
    scope.bind(node.name, "class")
    _mention(node, "name", node.name, scope, found)
    found.classes.append((node, scope))
    found.lineage.update(node.bases)
    found.is_telling |= bool(node.decorator_list or node.keywords)
    found.is_opaque |= bool(getattr(node, "type_params", None))
    inner = Scope("class", scope)
    found.class_of[inner] = node.name
    _read_all(node.body, inner, found)


def _comprehension(node: Any, scope: Scope, found: Survey) -> None:
    """Read the first iterable outside, all else inside."""
    inner = Scope("comprehension", scope)
    for position, part in enumerate(node.generators):
        _read(part.iter, inner if position else scope, found)
        _read(part.target, inner, found)
        _read_all(part.ifs, inner, found)
    for name in ("key", "value", "elt"):
        if (part := getattr(node, name, None)) is not None:
            _read(part, inner, found)


def _walrus(node: ast.NamedExpr, scope: Scope, found: Survey) -> None:
    _read(node.value, scope, found)
    scope.walrus().bind(node.target.id)
    _mention(node.target, "id", node.target.id, scope.walrus(), found)


def _import(node: ast.Import | ast.ImportFrom, scope: Scope, found: Survey) -> None:
    if isinstance(node, ast.ImportFrom):
        found.is_opaque |= node.level > 0
        _imported(node.module or "", found)
    for alias in node.names:
        if isinstance(node, ast.Import):
            _imported(alias.name, found)
        else:
            found.words.add(alias.name)
        found.is_opaque |= alias.name == "*"
        if alias.asname:
            scope.bind(alias.asname, "alias")
            _mention(alias, "asname", alias.asname, scope, found)
        else:
            scope.bind(alias.name.split(".")[0], "import")


def _imported(module: str, found: Survey) -> None:
    first, *rest = module.split(".")
    found.is_opaque |= first not in QUIET_IMPORTS
    found.words.update(rest)


def _annotated(node: ast.AnnAssign, scope: Scope, found: Survey) -> None:
    # `(x): int` binds no name, unlike `x: int`.
    found.is_opaque |= node.value is None and not node.simple
    found.hints.append(Hint(node, "annotation", node.annotation, scope))
    _read(node.target, scope, found)
    if node.value is not None:
        _read(node.value, scope, found)


def _handler(node: ast.ExceptHandler, scope: Scope, found: Survey) -> None:
    # The text of an exception may hold any name.
    found.is_opaque |= node.name is not None
    _read_parts(node, scope, found)


def _opaque(node: ast.AST, scope: Scope, found: Survey) -> None:
    found.is_opaque = True


_SCOPES = frozenset(
    {ast.AsyncFunctionDef, ast.ClassDef, ast.DictComp, ast.FunctionDef, ast.GeneratorExp}
    | {ast.Lambda, ast.ListComp, ast.SetComp}
)
_READERS: dict[type[ast.AST], Callable[[Any, Scope, Survey], None]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Assert: _assert,
    ast.Constant: _constant,
    ast.FormattedValue: _formatted,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Lambda: _lambda,
    ast.ClassDef: _class,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.NamedExpr: _walrus,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.AnnAssign: _annotated,
    ast.ExceptHandler: _handler,
    ast.Global: _opaque,
    ast.Nonlocal: _opaque,
    ast.Match: _opaque,
}
if hasattr(ast, "TypeAlias"):
    _READERS[ast.TypeAlias] = _opaque
