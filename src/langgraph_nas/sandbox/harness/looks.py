"""The looks that a scout takes at a program: the sketch first, then the rehearsal."""

import contextlib
import time
from dataclasses import dataclass, field
from os import _exit  # bound before a candidate can put something else in its place
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from .arithmetic import Arithmetic
from .candidate import (
    count_macs,
    count_parameters,
    loss_of,
    seed_everything,
    signature_of,
    try_net,
)
from .data import FIRST, Data, first_images
from .failure import Failure, ShapeTrace, explain
from .leftovers import end_at_changes, tell_of_new_files
from .offspring import end_children
from .preflight import Preflight, check_budget
from .prints import flush, held_back, silence
from .program import build, compile_program
from .scout import Line
from .sketch import is_certain, without_values
from .traced import graph_hash

LARGE = 50_000_000
"""Parameters from which two networks at a time, the other one in training, are too many."""
HEAVY = 100_000_000
"""Multiply-adds of an image from which a hash without arithmetic takes less time."""


@dataclass
class Look:
    """One network, built to be looked at.

    Args:
        job: As the host sent it, with the times of its own.
        data: On the device on which to look.
        line: Takes what is seen.
    """

    job: dict[str, Any]
    data: Data
    line: Line
    claims: dict[str, Any] = field(default_factory=dict)
    net: nn.Module | None = None
    stage: str = "build"

    def begin(self, stage: str) -> None:
        """Say which stage begins."""
        self.stage = stage
        self.line.say(stage=stage)

    def build(self) -> nn.Module:
        """Run the program, build its network and hold the size against the budget."""
        tell_of_new_files(lambda path: self.line.say(made=path))
        seed_everything(self.job["recipe"]["seed"])
        net = build(compile_program(self.job["program"]))
        self.count(net)
        self.net = net.to(self.data.device)
        return self.net

    def count(self, net: nn.Module) -> None:
        """Count the parameters; lazy ones have a size only after the first forward pass."""
        self.claims["parameters"] = count = count_parameters(net)
        check_budget(self.job, "parameters", count, "it has", "parameters")

    def try_out(self, net: nn.Module, *, values: bool = True) -> None:
        """Check passes over two images."""
        images, labels = first_images(self.data, self.job["recipe"])
        try_net(net, images, labels, self.data.n_classes, values=values)
        self.count(net)

    def preflight(self, net: nn.Module) -> Arithmetic:
        """Return the arithmetic to train in.

        Some networks can't go back to training once they have predicted, which no training asks of
        them: those are built again to take a training step alone.
        """
        left = self.job["until"] - time.monotonic()
        try:
            return Preflight(net, self.data, self.job, self.claims, left).run()
        except Failure:
            raise
        except Exception:  # whatever it raised; it is raised again unless a step alone works
            with contextlib.suppress(Exception):
                fresh = build(compile_program(self.job["program"])).to(self.data.device)
                return Preflight(fresh, self.data, self.job, self.claims, left).train_only()
            raise

    def report(self, error: BaseException) -> dict[str, Any]:
        """Return what went wrong, with the shapes up to there."""
        usual = "build_error" if self.stage == "build" else "forward_error"
        report = explain(error, usual)
        if "CUDA error" in report["message"]:
            report = self.explain_on_cpu(usual) or report
        trace = ShapeTrace()
        if self.stage == "forward" and self.net is not None:
            self.trace_shapes(self.net, trace)
        return report | {"shapes": trace.entries(), "module": trace.module(), "claims": self.claims}

    def explain_on_cpu(self, usual: str) -> dict[str, Any] | None:
        """Return the error in the words of a CPU; a GPU's tell neither what nor where."""
        try:
            net = build(compile_program(self.job["program"]))
            labels = torch.arange(FIRST) % self.data.n_classes
            try_net(net, torch.rand(FIRST, *self.data.x.shape[1:]), labels, self.data.n_classes)
        except BaseException as error:
            return explain(error, usual)
        return None

    def trace_shapes(self, net: nn.Module, trace: ShapeTrace) -> None:
        """Take the pass that failed again, to see where."""
        images, labels = first_images(self.data, self.job["recipe"])
        with contextlib.suppress(BaseException), trace.of(net):
            for mode in (True, False):
                net.train(mode)
                trace.restart()
                loss_of(net, images, labels, self.data.n_classes, values=False)
            trace.restart()


def sketch(job: dict[str, Any], data: Data, line: Line) -> None:
    """Look at the network without values; say a failure only if it is certain."""
    look = Look(job, data, line)
    with held_back(job["output_bytes"]) as let_out, without_values(lambda: _exit(0)):
        try:
            net = look.build()
            look.begin("forward")
            look.try_out(net, values=False)
        # All of it: SystemExit, KeyboardInterrupt and GeneratorExit are the candidate's, too.
        except BaseException as error:
            # What may be due to values shows itself again with proper ones.
            if is_certain(error):
                report = look.report(error)
                let_out()
                line.say(failure=report)
        _exit(0)


def rehearse(job: dict[str, Any], data: Data, line: Line) -> None:
    """Take all steps of a trial but the training, and say what they cost."""
    look = Look(job, data, line)
    try:
        net = look.build()
        buffers = {n: buffer.clone() for n, buffer in net.named_buffers() if not is_lazy(buffer)}
        look.begin("forward")
        look.try_out(net)
        passed: dict[str, Any] = {"signature": signature_of(net)}
        check_macs(look, net)
        look.begin("preflight")
        arithmetic = look.preflight(net)
    # As above.
    except BaseException as error:
        line.say(failure=look.report(error))
        return
    flush()
    end_children()
    net.to("cpu")
    if data.device.type == "cuda":
        torch.cuda.empty_cache()
    passed |= {"precision": arithmetic.precision, "channels_last": arithmetic.channels_last}
    passed["is_large"] = look.claims["parameters"] > LARGE
    line.say(passed=passed, claims=look.claims)
    is_light = look.claims.get("macs", HEAVY) < HEAVY
    hash_aside(net, buffers, list(data.x.shape[1:]), line, is_light=is_light)


def check_macs(look: Look, net: nn.Module) -> None:
    """Count the multiply-adds of one image and hold them against the budget."""
    macs = count_macs(net, first_images(look.data, look.job["recipe"])[0])
    if macs is not None:
        look.claims["macs"] = macs
        check_budget(look.job, "macs", macs, "one image takes", "multiply-adds")


def hash_aside(
    net: nn.Module,
    buffers: dict[str, torch.Tensor],
    shape: list[int],
    line: Line,
    *,
    is_light: bool,
) -> None:
    """Say the hash of the network, beside the training: it costs no time and can break nothing.

    Args:
        net: The network, on the CPU.
        buffers: What its buffers held when it was built.
        shape: Channels, height, width.
        line: Takes the hash.
        is_light: Whether a few images may be computed for it.
    """
    silence()
    end_at_changes()
    torch.set_num_threads(1)  # the others are for the training
    Arithmetic().place(net)
    net.zero_grad(set_to_none=True)
    for name, buffer in net.named_buffers():
        if name in buffers and buffers[name].shape == buffer.shape:
            buffer.data.copy_(buffers[name])
    line.say(graph_hash=graph_hash(net, shape, is_light=is_light))
