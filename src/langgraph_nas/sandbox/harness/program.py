"""From program text to its network, run as a script of its own would be."""

import ast
import io
import linecache
import math
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .absent import STAND_IN, forgive, stand_in
from .failure import FILENAME, Failure
from .script import SCRIPT, is_script

NAME = "candidate"
"""Name of the module that a program becomes."""


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


def build(program: Program) -> nn.Module:
    """Run the program and return what its `Net()` gives, be it a class or a function.

    `torch`, `nn`, `F`, `Tensor` and `math` are there without an import.

    Raises:
        Failure: There is no `Net` to be called, or it gives no module.
    """
    given = {"torch": torch, "nn": nn, "F": functional, "Tensor": Tensor, "math": math}
    sys.modules[program.name] = sys.modules[NAME] = module = types.ModuleType(program.name)
    sys.argv[:] = [place_of(NAME)]
    run(program.code, module, program.lines, NAME, given)
    lack = "the program defines no class Net(nn.Module)"
    named = module.__dict__.get("Net")
    if isinstance(named, nn.Module):
        raise Failure("bad_structure", f"{lack}: Net is a network already, Net() must make one")
    if not callable(named):
        raise Failure("bad_structure", lack)
    net = named()
    if not isinstance(net, nn.Module):
        raise Failure("bad_structure", f"{lack}: Net() gives a {type(net).__name__}")
    return net


def run(
    code: types.CodeType,
    module: types.ModuleType,
    lines: list[str],
    name: str,
    given: Mapping[str, Any],
) -> None:
    """Run a program's code as a module, as if it came from a file `name`.py.

    Args:
        code: Of `forgive`'s tree.
        module: A new one.
        lines: The program's, for tracebacks and `inspect.getsource`.
        name: Of the file.
        given: Names that are there without an import.
    """
    file = place_of(name)
    linecache.cache[file] = (0, None, lines, file)
    module.__dict__.update(given)
    module.__dict__.update({STAND_IN: stand_in, "__file__": file})
    exec(code, module.__dict__)


def place_of(name: str) -> str:
    """Return where the file of a program would lie."""
    return str(Path.cwd() / f"{name}.py")
