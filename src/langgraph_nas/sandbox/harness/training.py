"""Training by the paper's protocol and predicting; see `Recipe` on the host's side."""

import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.nn.functional import cross_entropy
from torch.optim import SGD

from .arithmetic import Arithmetic
from .candidate import check_output
from .data import Data, Normalise, augment
from .failure import Failure
from .steps import steps_per_epoch

EVENT_SECONDS = 0.2
"""Least pause between two reports of progress."""
CHECK_STEPS = 16
"""On a GPU the loss is looked at this often only: each look waits for the device."""

Report = Callable[[dict[str, int]], None]


def train(
    net: nn.Module,
    data: Data,
    recipe: dict[str, Any],
    arithmetic: Arithmetic,
    report: Report,
) -> int:
    """Train for the recipe's epochs and return the number of steps taken.

    Each epoch is shuffled by a generator of its own, so that every candidate meets the same
    batches whatever random numbers it draws. A last batch of one sample is left out
    (BatchNorm can't be trained on it).

    Raises:
        Failure: The loss became NaN or infinite, or an output has the wrong shape.
    """
    optimizer = SGD(
        net.parameters(),
        lr=recipe["learning_rate"],
        momentum=recipe["momentum"],
        weight_decay=recipe["weight_decay"],
    )
    scaler = GradScaler(data.device.type, enabled=arithmetic.precision == "fp16")
    stepper = Stepper(net, optimizer, scaler, arithmetic, data.n_classes)
    normalise = Normalise(recipe["mean"], recipe["std"], data.device)
    generator = torch.Generator("cpu").manual_seed(recipe["seed"])
    steps = steps_per_epoch(len(data.x), recipe["batch_size"])
    progress = Progress(report, recipe["epochs"], steps)
    net.train()
    for epoch in range(1, recipe["epochs"] + 1):
        order = torch.randperm(len(data.x), generator=generator, device="cpu")
        order = order.to(data.device)
        for step in range(1, steps + 1):
            chosen = order[(step - 1) * recipe["batch_size"] : step * recipe["batch_size"]]
            images = augment(data.x[chosen], recipe["augment"], generator)
            loss = stepper.step(normalise(images), data.y[chosen])
            if data.device.type == "cpu" or step % CHECK_STEPS == 0 or step == steps:
                check_finite(loss, epoch, step, steps)
            progress.tell(epoch, step)
    return int(recipe["epochs"]) * steps


@dataclass(frozen=True)
class Stepper:
    """Takes optimizer steps in one arithmetic."""

    net: nn.Module
    optimizer: SGD
    scaler: GradScaler
    """Keeps small gradients from vanishing in fp16; does nothing in other precisions."""
    arithmetic: Arithmetic
    n_classes: int

    def step(self, images: Tensor, labels: Tensor) -> Tensor:
        """Take one optimizer step and return its loss."""
        self.optimizer.zero_grad(set_to_none=True)
        with self.arithmetic.context(images.device):
            output = self.net(self.arithmetic.lay_out(images))
        check_output(output, len(images), self.n_classes)
        loss = cross_entropy(output.float(), labels)
        torch.autograd.backward(self.scaler.scale(loss))
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.detach()


def check_finite(loss: Tensor, epoch: int, step: int, steps: int) -> None:
    """Check the loss of a step.

    Raises:
        Failure: It is NaN or infinite.
    """
    value = loss.item()
    if not math.isfinite(value):
        where = f"at step {step} of {steps} in epoch {epoch}"
        raise Failure("not_finite", f"the training loss became {value} {where}")


class Progress:
    """Reports steps to the host, a few times a second."""

    def __init__(self, report: Report, epochs: int, steps: int) -> None:
        self._report, self._last = report, (epochs, steps)
        self._next = 0.0

    def tell(self, epoch: int, step: int) -> None:
        """Report this step, unless the last report is too recent."""
        now = time.monotonic()
        if now >= self._next or (epoch, step) == self._last:
            self._next = now + EVENT_SECONDS
            self._report({"epoch": epoch, "step": step, "steps": self._last[1]})


def predict(
    net: nn.Module,
    images: Tensor,
    data: Data,
    recipe: dict[str, Any],
    arithmetic: Arithmetic,
) -> tuple[Tensor, float]:
    """Return the class ids that the network gives to raw images, and the median ms of a batch.

    Returns:
        int32 [M] on the CPU; milliseconds, of the batches after the first if there are more.

    Raises:
        Failure: Outputs are NaN or have the wrong shape.
    """
    normalise = Normalise(recipe["mean"], recipe["std"], data.device)
    found, times = [], []
    net.eval()
    with torch.no_grad():
        for batch in even_batches(images, 2 * recipe["batch_size"]):
            began = time.perf_counter()
            with arithmetic.context(data.device):
                output = net(arithmetic.lay_out(normalise(batch)))
            check_output(output, len(batch), data.n_classes)
            # Looking at the values waits for the device, so the time is the whole batch's.
            if bool(torch.isnan(output).any()):
                raise Failure("not_finite", "the trained network's outputs are NaN in eval mode")
            found.append(output.argmax(1))
            times.append(time.perf_counter() - began)
    return torch.cat(found).to(torch.int32).cpu(), 1000 * statistics.median(times[1:] or times)


def even_batches(images: Tensor, size: int) -> Iterator[Tensor]:
    """Yield batches of about equal size, at most `size`; none holds a single sample."""
    return iter(images.tensor_split(math.ceil(len(images) / size)))
