"""Phase 2 of the check before training: one batch on the device that trains.

Finds the arithmetic that works, and what a step costs in memory and time. It changes what the
network holds, so another one is trained.
"""

import statistics
import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .arithmetic import Arithmetic, Copies, attempts, has_convolution
from .candidate import loss_of
from .data import Data, Normalise
from .failure import Failure
from .memory import step_memory
from .steps import steps_per_epoch

LATENCY_SECONDS = 0.05
"""What is spent on measuring the latency of one image."""
LATENCY_REPEATS = 20
CLOSE = 0.5
"""Share of the time allowed from which a first, cold step is not taken at its word."""
FEW = 32
"""Images on which a CPU compares the two memory formats; a GPU takes a batch, of which few images
would say nothing."""
ROUNDS = 3
"""How often they are compared; the least time of each counts."""
WORTH_IT = 0.95
"""The channels_last format is taken if a step in it costs less than this part of one without."""
WORTH_ASKING = 2e11
"""Multiply-adds of all forward passes in training from which they are compared: some seconds of a
CPU, of which a comparison takes a hundredth."""
SAME = {"fp32": 1e-3, "fp16": 0.05, "bf16": 0.2}
"""Most difference between logits that are equal but for rounding, of the largest."""
MIB = 1 << 20


@dataclass
class Preflight:
    """The check of one network on its device.

    Args:
        net: The network, on the device.
        data: What it will be trained on.
        job: Recipe, budgets and seconds allowed.
        claims: Takes what is measured.
        seconds_left: What is left for training.
    """

    net: nn.Module
    data: Data
    job: dict[str, Any]
    claims: dict[str, Any]
    seconds_left: float

    def run(self) -> Arithmetic:
        """Return the arithmetic to train in.

        Raises:
            Failure: A budget or the time allowed would be exceeded.
            Exception: Whatever the network raises on a batch, even in plain fp32.
        """
        images, labels = self.batch()
        arithmetic = self.choose(images, labels)
        seconds = self.check_memory(images, labels, arithmetic)
        self.check_seconds(images, labels, arithmetic, seconds)
        self.check_latency(images, arithmetic)
        return arithmetic

    def batch(self) -> tuple[Tensor, Tensor]:
        """Return a whole batch of images, normalised, and their class ids."""
        recipe = self.job["recipe"]
        normalise = Normalise(recipe["mean"], recipe["std"], self.data.device)
        size = min(recipe["batch_size"], len(self.data.x))
        return normalise(self.data.x[:size]), self.data.y[:size]

    def train_only(self) -> Arithmetic:
        """Take a training step alone and return the arithmetic that every network can do.

        Raises:
            Exception: As `run`, or there is a budget and nothing was measured.
        """
        self.step(*self.batch(), Arithmetic())
        for name in ("memory_mb", "latency_ms"):
            if self.job["budgets"][name] is not None:
                raise Failure("over_budget", f"its {name} can't be measured")
        self.claims |= {"precision": "fp32", "channels_last": 0}
        return Arithmetic()

    def choose(self, images: Tensor, labels: Tensor) -> Arithmetic:
        """Return the fastest arithmetic in which two samples can be learnt from."""
        recipe = self.job["recipe"]
        *faster, safe = attempts(recipe["precision"], self.may_be_channels_last())
        found, *others = [*(a for a in faster if self.can(images[:2], labels[:2], a)), safe]
        if found.channels_last and not self.agree(images[:2], found, others[-1]):
            found = others[0]
        if found.channels_last and recipe["memory_format"] == "measured":
            # For some networks this memory format is several times slower.
            few = FEW if self.data.device.type == "cpu" else len(images)
            costs = [
                [self.cost(images[:few], labels[:few], a) for a in (found, others[0])]
                for _ in range(ROUNDS)
            ]
            ours, theirs = map(min, zip(*costs, strict=True))
            found = found if ours < WORTH_IT * theirs else others[0]
        found.place(self.net)
        self.claims["precision"] = found.precision
        self.claims["channels_last"] = int(found.channels_last)
        return found

    def may_be_channels_last(self) -> bool:
        """Tell whether this network is to be tried in the channels_last format."""
        wanted = self.job["recipe"]["memory_format"]
        if wanted == "contiguous" or not has_convolution(self.net):
            return False
        samples = len(self.data.x) * self.job["recipe"]["epochs"]
        macs = self.claims.get("macs")
        return wanted == "channels_last" or macs is None or macs * samples >= WORTH_ASKING

    def agree(self, images: Tensor, one: Arithmetic, other: Arithmetic) -> bool:
        """Tell whether two arithmetics give the same logits, but for rounding.

        They do not where a network looks at how its tensors lie in memory.
        """
        self.net.eval()
        logits = []
        for arithmetic in (one, other):
            arithmetic.place(self.net)
            with torch.no_grad(), arithmetic.context(images.device):
                logits.append(self.net(arithmetic.lay_out(images)).float())
        difference = (logits[0] - logits[1]).abs().max()
        return bool(difference <= SAME[one.precision] * (1 + logits[1].abs().max()))

    def cost(self, images: Tensor, labels: Tensor, arithmetic: Arithmetic) -> float:
        """Return the seconds of a step on a few images, the first and cold one left out."""
        arithmetic.place(self.net)
        return [self.time_step(images, labels, arithmetic) for _ in "12"][1]

    def can(self, images: Tensor, labels: Tensor, arithmetic: Arithmetic) -> bool:
        """Tell whether the network can be trained so."""
        copies = Copies()
        try:
            arithmetic.place(self.net)
            with copies.watched():
                self.step(images, labels, arithmetic)
                self.net.eval()
                with torch.no_grad():
                    self.loss(images, labels, arithmetic)
            if copies.were_written():
                return False
        except Exception:  # what the network can't do in this arithmetic, it may in the next
            return False
        finally:
            self.net.zero_grad(set_to_none=True)
        return True

    def loss(self, images: Tensor, labels: Tensor, arithmetic: Arithmetic) -> Tensor:
        """Return the checked loss of one forward pass."""
        images = arithmetic.lay_out(images)
        return loss_of(self.net, images, labels, self.data.n_classes, arithmetic)

    def step(self, images: Tensor, labels: Tensor, arithmetic: Arithmetic) -> None:
        """Take one forward and backward pass in train mode."""
        self.net.train()
        torch.autograd.backward(self.loss(images, labels, arithmetic))
        self.synchronise()

    def check_memory(self, images: Tensor, labels: Tensor, arithmetic: Arithmetic) -> float:
        """Measure the memory of one training step, the first on a whole batch.

        Returns:
            The seconds it took.

        Raises:
            Failure: It is more than the budget, or there is a budget and it can't be measured.
        """
        try:
            with step_memory(self.net, self.data.device) as found:
                seconds = self.time_step(images, labels, arithmetic)
        # Some networks (those with torch.func's gradients) can't be watched; only what fails
        # again without that is their own fault.
        except Exception as error:
            self.net.zero_grad(set_to_none=True)
            seconds = self.time_step(images, labels, arithmetic)
            if self.job["budgets"]["memory_mb"] is not None:
                message = f"the memory of a training step can't be measured ({error})"[:500]
                raise Failure("over_budget", message) from error
            return seconds
        self.claims["step_memory_mb"] = round(found[0] / MIB, 3)
        what = f"a training step on {len(images)} images takes"
        check_budget(self.job, "memory_mb", self.claims["step_memory_mb"], what, "MiB of memory")
        return seconds

    def check_seconds(
        self, images: Tensor, labels: Tensor, arithmetic: Arithmetic, seconds: float
    ) -> None:
        """Extrapolate the seconds of one step, taken again where it matters, to all of them.

        Raises:
            Failure: They would take longer than what is left.
        """
        recipe = self.job["recipe"]
        steps = steps_per_epoch(len(self.data.x), recipe["batch_size"]) * recipe["epochs"]
        if seconds * steps > CLOSE * self.seconds_left:
            seconds = min(seconds, *(self.time_step(images, labels, arithmetic) for _ in "12"))
        if seconds * steps > self.seconds_left:
            raise Failure(
                "timeout",
                f"one training step takes {seconds:.3g} s, so the {steps} steps would take "
                f"{seconds * steps:.0f} s where {self.seconds_left:.0f} s are left",
            )

    def time_step(self, images: Tensor, labels: Tensor, arithmetic: Arithmetic) -> float:
        """Return the seconds of one forward and backward pass."""
        began = time.perf_counter()
        self.step(images, labels, arithmetic)
        self.net.zero_grad(set_to_none=True)
        return time.perf_counter() - began

    def check_latency(self, images: Tensor, arithmetic: Arithmetic) -> None:
        """Measure the latency of one image in eval mode; a network that can't take one has none.

        Raises:
            Failure: It is more than the budget, or there is a budget and it can't be measured.
        """
        budget = self.job["budgets"]["latency_ms"]
        try:
            self.claims["latency_ms"] = self.latency_ms(images[:1], arithmetic)
        # A network may need batches; that only matters where single images are what is wanted.
        except Exception as error:
            if budget is None:
                return
            raise Failure(
                "over_budget",
                f"its latency can't be measured: it fails on a single image ({error})"[:500],
            ) from error
        check_budget(self.job, "latency_ms", self.claims["latency_ms"], "one image takes", "ms")

    def latency_ms(self, image: Tensor, arithmetic: Arithmetic) -> float:
        """Return the median of repeated forward passes, the first two left out."""
        image = arithmetic.lay_out(image)
        self.net.eval()
        times: list[float] = []
        with torch.no_grad(), arithmetic.context(self.data.device):
            while len(times) < 3 or (
                sum(times) < LATENCY_SECONDS and len(times) < LATENCY_REPEATS + 2
            ):
                began = time.perf_counter()
                self.net(image)
                self.synchronise()
                times.append(time.perf_counter() - began)
        return round(1000 * statistics.median(times[2:]), 4)

    def synchronise(self) -> None:
        """Wait for what a GPU still has to do."""
        if self.data.device.type == "cuda":
            torch.cuda.synchronize(self.data.device)


def check_budget(job: dict[str, Any], name: str, value: float, what: str, unit: str) -> None:
    """Hold what a network costs against its budget.

    Raises:
        Failure: With outcome `over_budget`, both numbers in the message.
    """
    budget = job["budgets"][name]
    if budget is not None and value > budget:
        raise Failure("over_budget", f"{what} {value:,} {unit}; the budget is {budget:,}")
