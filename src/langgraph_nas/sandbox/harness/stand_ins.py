"""Stand-ins for a network's tensors while its operations are written down.

Tensors without values need no memory and no arithmetic, but a second to load what computes their
shapes. So a light network is computed on a few images instead, and the same is written down.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from .arithmetic import methods_of_tensors

PLAIN = ("aten.clone.default", "aten.div.Scalar")
"""What gives the same order in either case: a copy, and the way back of a mean."""
LIKE = "aten.convolution_backward.default"
"""What leaves out a result, for which nobody asked, in either case."""
TAKING = ("tolist", "numpy", "__array__", "__dlpack__", "__reduce_ex__", "data_ptr")
NUMPY = Tensor.numpy
"""Our own look at a value."""
StandIn = Callable[[dict[str, Tensor]], AbstractContextManager[dict[str, Tensor]]]


class Untraceable(Exception):
    """The operations depend on the data, or on what can't be seen."""


class Unlike(Exception):
    """An operation that takes other steps where it is computed than where only shapes are."""


@contextlib.contextmanager
def shapes_only(tensors: dict[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    """Yield tensors like those given that have no values; in the block no other has."""
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        fakes: dict[str, Tensor] = {n: mode.from_tensor(tensor) for n, tensor in tensors.items()}
        with unread():
            yield fakes


@contextlib.contextmanager
def computed(tensors: dict[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    """Yield copies of tensors; in the block a look at a value raises `Untraceable`."""
    copies: dict[int, Tensor] = {}
    for tensor in tensors.values():
        if not is_plain(tensor):
            raise Unlike("a tensor with holes")
        if id(tensor) not in copies:
            plain = tensor.detach().clone().requires_grad_(tensor.requires_grad)
            is_parameter = isinstance(tensor, nn.Parameter)
            kept = nn.Parameter(plain, tensor.requires_grad) if is_parameter else plain
            copies[id(tensor)] = kept
    with unread():
        yield {name: copies[id(tensor)] for name, tensor in tensors.items()}


def is_plain(tensor: Tensor) -> bool:
    """Tell whether a copy of a tensor lies in memory as the tensor does."""
    formats = (torch.contiguous_format, torch.channels_last, torch.channels_last_3d)
    ranks = (tensor.dim(), 4, 5)
    return any(
        tensor.dim() == rank and tensor.is_contiguous(memory_format=layout)
        for rank, layout in zip(ranks, formats, strict=True)
    )


def unread() -> AbstractContextManager[None]:
    """Return a block in which what takes values, and is no operation, raises `Untraceable`."""

    def refuse(self: Tensor, *args: Any, **named: Any) -> NoReturn:
        raise Untraceable("it reads values")

    return methods_of_tensors(dict.fromkeys(TAKING, refuse))


def is_unlike(func: Any, args: tuple[Any, ...], output: Any) -> bool:
    """Tell whether an operation may take other steps where it is computed.

    Those are of what is written into a view of another tensor, of one that leaves out a result, of
    one whose results may lie in memory in another order, and of complex numbers.
    """
    written = args[0] if args and func._schema.is_mutable else None
    if isinstance(written, Tensor) and written._is_view():
        return True
    if not func.is_view and str(func) not in PLAIN and any(map(is_turned, args)):
        return True
    results = output if isinstance(output, list | tuple) else (output,)
    if any(isinstance(result, Tensor) and result.is_complex() for result in results):
        return True
    return (
        isinstance(output, list | tuple)
        and any(result is None for result in results)
        and str(func) != LIKE
    )


def is_turned(tensor: Any) -> bool:
    """Tell whether a tensor's axes do not lie in memory as they are counted."""
    return isinstance(tensor, Tensor) and tensor.dim() > 2 and not tensor.is_contiguous()  # noqa: PLR2004
