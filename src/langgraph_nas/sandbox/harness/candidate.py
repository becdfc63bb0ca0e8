"""From program text to a network that has proven one forward and backward pass."""

import linecache
import math
import random
import sys
import types
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.functional import cross_entropy
from torch.nn.parameter import is_lazy

from .failure import FILENAME, Failure, ShapeTrace, describe


def seed_everything(seed: int) -> None:
    """Seed all generators that a candidate may draw from."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def compile_program(program: str) -> types.CodeType:
    """Return the compiled program.

    Raises:
        SyntaxError: It is no Python.
        ValueError: It holds null bytes.
    """
    # Tracebacks of the candidate (and inspect.getsource) show its own lines.
    linecache.cache[FILENAME] = (len(program), None, program.splitlines(True), FILENAME)
    return compile(program, FILENAME, "exec", dont_inherit=True)


def build_net(code: types.CodeType, device: torch.device) -> nn.Module:
    """Run the program and return its `Net()` on the device.

    `torch`, `nn`, `F`, `Tensor` and `math` are there without an import.

    Raises:
        Failure: There is no such class, it is no module or has nothing to train.
    """
    module = types.ModuleType("candidate")
    sys.modules["candidate"] = module
    given = {"torch": torch, "nn": nn, "F": functional, "Tensor": Tensor, "math": math}
    module.__dict__.update(given)
    exec(code, module.__dict__)
    make = module.__dict__.get("Net")
    if not isinstance(make, type) or not issubclass(make, nn.Module):
        raise Failure("bad_structure", "the program defines no class Net(nn.Module)")
    net = make()
    if next(net.parameters(), None) is None:
        raise Failure("bad_structure", "Net has no parameters, so there is nothing to train")
    return net.to(device)


def count_parameters(net: nn.Module) -> int:
    """Return the number of trainable and other parameters, those yet without a shape as 0."""
    return sum(0 if is_lazy(p) else p.numel() for p in net.parameters())


def try_net(net: nn.Module, images: Tensor, n_classes: int, trace: ShapeTrace) -> None:
    """Take one forward and backward pass in train mode and a forward pass in eval mode.

    The network's tensors (but lazy ones) and torch's random numbers to come are afterwards as
    before, so that training starts as if this had not been.

    Args:
        net: The network.
        images: Two samples, normalised.
        n_classes: Columns that the output must have.
        trace: Takes the shapes seen.

    Raises:
        Failure: The output has the wrong type or shape, or the loss is not finite.
    """
    before = {k: v.clone() for k, v in tensors_of(net).items() if not is_lazy(v)}
    labels = torch.arange(len(images), device=images.device) % n_classes
    devices = [images.device] if images.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), trace.of(net):
        net.train()
        torch.autograd.backward(loss_of(net, images, labels, n_classes))
        net.zero_grad(set_to_none=True)
        trace.restart()
        net.eval()
        with torch.no_grad():
            loss_of(net, images, labels, n_classes)
    with torch.no_grad():
        for name, tensor in tensors_of(net).items():
            if name in before:
                tensor.copy_(before[name])


def tensors_of(net: nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers by name."""
    return {**dict(net.named_parameters()), **dict(net.named_buffers())}


def loss_of(net: nn.Module, images: Tensor, labels: Tensor, n_classes: int) -> Tensor:
    """Return the cross-entropy of one checked forward pass.

    Raises:
        Failure: The output is no tensor [batch, classes], or the loss is not finite.
    """
    output = net(images)
    check_output(output, len(images), n_classes)
    loss = cross_entropy(output, labels)
    if not math.isfinite(loss.item()):
        mode = "train" if net.training else "eval"
        raise Failure(
            "not_finite", f"the loss of the untrained network is {loss.item()} in {mode} mode"
        )
    return loss


def check_output(output: Any, batch: int, n_classes: int) -> None:
    """Check what `forward` returned.

    Raises:
        Failure: With outcome `bad_output` and what was expected instead.
    """
    wanted = f"it must return one tensor of logits [batch, classes], here [{batch}, {n_classes}]"
    if output is None:
        raise Failure("bad_output", f"forward returned None; {wanted}")
    if not isinstance(output, Tensor):
        kind = type(output).__name__
        shown = describe(output)
        returned = kind if shown == kind else f"a {kind} {shown}"
        raise Failure("bad_output", f"forward returned {returned}; {wanted}")
    if list(output.shape) != [batch, n_classes]:
        raise Failure("bad_output", f"forward returned shape {list(output.shape)}; {wanted}")
    if not output.is_floating_point():
        raise Failure("bad_output", f"forward returned {output.dtype}; {wanted} of floats")
