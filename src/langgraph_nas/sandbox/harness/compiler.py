"""torch's compiler, which is asked for and never used.

Inside there may be no C compiler, and one epoch seldom earns back what compiling takes; so
`torch.compile` gives what it is asked for and runs it as it stands. Loading the compiler alone
takes as long as many trainings do, and torch loads it for a plain optimizer: here it is loaded when
a program asks for more of it than that.
"""

import functools
import os
import sys
import tempfile
import threading
from contextlib import suppress
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import nn

NAME = "torch._dynamo"
CACHE = "TORCHINDUCTOR_CACHE_DIR"
ALONE = frozenset(
    [
        "bytecode_analysis",
        "bytecode_transformation",
        "config",
        "graph_utils",
        "metrics_context",
        "source",
        "utils",
    ]
)
"""Modules of it that load without the rest."""
_LOADED_BY = "_nas_loaded_by"
_LOCK = threading.RLock()


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
    # It makes its folder when it is loaded, and files that a look makes are no good sign.
    folder = os.environ.setdefault(CACHE, str(Path(tempfile.gettempdir()) / "torchinductor"))
    with suppress(OSError):  # where nothing can be made, nothing is left behind
        Path(folder).mkdir(parents=True, exist_ok=True)
    compiler = module_from_spec(spec)
    compiler.__class__ = Unloaded
    sys.modules[NAME] = compiler
    torch._dynamo = compiler
    sys.meta_path.insert(0, Whole())


class Unloaded(ModuleType):
    """The compiler's package before it is loaded."""

    def disable(self, fn: Any = None, *args: Any, **options: Any) -> Any:
        """Return a function as it is, as nothing compiles it, or what does so."""
        if fn is None:
            return lambda fn: self.disable(fn, *args, **options)
        return fn if isinstance(fn, FunctionType) else load(self).disable(fn, *args, **options)

    def graph_break(self, *args: Any, **options: Any) -> None:
        """Do what it does where nothing is compiled: nothing."""

    def __getattr__(self, name: str) -> Any:
        """Return a module that can be had alone, else load the whole."""
        if is_loading(self) or (name.startswith("__") and name != "__all__"):
            raise AttributeError(f"module {NAME!r} has no attribute {name!r}")
        return import_module(f"{NAME}.{name}") if name in ALONE else getattr(load(self), name)


class Whole(MetaPathFinder):
    """Loads the compiler before the first of its modules that can't be had alone."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Return a module that has been loaded by now; None of all others."""
        first, _, rest = name.partition(f"{NAME}.")
        if (
            first
            or not rest
            or rest in ALONE
            or not isinstance(whole := sys.modules.get(NAME), Unloaded)
            or is_loading(whole)
        ):
            return None
        load(whole)
        loaded = sys.modules.get(name)
        if loaded is None:
            return None
        # Of a module that is there, its own spec is taken.
        loaded.__spec__ = spec = ModuleSpec(name, Loaded(loaded))
        return spec


class Loaded(Loader):
    """Gives a module that is there.

    Args:
        module: It.
    """

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return it."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Leave it as it was."""
        module.__spec__ = self._spec


def load(compiler: ModuleType) -> Any:
    """Load the compiler in place, if it is not, and let it compile nothing."""
    with _LOCK:
        if isinstance(compiler, Unloaded) and not is_loading(compiler):
            spec = compiler.__spec__
            assert spec is not None
            assert spec.loader is not None
            compiler.__dict__[_LOADED_BY] = threading.get_ident()
            try:
                spec.loader.exec_module(compiler)
            finally:
                del compiler.__dict__[_LOADED_BY]
                object.__setattr__(compiler, "__class__", ModuleType)
            torch.compiler.set_stance("force_eager")
    return compiler


def is_loading(compiler: ModuleType) -> bool:
    """Tell whether this thread is loading it at this moment."""
    return compiler.__dict__.get(_LOADED_BY) == threading.get_ident()
