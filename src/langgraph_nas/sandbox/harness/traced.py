"""A hash of what a network computes, so that equal networks written differently can be told.

It sees the tensor operations of a training step and of a prediction, not the program: layers and
functions, names, and the order of definition make no difference. It is a report, not a proof.
Not seen are: flow that depends on the image size or batch size, what the forward pass does from
its second call on, the exact distribution of the initial weights, parameters that are not used,
and the order in which the weights were drawn. Independent branches in another order differ.
"""

import contextlib
import copy
import hashlib
import json
import logging
import math
import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor
from torch.func import functional_call
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves

from .sketch import depends_on_values
from .stand_ins import NUMPY, StandIn, Unlike, Untraceable, computed, is_unlike, shapes_only

BATCH = 3
FEW = 64
"""Weights that are fewer than this tell nothing of their distribution."""
MANY = 50_000
"""Of more weights than this only some are looked at."""
RESHAPING = ("aten.view.default", "aten._unsafe_view.default", "aten.reshape.default")
ASKING = "prim.device.default"
READING = ("aten._local_scalar_dense.default", "aten.is_nonzero.default", "aten.equal.default")


def graph_hash(net: nn.Module, shape: list[int], *, is_light: bool = False) -> str | None:
    """Return a SHA-256 (hex) that is equal for networks of the same operations.

    Nothing is computed, as all tensors are shapes only, and no memory taken for activations; but
    what that needs takes a second to load, and a light network is computed sooner. The network,
    its weights and torch's random numbers (but numpy's) stay as they were. To be called on the CPU
    and before training, with no lazy layers left.

    Args:
        net: The network.
        shape: Channels, height, width.
        is_light: Whether to compute a few images; the hash is the same.

    Returns:
        None if the operations depend on the data or on chance, or can't be followed.
    """
    chance = random.getstate()
    try:
        steps = trace(net, shape, is_light=is_light)
        is_chance = random.getstate() != chance
    except Exception:  # the candidate's code meets tensors without values: anything may happen
        return None
    finally:
        random.setstate(chance)
    return None if is_chance else hashlib.sha256(json.dumps(steps).encode()).hexdigest()


@contextlib.contextmanager
def unchanged(net: nn.Module) -> Iterator[None]:
    """Leave torch's random numbers and the gradients as they were, and say nothing meanwhile."""
    gradients = [(parameter, parameter.grad) for parameter in net.parameters()]
    silenced = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # torch logs what fails on tensors without values.
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        logging.disable(silenced)
        for parameter, gradient in gradients:
            parameter.grad = gradient


def trace(net: nn.Module, shape: list[int], *, is_light: bool = False) -> list[Any]:
    """Return the operations of a training step and of a prediction, as plain values.

    Raises:
        Untraceable: They depend on data.
        Exception: Whatever the network raises.
    """
    with unchanged(net):
        if is_light:
            # Whatever it is: without values it may be otherwise.
            with contextlib.suppress(Exception):
                return [trace_mode(net, shape, computed, is_training=t) for t in (True, False)]
        return [trace_mode(net, shape, shapes_only, is_training=t) for t in (True, False)]


def trace_mode(
    net: nn.Module, shape: list[int], stand_in: StandIn, *, is_training: bool
) -> list[Any]:
    """Return the operations of one pass, in training with the way back."""
    tensors = dict(tensors_of(net))
    # Attributes set in the forward pass stay in the copy; the tensors themselves are shared.
    copied = copy.deepcopy(net, {id(tensor): tensor for tensor in tensors.values()})
    for module in copied.modules():
        module.training = is_training
    with stand_in(tensors) as stand_ins:
        images = torch.zeros(BATCH, *shape)
        recorder = Recorder(images, stand_ins, tensors, is_light=stand_in is computed)
        with torch.set_grad_enabled(is_training), recorder:
            output = functional_call(copied, stand_ins, (images,), tie_weights=False)
            if is_training:
                torch.autograd.backward(output.float().sum())
    return [*recorder.steps, recorder.value(output)]


def tensors_of(net: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield parameters and buffers, a tied one under each of its names."""
    for kind in (net.named_parameters, net.named_buffers):
        for name, tensor in kind(remove_duplicate=False):
            if is_lazy(tensor):
                raise Untraceable(f"{name} has no shape yet")
            yield name, tensor


class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes down each tensor operation: what it is, and on which earlier results.

    Args:
        images: The input.
        fakes: What stands for the network's tensors, by name.
        tensors: The network's tensors themselves, by name.
        is_light: Whether values are computed.

    Raises:
        Untraceable: In the block, at an operation that depends on data.
        Unlike: Likewise, if values are computed, at one that takes other steps without.
    """

    def __init__(
        self,
        images: Tensor,
        fakes: dict[str, Tensor],
        tensors: dict[str, Tensor],
        *,
        is_light: bool,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.steps: list[Any] = []
        self._is_light = is_light
        self._number = {id(images): 0}
        self._count = 1
        self._alive: list[Tensor] = [images]  # so that no number of another one is met again
        self._real = {id(tensor) for tensor in tensors.values()}
        self._own = {id(fake): tensors[name] for name, fake in fakes.items()}
        self._own |= {id(tensor): tensor for tensor in tensors.values()}
        self._own_numbers: dict[int, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operation and write it down."""
        name = str(func)
        if name == ASKING:
            return func(*args, **(kwargs or {}))
        if name in READING or depends_on_values(func, args):
            raise Untraceable(f"{name} reads values")
        if self._is_light and self._reaches_outside(func, args, kwargs or {}):
            raise Unlike(name)
        inputs = self.value(complete(func, args, kwargs or {}))
        output = func(*args, **(kwargs or {}))
        if self._is_light and is_unlike(func, args, output):
            raise Unlike(name)
        kind = "reshape" if name in RESHAPING else name
        self.steps.append([kind, inputs, self._results(output)])
        return output

    def value(self, of: Any) -> Any:
        """Return an argument as a plain value, tensors as the numbers of their steps."""
        if isinstance(of, Tensor):
            return {"tensor": self._number_of(of)}
        if isinstance(of, list | tuple):
            return [self.value(part) for part in of]
        if isinstance(of, dict):
            return {key: self.value(part) for key, part in sorted(of.items())}
        if isinstance(of, torch.Generator):
            raise Untraceable("a generator of random numbers")
        return repr(of)

    def _reaches_outside(self, func: Any, args: Any, kwargs: dict[str, Any]) -> bool:
        """Tell whether an operation takes a tensor of the network's own, or writes into another.

        Where it is computed, that would stay written.
        """
        given = (value for value in tree_leaves((args, kwargs)) if isinstance(value, Tensor))
        if any(id(tensor) in self._real for tensor in given):
            return True
        names = [argument.name for argument in func._schema.arguments if is_written(argument)]
        named = dict(zip((each.name for each in func._schema.arguments), args, strict=False))
        written = tree_leaves([(named | kwargs).get(name) for name in names])
        known = (*self._number, *self._own)
        return any(isinstance(each, Tensor) and id(each) not in known for each in written)

    def _results(self, output: Any) -> Any:
        if isinstance(output, list | tuple):
            return [self._results(part) for part in output]
        if not isinstance(output, Tensor):
            return repr(output)
        self._add(output)
        return [list(output.shape), str(output.dtype)]

    def _add(self, tensor: Tensor) -> int:
        self._alive.append(tensor)
        self._number[id(tensor)] = self._count
        self._count += 1
        return self._count - 1

    def _number_of(self, tensor: Tensor) -> int:
        """Return the number of a tensor, which is written down when it is met first."""
        if (number := self._number.get(id(tensor))) is not None:
            return number
        own = self._own.get(id(tensor))
        if own is None and (isinstance(tensor, FakeTensor) or tensor.grad_fn is not None):
            raise Untraceable("a tensor from nowhere")
        described = tensor if own is None else own
        number = self._own_numbers.get(id(described))
        if number is None:
            self.steps.append(["given", describe(described)])
            number = self._own_numbers[id(described)] = self._add(described)
        self._alive.append(tensor)
        self._number[id(tensor)] = number
        return number


def is_written(argument: Any) -> bool:
    """Tell whether an operation writes into this argument of its schema."""
    return argument.alias_info is not None and argument.alias_info.is_write


def complete(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of an operation by name, with its defaults, the same however put."""
    named = {argument.name: argument.default_value for argument in func._schema.arguments}
    named |= dict(zip(named, args, strict=False)) | kwargs
    if str(func) in RESHAPING:
        return {"self": named["self"]}  # The shape of the result says the rest.
    if "kernel_size" in named and not named.get("stride", True):
        named["stride"] = named["kernel_size"]
    return named


def describe(tensor: Tensor) -> list[Any]:
    """Return what a tensor is to begin with: a constant's values, a weight's distribution."""
    with _disable_current_modes():
        plain = tensor.detach().cpu()
        about: list[Any] = [list(plain.shape), str(plain.dtype), tensor.requires_grad]
        if not isinstance(tensor, nn.Parameter):
            content = NUMPY(plain.contiguous().view(-1).view(torch.uint8)).tobytes()
            return [*about, hashlib.sha256(content).hexdigest()]
        return [*about, *distribution(plain)]


def distribution(weights: Tensor) -> list[Any]:
    """Return one value if they are all the same, else roughly how far they are spread."""
    weights = weights.flatten()[:: max(1, weights.numel() // MANY)]
    low, high = weights.min().item(), weights.max().item()
    if low == high:
        return ["constant", low]
    if weights.numel() < FEW:
        return ["varied"]
    mean, spread = weights.double().mean().item(), weights.double().std().item()
    is_flat = max(high - mean, mean - low) < 2 * spread  # uniform: 1.7, normal: 3 and more
    return ["flat" if is_flat else "tailed", round(2 * math.log2(spread)), round(mean / spread)]
