"""From program text to a network that has proven one forward and backward pass."""

import contextlib
import linecache
import math
import random
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.functional import cross_entropy
from torch.nn.parameter import is_lazy
from torch.utils.flop_counter import FlopCounterMode

from .arithmetic import Arithmetic
from .failure import FILENAME, Failure, ShapeTrace, describe

PLAIN = Arithmetic()


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


def load_class(code: types.CodeType) -> type[nn.Module]:
    """Run the program and return its class `Net`.

    `torch`, `nn`, `F`, `Tensor` and `math` are there without an import.

    Raises:
        Failure: There is no such class, or it is no module.
    """
    module = types.ModuleType("candidate")
    sys.modules["candidate"] = module
    given = {"torch": torch, "nn": nn, "F": functional, "Tensor": Tensor, "math": math}
    module.__dict__.update(given)
    exec(code, module.__dict__)
    made = module.__dict__.get("Net")
    if not isinstance(made, type) or not issubclass(made, nn.Module):
        raise Failure("bad_structure", "the program defines no class Net(nn.Module)")
    return made


def build_net(make: type[nn.Module]) -> nn.Module:
    """Return a network of the class, on the CPU.

    Raises:
        Failure: It has nothing to train.
    """
    net = make()
    if next(net.parameters(), None) is None:
        raise Failure("bad_structure", "Net has no parameters, so there is nothing to train")
    return net


@contextlib.contextmanager
def same_draws() -> Iterator[None]:
    """Let all random numbers drawn in the block be drawn again after it."""
    python, numbers = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        yield
    random.setstate(python)
    np.random.set_state(numbers)


def count_parameters(net: nn.Module) -> int:
    """Return the number of trainable and other parameters, those yet without a shape as 0."""
    return sum(0 if is_lazy(p) else p.numel() for p in net.parameters())


def try_net(net: nn.Module, shape: list[int], n_classes: int, trace: ShapeTrace) -> None:
    """Phase 1 of the check before training: two made-up samples, on the CPU.

    Takes a forward and backward pass in train mode and a forward pass in eval mode.

    Args:
        net: The network.
        shape: Channels, height, width.
        n_classes: Columns that the output must have.
        trace: Takes the shapes seen.

    Raises:
        Failure: The output has the wrong type or shape, or the loss is not finite.
    """
    labels = torch.arange(2) % n_classes
    with trace.of(net):
        images = torch.randn(2, *shape)
        net.train()
        torch.autograd.backward(loss_of(net, images, labels, n_classes))
        net.zero_grad(set_to_none=True)
        trace.restart()
        net.eval()
        with torch.no_grad():
            loss_of(net, images, labels, n_classes)


def count_macs(net: nn.Module, shape: list[int]) -> int | None:
    """Return the multiply-adds of one image's forward pass, None if they can't be counted.

    Source: torch's own counter, which sees convolutions, matrix products and attention.
    """
    counter = FlopCounterMode(display=False)
    try:
        with torch.no_grad(), counter:
            net.eval()
            net(torch.randn(2, *shape))
    except Exception:  # the counter does not know every operator; the network runs without it
        return None
    return int(counter.get_total_flops()) // 4


@contextlib.contextmanager
def untouched(net: nn.Module, device: torch.device) -> Iterator[None]:
    """Leave the network's tensors (but lazy ones) and torch's random numbers as they were.

    So training starts as if the block had not been, in which the network may move to `device`.
    """
    before = {k: v.detach().clone() for k, v in tensors_of(net).items() if not is_lazy(v)}
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        yield
    with torch.no_grad():
        for name, tensor in tensors_of(net).items():
            if name in before:
                put_back(tensor, before[name])


def put_back(tensor: Tensor, value: Tensor) -> None:
    """Give a tensor its former value, and shape."""
    if tensor.shape == value.shape:
        with contextlib.suppress(RuntimeError):  # an expanded one, of which elements are one
            tensor.copy_(value)
            return
    tensor.data = value.to(tensor.device)


def tensors_of(net: nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers by name."""
    return {**dict(net.named_parameters()), **dict(net.named_buffers())}


def loss_of(
    net: nn.Module,
    images: Tensor,
    labels: Tensor,
    n_classes: int,
    arithmetic: Arithmetic = PLAIN,
) -> Tensor:
    """Return the cross-entropy of one checked forward pass.

    Raises:
        Failure: The output is no tensor [batch, classes], or the loss is not finite.
    """
    with arithmetic.context(images.device):
        output = net(images)
    check_output(output, len(images), n_classes)
    loss = cross_entropy(output.float(), labels)
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
