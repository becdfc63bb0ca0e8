"""A network's trained tensors as numpy's arrays, whatever torch keeps them as."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

WIDER = {
    torch.bfloat16: torch.float32,
    torch.complex32: torch.complex64,
    **{getattr(torch, n): torch.float32 for n in dir(torch) if n.startswith("float8")},
}
"""Dtypes that numpy lacks, and what their tensors are sent as."""


def arrays_of(net: nn.Module) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Yield name and values of each tensor in the state dict that has any.

    Layers that are never used and get their shape in use have none, and other things than
    tensors are no weights.
    """
    for name, value in net.state_dict().items():
        if isinstance(value, Tensor) and not is_lazy(value):
            yield name, as_array(value)


def as_array(tensor: Tensor) -> np.ndarray[Any, Any]:
    """Return the values of a tensor, be it sparse, quantised, a conjugate or on a GPU."""
    tensor = tensor.detach().cpu()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.to(WIDER.get(tensor.dtype, tensor.dtype))
    array: np.ndarray[Any, Any] = tensor.resolve_conj().resolve_neg().numpy()
    return array
