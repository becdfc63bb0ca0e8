"""From a class to a network that has proven one forward and backward pass."""

import hashlib
import math
import random
from typing import Any

import numpy.random
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parameter import is_lazy
from torch.utils.flop_counter import FlopCounterMode

from .arithmetic import Arithmetic
from .failure import Failure, describe

PLAIN = Arithmetic()


def seed_everything(seed: int) -> None:
    """Seed all generators that a candidate may draw from."""
    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    seed_torch(seed)


def seed_torch(seed: int) -> None:
    """Seed torch's generators of this machine.

    `torch.manual_seed` writes down where it was called from for devices that are not in use, which
    takes ten times as long.
    """
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(seed)


def count_parameters(net: nn.Module) -> int:
    """Return the number of trainable and other parameters, those yet without a shape as 0."""
    return sum(0 if is_lazy(p) else p.numel() for p in net.parameters())


def first_pass(net: nn.Module, images: Tensor) -> None:
    """Take one forward pass in train mode.

    It gives lazy layers their shapes, and layers made in `forward` their place among the
    parameters, before the optimizer asks for these.
    """
    net.train()
    net(images)


def try_net(
    net: nn.Module, images: Tensor, labels: Tensor, n_classes: int, *, values: bool = True
) -> None:
    """Check a forward and backward pass in train mode and a forward pass in eval mode.

    Args:
        net: The network.
        images: Some images, normalised.
        labels: Their class ids.
        n_classes: Columns that the output must have.
        values: Whether the weights have proper values, so that the loss means something.

    Raises:
        Failure: There is nothing to train, the output has the wrong type or shape, or the loss is
            not finite.
    """
    net.train()
    try:
        torch.autograd.backward(loss_of(net, images, labels, n_classes, values=values))
    except Exception as error:
        if next(net.parameters(), None) is not None:
            raise
        # Only now: layers may be made in the first forward pass.
        message = "Net has no parameters, so there is nothing to train"
        raise Failure("bad_structure", message) from error
    net.zero_grad(set_to_none=True)
    net.eval()
    with torch.no_grad():
        loss_of(net, images, labels, n_classes, values=values)


def count_macs(net: nn.Module, images: Tensor) -> int | None:
    """Return the multiply-adds of one image's forward pass, None if they can't be counted.

    Source: torch's own counter, which sees convolutions, matrix products and attention.
    """
    counter = FlopCounterMode(display=False)
    try:
        with torch.no_grad(), counter:
            net.eval()
            net(images)
    except Exception:  # the counter does not know every operator; the network runs without it
        return None
    return int(counter.get_total_flops()) // (2 * len(images))


def signature_of(net: nn.Module) -> str:
    """Return what tells one network's parameters from another's: a digest of names and shapes."""
    shapes = ((n, None if is_lazy(p) else list(p.shape)) for n, p in net.named_parameters())
    named = [f"{name} {shape}" for name, shape in shapes]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()


def loss_of(
    net: nn.Module,
    images: Tensor,
    labels: Tensor,
    n_classes: int,
    arithmetic: Arithmetic = PLAIN,
    *,
    values: bool = True,
) -> Tensor:
    """Return the cross-entropy of one checked forward pass; its value is looked at if it has one.

    Raises:
        Failure: The output is no tensor [batch, classes], or the loss is not finite.
    """
    with arithmetic.context(images.device):
        output = net(images)
    check_output(output, len(images), n_classes)
    loss = cross_entropy(output.float(), labels)
    if values and not math.isfinite(loss.item()):
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
