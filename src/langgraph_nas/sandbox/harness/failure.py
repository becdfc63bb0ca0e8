"""A failure in words that teach: class, message, the candidate's own line, shapes.

The candidate wrote the exception, too: its text may be huge, raise or lie, so all is bounded.
"""

import collections
import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import torch
from torch import nn

FILENAME = "<candidate>"
MAX_MESSAGE = 2000
MAX_SHAPES = 30
MAX_ENTRY = 200
ALLOCATION_FAILED = ("can't allocate memory", "not enough memory", "CUDA out of memory")


class Failure(Exception):
    """A rule that the candidate breaks without raising an exception of its own."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class ShapeTrace:
    """The shapes seen by the named modules of a network, up to a failure.

    Holds the last entries, e.g. `features.0 (Conv2d): [2, 3, 32, 32] -> [2, 64, 32, 32]`.
    """

    def __init__(self) -> None:
        self._entries: collections.deque[str] = collections.deque(maxlen=MAX_SHAPES)
        self._open: list[str] = []

    @contextlib.contextmanager
    def of(self, net: nn.Module) -> Iterator[None]:
        """Record the modules of `net` for as long as the block runs."""
        handles = []
        for name, module in net.named_modules():
            if name and not isinstance(module, nn.Sequential | nn.ModuleList | nn.ModuleDict):
                # TorchScript's modules take none.
                with contextlib.suppress(Exception):
                    handles.append(module.register_forward_pre_hook(self._enter(name)))
                    handles.append(module.register_forward_hook(self._leave(name)))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def restart(self) -> None:
        """Forget the entries of a pass that went well."""
        self._entries.clear()
        self._open.clear()

    def entries(self) -> list[str]:
        """Return the entries, oldest first; the module that failed comes last."""
        failed = [f"{self._open[-1]} -> failed"] if self._open else []
        return ([*self._entries, *failed])[-MAX_SHAPES:]

    def module(self) -> str | None:
        """Return path and class of the innermost module that failed, if it was in a module."""
        return self._open[-1].partition(":")[0] if self._open else None

    def _enter(self, name: str) -> Any:
        def hook(module: nn.Module, inputs: Any) -> None:
            shown = inputs[0] if isinstance(inputs, tuple) and len(inputs) == 1 else inputs
            entry = f"{name} ({type(module).__name__}): {describe(shown)}"
            self._open.append(entry[:MAX_ENTRY])

        return hook

    def _leave(self, name: str) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            if self._open:
                self._entries.append(f"{self._open.pop()} -> {describe(output)}"[:MAX_ENTRY])

        return hook


def describe(value: Any, depth: int = 0) -> str:
    """Return the shape of a tensor, the shapes in a tuple, or the type of anything else."""
    if isinstance(value, torch.Tensor):
        return str(list(value.shape))
    if isinstance(value, tuple | list) and depth < 2:
        parts = ", ".join(describe(part, depth + 1) for part in value[:4])
        return f"({parts}{', ...' if len(value) > 4 else ''})"
    return type(value).__name__


def explain(error: BaseException, usual: str) -> dict[str, Any]:
    """Return outcome, message and line number of what a candidate raised.

    Args:
        error: Whatever came out of the candidate's code.
        usual: The outcome unless the error has one of its own.
    """
    try:
        message = error_text(error)
        outcome = error.outcome if isinstance(error, Failure) else usual
        if is_out_of_memory(error, message):
            outcome = "out_of_memory"
        return {"outcome": outcome, "message": message, "line_number": own_line(error)}
    except BaseException:  # The candidate's exception may do anything when it is looked at.
        return {"outcome": usual, "message": "an exception that can't be read"}


def error_text(error: BaseException) -> str:
    """Return the type and text of `error` in one string of bounded length."""
    text = str(error)
    text = str.__getitem__(text, slice(0, MAX_MESSAGE))
    if isinstance(error, Failure):
        return text
    if isinstance(error, SyntaxError) and error.msg:
        text = str(error.msg)[:MAX_MESSAGE]
    if isinstance(error, SystemExit):
        return f"SystemExit: {text or 0} (the program ended itself; only Net is asked for)"
    name = type(error).__name__
    return f"{name}: {text}"[:MAX_MESSAGE] if text else name


def is_out_of_memory(error: BaseException, message: str) -> bool:
    """Tell whether memory ran out, on the device or in the process."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in message for text in ALLOCATION_FAILED)


def own_line(error: BaseException) -> int | None:
    """Return the number of the deepest line of the candidate's program in the traceback."""
    if isinstance(error, SyntaxError) and error.filename == FILENAME:
        return error.lineno
    found = None
    step: TracebackType | None = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == FILENAME:
            found = step.tb_lineno
        step = step.tb_next
    return found
