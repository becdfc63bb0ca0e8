"""From program text to its class `Net`, run as a script of its own would be."""

import ast
import functools
import io
import linecache
import math
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .absent import STAND_IN, forgive, stand_in
from .failure import FILENAME, Failure

NAME = "candidate"
"""Name of the module that a program becomes."""
SCRIPT = "__main__"


@dataclass(frozen=True)
class Program:
    """A compiled program, which has not run."""

    code: types.CodeType
    lines: list[str]
    name: str
    """`candidate`, or `__main__` if its network is only there when it runs as a script."""


def compile_program(text: str) -> Program:
    """Return the compiled program.

    Raises:
        SyntaxError: It is no Python.
        ValueError: It holds null bytes.
    """
    lines = io.StringIO(text, newline=None).readlines()  # as Python counts them
    linecache.cache[FILENAME] = (len(text), None, lines, FILENAME)
    tree = ast.parse(text, FILENAME)
    name = SCRIPT if is_script(tree) else NAME
    return Program(compile(forgive(tree), FILENAME, "exec", dont_inherit=True), lines, name)


def is_script(tree: ast.Module) -> bool:
    """Tell whether a program defines its network only under `if __name__ == "__main__"`."""
    guarded = [part for node in tree.body if is_guard(node) for part in ast.walk(node)]
    rest = [part for node in tree.body if not is_guard(node) for part in ast.walk(node)]
    return any(map(is_net, guarded)) and not any(map(is_net, rest))


def is_net(node: ast.AST) -> bool:
    """Tell whether a part of a program defines the class, or gives one its name."""
    if isinstance(node, ast.ClassDef):
        return node.name == "Net"
    return isinstance(node, ast.Name) and node.id == "Net" and isinstance(node.ctx, ast.Store)


def is_guard(node: ast.stmt) -> bool:
    """Tell whether a statement is `if __name__ == "__main__"`."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    values = {side.value for side in sides if isinstance(side, ast.Constant)}
    return "__name__" in names and SCRIPT in values


def load_class(program: Program) -> type[nn.Module]:
    """Run the program and return its class `Net`.

    `torch`, `nn`, `F`, `Tensor` and `math` are there without an import.

    Raises:
        Failure: There is no such class, or it is no module.
    """
    module = types.ModuleType(program.name)
    sys.modules[program.name] = sys.modules[NAME] = module
    given: dict[str, Any] = {"torch": torch, "nn": nn, "F": functional, "Tensor": Tensor}
    file = str(Path.cwd() / f"{NAME}.py")
    # Tracebacks of the candidate, and inspect.getsource, show its own lines.
    linecache.cache[file] = (0, None, program.lines, file)
    given |= {"math": math, STAND_IN: stand_in, "__file__": file}
    module.__dict__.update(given)
    sys.argv[:] = [file]
    exec(program.code, module.__dict__)
    made = module.__dict__.get("Net")
    if not isinstance(made, type) or not issubclass(made, nn.Module):
        raise Failure("bad_structure", "the program defines no class Net(nn.Module)")
    return made


def run_eagerly() -> None:
    """Let `torch.compile` give what it is asked for, but run it without compiling.

    Inside there may be no compiler, and one epoch seldom earns back what compiling takes. Its
    modules keep their type and the names of their weights.
    """
    compile_for = torch.compile

    @functools.wraps(compile_for)
    def eager(model: Any = None, **options: Any) -> Any:
        if model is None:
            return eager
        return compile_for(model, backend="eager") if isinstance(model, nn.Module) else model

    torch.compile = eager
    torch.compiler.set_stance("force_eager")
