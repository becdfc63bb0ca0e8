"""A first look at a network without the values of its weights.

Drawing the weights of a large network takes longer than one look at its shapes, and most failures
are of shapes. So a network is first built with its memory as it comes, and checked, in a process
of its own. Only a failure that no value can lead to is final: a shape or a type that does not fit,
a name that is not there, before the program looked at any value. All others are left to the
rehearsal, whose weights are drawn.
"""

import contextlib
import dis
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import torch
from torch import Tensor
from torch.nn import init
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from .failure import FILENAME, Failure, error_text

_DRAWS = frozenset({Tensor.uniform_, Tensor.normal_})
_READS = frozenset(
    getattr(Tensor, name)
    for name in (
        *("__bool__", "__int__", "__float__", "__index__", "__complex__", "__contains__"),
        *("__array__", "__dlpack__", "__reduce_ex__", "item", "tolist", "numpy", "data_ptr"),
        *("untyped_storage", "storage"),
    )
)
_OF_VALUES = frozenset({torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape})
"""What torch says of operators whose result, or its shape, is not settled by shapes."""
_LARGE = 1 << 16
"""Numbers from which leaving a tensor alone pays."""
_CERTAIN = (TypeError, NameError, AttributeError, ImportError)
"""Errors that no value of a weight leads to."""
_OF_SHAPES = re.compile(
    r"shapes cannot be multiplied|must match|size mismatch|is invalid for input of size"
    r"|given groups=|calculated padded input size|can't be greater than|output size is too small"
    r"|expected (input|tensor|[1-5]d|\d-?d|more than 1 value|size|batch|stride|target)"
    r"|normalized_shape|divisible|einsum|view size is not compatible|must be [1-5]d"
    r"|number of (dims|dimensions)|same (dtype|number of)|expected m1 and m2"
)
"""Parts of torch's messages, in lower case, about shapes and dtypes."""
_TORCH = Path(torch.__file__).parent
_PLAIN = tuple(
    str(path)
    for path in (
        *(_TORCH / "nn" / name for name in ("modules", "functional.py", "init.py")),
        *(_TORCH / name for name in ("functional.py", "_tensor.py", "_ops.py", "overrides.py")),
        *(_TORCH / name for name in ("_jit_internal.py", "autograd", "utils/_contextlib.py")),
        Path(__file__).parent,
    )
)
"""Code between the program and an operator that does the same with values and without."""


@contextlib.contextmanager
def without_values(looked: Callable[[], None]) -> Iterator[None]:
    """Leave large tensors as they are where they would be drawn at random.

    Args:
        looked: Called when values are looked at, by which the program may go another way.
    """
    with _NoDraws(looked), _NoLooks(looked):
        yield


class _NoDraws(TorchFunctionMode):
    """What the program calls, as it calls it."""

    def __init__(self, looked: Callable[[], None]) -> None:
        super().__init__()
        self._looked = looked

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run a function of torch, or nothing."""
        if func in _READS:
            self._looked()
        named = kwargs or {}
        filled = args[0] if args else named.get("tensor")
        if (func in _DRAWS or getattr(func, "__module__", "") == init.__name__) and is_large(
            filled
        ):
            return filled
        return func(*args, **named)


class _NoLooks(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """What becomes of it inside torch."""

    def __init__(self, looked: Callable[[], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._looked = looked

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operator."""
        if depends_on_values(func, args):
            self._looked()
        return func(*args, **(kwargs or {}))


def depends_on_values(func: Any, args: tuple[Any, ...]) -> bool:
    """Tell whether what an operator gives, or its shape, needs the values of its arguments."""
    if _OF_VALUES.isdisjoint(func.tags):
        return False
    if func is torch.ops.aten.index.Tensor:  # by numbers it is as long as they are many
        return any(i is not None and i.dtype in (torch.bool, torch.uint8) for i in args[1])
    return True


def is_large(tensor: Any) -> bool:
    """Tell whether a tensor's values take long to be drawn; `init` refuses some of one axis."""
    return isinstance(tensor, Tensor) and tensor.dim() > 1 and tensor.numel() >= _LARGE


def is_certain(error: BaseException) -> bool:
    """Tell whether a network fails so whatever its weights are; if not, it is built properly."""
    if isinstance(error, Failure):
        return error.outcome != "not_finite"
    path = frames_of(error.__traceback__)
    if not all(is_plain(frame) for frame, _ in path) or raised_by_candidate(path):
        return False
    if isinstance(error, _CERTAIN):
        return True
    known = type(error) in (RuntimeError, ValueError)
    return known and _OF_SHAPES.search(error_text(error).lower()) is not None


def is_plain(frame: FrameType) -> bool:
    """Tell whether a frame's code is the program's, or does the same whatever the values."""
    file = frame.f_code.co_filename
    return file == FILENAME or file.startswith(_PLAIN)


def frames_of(step: TracebackType | None) -> list[tuple[FrameType, int]]:
    """Return the frames of a traceback and where each stands in its code, outermost first."""
    found = []
    while step is not None:
        found.append((step.tb_frame, step.tb_lasti))
        step = step.tb_next
    return found


def raised_by_candidate(path: list[tuple[FrameType, int]]) -> bool:
    """Tell whether the candidate's own `raise` ended it, which may depend on values."""
    if not path or path[-1][0].f_code.co_filename != FILENAME:
        return False
    # An operator of torch fails in the candidate's own line, too, but has no `raise` there.
    frame, position = path[-1]
    return _opcode(frame.f_code.co_code, position) == "RAISE_VARARGS"


def _opcode(code: bytes, position: int) -> str:
    return dis.opname[code[position]] if 0 <= position < len(code) else ""
