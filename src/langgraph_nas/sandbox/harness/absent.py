"""Imports of packages that are not there fail where they are used, not where they stand.

Programs that were written elsewhere begin with imports that the network never touches: plots,
progress bars, summaries. Those under a `try` that expects an ImportError stay as they are.
"""

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, NoReturn

STAND_IN = "__absent__"
"""Name by which a program finds `stand_in`."""
_CATCHES = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_PARTS = ("body", "orelse", "finalbody")
_USES = (
    *("call", "iter", "next", "len", "getitem", "setitem", "contains", "enter", "aenter"),
    *("mro_entries", "instancecheck", "subclasscheck", "index", "int", "float", "matmul"),
    *("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "or", "ror"),
)


class Absent:
    """Stands for what was imported of a package that is not there; whatever uses it fails."""

    __name__: str

    def __init__(self, name: str) -> None:
        self.__dict__["__name__"] = name

    def __getattr__(self, name: str) -> "Absent":
        """Stand for a part of it: naming is not using."""
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}")

    def __bool__(self) -> bool:
        """Be false: it is not there."""
        return False


def _fail(self: Absent, *args: Any, **named: Any) -> NoReturn:
    top = self.__name__.partition(".")[0]
    raise ModuleNotFoundError(
        f"No module named '{top}' (the sandbox has torch, numpy and the standard library), "
        f"so {self.__name__} can't be used",
        name=top,
    )


for _use in _USES:
    setattr(Absent, f"__{_use}__", _fail)


def stand_in(name: str) -> Absent:
    """Return what stands for a name whose import has just failed.

    Raises:
        ModuleNotFoundError: The one being handled, if a part of a package that is there is missing.
    """
    error = sys.exc_info()[1]
    top = (getattr(error, "name", None) or "").partition(".")[0]
    if not top or top in sys.modules or find_spec(top) is not None:
        raise  # noqa: PLE0704
    return Absent(name)


def forgive(tree: ast.Module) -> ast.Module:
    """Return the program, its imports of absent packages standing for themselves."""
    tree.body = list(_forgiven(tree.body, expected=False))
    return ast.fix_missing_locations(tree)


def _forgiven(body: list[Any], *, expected: bool) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom) and not expected:
            yield from _wrapped(node)
            continue
        caught = isinstance(node, ast.Try) and any(map(_catches, node.handlers))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            expected = False  # its body runs later, outside the `try`
        for part in _PARTS:
            if isinstance(inner := getattr(node, part, None), list):
                is_expected = expected or (caught and part == "body")
                setattr(node, part, list(_forgiven(inner, expected=is_expected)))
        for branch in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            branch.body = list(_forgiven(branch.body, expected=expected))
        yield node


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _CATCHES for kind in kinds)


def _wrapped(node: ast.Import | ast.ImportFrom) -> Iterator[ast.stmt]:
    """Yield an import, name by name, each with what stands for it where it fails."""
    if isinstance(node, ast.ImportFrom) and (node.level or node.module == "__future__"):
        yield node
        return
    for alias in node.names:
        if isinstance(node, ast.Import):
            one: ast.stmt = ast.Import([alias])
            bound = alias.asname or alias.name.partition(".")[0]
            whole = alias.name if alias.asname else bound
        else:
            one = ast.ImportFrom(node.module, [alias], 0)
            bound, whole = alias.asname or alias.name, f"{node.module}.{alias.name}"
        call = ast.Call(ast.Name(STAND_IN, ast.Load()), [ast.Constant(whole)], [])
        instead: ast.stmt = ast.Assign([ast.Name(bound, ast.Store())], call)
        if bound == "*":
            instead = ast.Expr(call)
        missing = ast.Name("ModuleNotFoundError", ast.Load())
        attempt = ast.Try([one], [ast.ExceptHandler(missing, None, [instead])], [], [])
        for part in ast.walk(attempt):
            ast.copy_location(part, node)
        yield attempt
