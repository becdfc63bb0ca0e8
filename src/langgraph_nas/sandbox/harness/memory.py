"""The memory of one training step, without taking many."""

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy


def memory_of(tensor: Tensor) -> tuple[int, int]:
    """Return where a tensor's values lie and how many bytes they take.

    Sparse tensors have more than one such place, which are not counted, and those without a shape
    have none.
    """
    if is_lazy(tensor) or tensor.layout is not torch.strided:
        return 0, 0
    storage = tensor.untyped_storage()
    return storage.data_ptr(), storage.nbytes()


@contextlib.contextmanager
def step_memory(net: nn.Module, device: torch.device) -> Iterator[list[float]]:
    """Yield a list that then holds the bytes of one training step taken in the block.

    Weights, gradients and momentum (three times the parameters), buffers, and what the backward
    pass needs: as the device allocates it on a GPU, else as autograd keeps it.
    """
    found = [0.0]
    own = {memory_of(tensor)[0] for tensor in [*net.parameters(), *net.buffers()]}
    weights = sum(p.numel() * p.element_size() for p in net.parameters() if not is_lazy(p))
    buffers = sum(b.numel() * b.element_size() for b in net.buffers() if not is_lazy(b))
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        place, size = memory_of(tensor)
        if place not in own:
            kept[place] = size
        return tensor

    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        yield found
        # Gradients are in the peak; weights were there before, and momentum is still to come.
        peak = torch.cuda.max_memory_allocated(device) - before
        found[0] = peak + 2 * weights + buffers
        return
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        yield found
    found[0] = sum(kept.values()) + 3 * weights + buffers
