"""Check a program on the host by its syntax tree alone, before any sandbox sees it.

Nothing is executed. What passes here may still fail in the sandbox; what fails here would
fail there too, only later.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from langgraph_nas.outcomes import Outcome
from langgraph_nas.programs.source import parse_program
from langgraph_nas.state import Stage

MAX_BYTES = 200_000
"""Largest program that is parsed, in bytes of UTF-8."""

_UNCLOSED = re.compile(r"'([(\[{])' was never closed")
_MODULE_NAMES = ("Module", "nn.Module", "torch.nn.Module")
_MODULE_LEVEL = (ast.If, ast.Try, ast.With)


@dataclass(frozen=True)
class ProgramProblem:
    """What is wrong with a program, as an outcome of its trial."""

    outcome: Outcome
    stage: Stage
    message: str
    """One sentence."""
    line: str | None = None
    """The program's own line at fault, stripped."""
    line_number: int | None = None


def check_program(text: str) -> ProgramProblem | None:
    """Return what is wrong with a candidate program, None if it may go to the sandbox.

    Asked for are: at most `MAX_BYTES`, Python that parses, and at module level a `class Net`
    that derives from `nn.Module`, has `forward` and is made without arguments. Where another
    class or a function is given the name, the sandbox looks.
    """
    if (size := len(text.encode("utf-8", "surrogatepass"))) > MAX_BYTES:
        return _unparsable(f"The program has {size} bytes; at most {MAX_BYTES} are accepted.")
    if not text.strip():
        return ProgramProblem("bad_structure", "structure", "The program is empty.")
    try:
        tree = parse_program(text)
    except SyntaxError as error:
        return _syntax_problem(error, text)
    except ValueError:
        return _unparsable("The program holds a character that Python source may not have.")
    except (RecursionError, MemoryError):
        return _unparsable("The program is nested too deeply to be parsed.")
    return _check_structure(tree, text)


def _unparsable(message: str) -> ProgramProblem:
    return ProgramProblem("syntax_error", "parse", message)


def _syntax_problem(error: SyntaxError, text: str) -> ProgramProblem:
    number = error.lineno
    reason = error.msg or "invalid syntax"
    if bracket := _UNCLOSED.search(reason):
        message = f"The bracket '{bracket[1]}' opened on line {number} is never closed."
    else:
        message = f"{reason[:1].upper()}{reason[1:].rstrip('.')}" + (
            f" on line {number}." if number and "line" not in reason else "."
        )
    return ProgramProblem("syntax_error", "parse", message, _line(text, number), number)


def _line(text: str, number: int | None) -> str | None:
    lines = text.split("\n")
    return lines[number - 1].strip()[:200] if number and 1 <= number <= len(lines) else None


def _check_structure(tree: ast.Module, text: str) -> ProgramProblem | None:
    classes = {node.name: node for node in _module_classes(tree.body)}
    net = classes.get("Net")
    if net is None and _binds_net(tree):
        return None  # what to, the sandbox sees
    if net is None:
        names = ", ".join(list(classes)[:8])
        found = f"; the classes are {names}" if names else ""
        return _misbuilt(f"There is no module-level `class Net`{found}.")
    lineage, foreign = _ancestors(net, classes)
    if not foreign:
        return _misbuilt("`Net` does not derive from `nn.Module`.", text, net.lineno)
    if all(base in _MODULE_NAMES for base in foreign) and not _find(lineage, "forward"):
        return _misbuilt("`Net` has no `forward` method.", text, net.lineno)
    init = _find(lineage, "__init__")
    if isinstance(init, ast.FunctionDef) and (complaint := _init_complaint(init)):
        return _misbuilt(complaint, text, init.lineno)
    return None


def _binds_net(tree: ast.Module) -> bool:
    """Tell whether something else than a class may get the name, or text that is run gives it."""
    return any(
        (isinstance(node, ast.Name) and node.id == "Net" and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.alias) and (node.asname or node.name) == "Net")
        or (isinstance(node, ast.FunctionDef) and node.name == "Net")
        or (isinstance(node, ast.Global) and "Net" in node.names)
        or (isinstance(node, ast.Name) and node.id in ("exec", "globals"))
        for node in ast.walk(tree)
    )


def _misbuilt(message: str, text: str = "", number: int | None = None) -> ProgramProblem:
    return ProgramProblem("bad_structure", "structure", message, _line(text, number), number)


def _module_classes(body: list[ast.stmt]) -> Iterator[ast.ClassDef]:
    """Yield the classes of module scope, also those inside `if`, `try` and `with`."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield node
        elif isinstance(node, _MODULE_LEVEL):
            for name in ("body", "orelse", "finalbody"):
                yield from _module_classes(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from _module_classes(handler.body)


def _ancestors(
    net: ast.ClassDef, classes: dict[str, ast.ClassDef]
) -> tuple[list[ast.ClassDef], set[str]]:
    """Return `net` and the program's own classes it derives from, and its foreign bases."""
    lineage, foreign, queue = [net], set[str](), list(net.bases)
    while queue:
        base = queue.pop(0)
        own = classes.get(base.id) if isinstance(base, ast.Name) else None
        if own is None:
            foreign.add(ast.unparse(base))
        elif own not in lineage:
            lineage.append(own)
            queue += own.bases
    return lineage, foreign - {"object"}


def _find(lineage: list[ast.ClassDef], name: str) -> ast.stmt | None:
    """Return the statement that gives the nearest class its attribute `name`."""
    for owner in lineage:
        for node in reversed(owner.body):
            if name in _bound(node):
                return node
    return None


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def _init_complaint(init: ast.FunctionDef) -> str | None:
    positional = [*init.args.posonlyargs, *init.args.args]
    if not positional and init.args.vararg is None:
        return "`Net.__init__` lacks `self`."
    required = [arg.arg for arg in positional[1 : len(positional) - len(init.args.defaults)]]
    defaults = zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
    required += [arg.arg for arg, default in defaults if default is None]
    if not required:
        return None
    names = ", ".join(f"`{name}`" for name in required[:8])
    return f"`Net()` takes no arguments, but `__init__` asks for {names}."
