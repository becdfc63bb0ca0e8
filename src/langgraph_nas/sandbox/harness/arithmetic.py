"""The arithmetic of a trial: precision and memory format, the fastest that a network can do."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Arithmetic:
    """How a network is computed. Losses and weights are fp32 whatever the precision."""

    precision: str = "fp32"
    """`fp32`, `bf16` or `fp16`."""
    channels_last: bool = False

    def context(self, device: torch.device) -> contextlib.AbstractContextManager[Any]:
        """Return the block in which forward passes run."""
        block = contextlib.ExitStack()
        if self.channels_last:
            block.enter_context(methods_of_tensors(VIEWS))
        if self.precision != "fp32":
            block.enter_context(torch.autocast(device.type, dtype=DTYPES[self.precision]))
        return block

    def place(self, net: nn.Module) -> None:
        """Lay out the network's tensors."""
        wanted = torch.channels_last if self.channels_last else torch.contiguous_format
        tensors = [*net.parameters(), *net.buffers()]
        if not any(map(is_lazy, tensors)):
            net.to(memory_format=wanted)
            return
        for tensor in tensors:  # a layer that is never used has no shape
            if not is_lazy(tensor) and tensor.dim() in (4, 5):
                tensor.data = tensor.data.to(memory_format=wanted)

    def lay_out(self, images: Tensor) -> Tensor:
        """Return a batch of images in this memory format."""
        if not self.channels_last:
            return images
        return images.contiguous(memory_format=torch.channels_last)


@contextlib.contextmanager
def methods_of_tensors(methods: Mapping[str, Any]) -> Iterator[None]:
    """Give tensors other methods in the block.

    Args:
        methods: By name.
    """
    own = {name: vars(Tensor).get(name) for name in methods}
    for name, method in methods.items():
        setattr(Tensor, name, method)
    try:
        yield
    finally:
        for name, method in own.items():
            delattr(Tensor, name) if method is None else setattr(Tensor, name, method)


class Copies:
    """Copies made in place of views, while they are watched: what is written is in one of two."""

    def __init__(self) -> None:
        self._made: list[tuple[Tensor, int]] = []

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Take note of the copies that are made in the block."""
        _watchers.append(self)
        try:
            yield
        finally:
            _watchers.remove(self)

    def add(self, *tensors: Tensor) -> None:
        """Take note of a copy and of what it was made of."""
        self._made += [(tensor, tensor._version) for tensor in tensors]

    def were_written(self) -> bool:
        """Tell whether one of them, or of their sources, was written since it was made."""
        return any(tensor._version != version for tensor, version in self._made)


_watchers: list[Copies] = []


def view(self: Tensor, *shape: Any, **named: Any) -> Tensor:
    """Return a view or, of a tensor that lies otherwise in memory, a copy of this shape."""
    if torch._C._get_tracing_state() is not None:  # a failed try would be in the trace
        return VIEW(self, *shape, **named)
    try:
        return VIEW(self, *shape, **named)
    except RuntimeError:
        wanted = shape or (named.get("size"),)
        if self.is_contiguous() or wanted[0] is None or isinstance(wanted[0], torch.dtype):
            raise
        copied = self.reshape(*wanted)
        for watcher in _watchers:
            watcher.add(self, copied)
        return copied


def view_as(self: Tensor, other: Tensor) -> Tensor:
    """Return a tensor in the shape of another, as `view`."""
    return view(self, other.shape)


VIEW = Tensor.view
VIEWS = {"view": view, "view_as": view_as}
"""Views that copy where no view is possible, as many networks flatten by them."""


def attempts(precision: str, channels_last: bool) -> Iterator[Arithmetic]:
    """Yield what to try, fastest first; the last one is what every network can do."""
    if channels_last:
        yield Arithmetic(precision, channels_last=True)
    if precision != "fp32":
        yield Arithmetic(precision)
    yield Arithmetic()


def has_convolution(net: nn.Module) -> bool:
    """Tell whether the network has weights that a memory format can matter to."""
    return any(not is_lazy(parameter) and parameter.dim() == 4 for parameter in net.parameters())
