"""A first look at a network without the values of its weights.

Drawing the weights of a large network takes longer than one look at its shapes, and most failures
are of shapes. So a network is first built with its memory as it comes, and checked; only what
stands that is built again, properly.
"""

import dis
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch.nn import init
from torch.overrides import TorchFunctionMode

from .failure import FILENAME, Failure, error_text

_DRAWS = frozenset({torch.Tensor.uniform_, torch.Tensor.normal_})
_READS = frozenset(
    getattr(torch.Tensor, name)
    for name in ("__bool__", "__int__", "__float__", "__index__", "item", "tolist", "numpy")
)
_LARGE = 1 << 16
"""Numbers from which leaving a tensor alone pays."""
_CERTAIN = (TypeError, NameError, AttributeError, ImportError, KeyError, MemoryError)
"""Errors that no value of a weight leads to."""
_OF_VALUES = ("out of bounds", "out of range", "singular", "converge", "nan", "inf")
"""Words in torch's messages about values."""


class WithoutValues(TorchFunctionMode):
    """Leaves large tensors as they are where they would be drawn at random."""

    seen = False
    """Whether the program has looked at values, on which it may act from then on."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run a function of torch, or nothing."""
        self.seen = self.seen or func in _READS
        named = kwargs or {}
        filled = args[0] if args else named.get("tensor")
        if (func in _DRAWS or getattr(func, "__module__", "") == init.__name__) and is_large(
            filled
        ):
            return filled
        return func(*args, **named)


def is_large(tensor: Any) -> bool:
    """Tell whether a tensor's values take long to be drawn; `init` refuses some of one axis."""
    return isinstance(tensor, torch.Tensor) and tensor.dim() > 1 and tensor.numel() >= _LARGE


def is_certain(error: BaseException) -> bool:
    """Tell whether a network fails so whatever its weights are; if not, it is built properly."""
    if isinstance(error, Failure):
        return error.outcome != "not_finite"
    if isinstance(error, _CERTAIN):
        return True
    if not isinstance(error, RuntimeError | ValueError) or raised_by_candidate(error):
        return False
    return not any(word in error_text(error).lower() for word in _OF_VALUES)


def raised_by_candidate(error: BaseException) -> bool:
    """Tell whether the candidate's own `raise` ended it, which may depend on values."""
    step, last = error.__traceback__, None
    while step is not None:
        last, step = step, step.tb_next
    if last is None or last.tb_frame.f_code.co_filename != FILENAME:
        return False
    # An operator of torch fails in the candidate's own line, too, but has no `raise` there.
    return _opcode(last.tb_frame.f_code.co_code, last.tb_lasti) == "RAISE_VARARGS"


def _opcode(code: bytes, position: int) -> str:
    return dis.opname[code[position]] if 0 <= position < len(code) else ""
