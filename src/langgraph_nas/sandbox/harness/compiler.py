"""torch's compiler, which is asked for and never used.

Inside there may be no C compiler, and one epoch seldom earns back what compiling takes; so
`torch.compile` gives what it is asked for and runs it as it stands. Loading the compiler alone
takes as long as many trainings do, and torch loads it for a plain optimizer: here it is loaded when
a program asks for more of it than that.
"""

import functools
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import nn

NAME = "torch._dynamo"


def run_eagerly() -> None:
    """Let `torch.compile` give what it is asked for, but run it without compiling.

    Its modules keep their type and the names of their weights.
    """
    compile_for = torch.compile

    @functools.wraps(compile_for)
    def eager(model: Any = None, **options: Any) -> Any:
        if model is None:
            return eager
        return compile_for(model, backend="eager") if isinstance(model, nn.Module) else model

    torch.compile = eager
    spec = find_spec(NAME)
    if NAME in sys.modules or spec is None:  # another version of torch
        torch.compiler.set_stance("force_eager")
        return
    compiler = module_from_spec(spec)
    compiler.__class__ = Unloaded
    sys.modules[NAME] = compiler
    torch._dynamo = compiler  # type: ignore[assignment]


class Unloaded(ModuleType):
    """The compiler's package before it is loaded; each of its modules can be had by itself."""

    def disable(self, fn: Any = None, *args: Any, **options: Any) -> Any:
        """Return a function as it is: nothing compiles it."""
        return fn if isinstance(fn, FunctionType) else load(self).disable(fn, *args, **options)

    def graph_break(self, *args: Any, **options: Any) -> None:
        """Do what it does where nothing is compiled: nothing."""

    def __getattr__(self, name: str) -> Any:
        """Return a module of the package, else load the whole."""
        if name.startswith("__"):
            raise AttributeError(f"module {NAME!r} has no attribute {name!r}")
        if find_spec(f"{NAME}.{name}") is not None:
            return import_module(f"{NAME}.{name}")
        return getattr(load(self), name)


def load(compiler: ModuleType) -> Any:
    """Load the compiler in place, if it is not, and let it compile nothing."""
    if isinstance(compiler, Unloaded):
        compiler.__class__ = ModuleType
        spec = compiler.__spec__
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(compiler)
        torch.compiler.set_stance("force_eager")
    return compiler
