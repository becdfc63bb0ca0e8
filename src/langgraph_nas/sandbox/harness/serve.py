"""The life of a sandboxed process: warm up, say so, take one job, answer, end.

The program runs three times, each time for the first time: in two scouts that look at it, and
here, where its network is built, once, and trained as in the plainest loop.
"""

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from os import _exit  # bound before a candidate can put something else in its place
from typing import Any, NoReturn

import torch
from torch import nn

from . import frames
from .arithmetic import DTYPES, Arithmetic
from .candidate import count_parameters, first_pass, seed_everything, seed_torch, signature_of
from .compiler import run_eagerly
from .data import Data, first_images, load_data
from .dry_run import dry_run
from .failure import Failure, explain
from .leftovers import Leftovers, tell_of_new_files
from .loading import load_again
from .looks import rehearse, sketch
from .offspring import adopt, end_children
from .preflight import check_budget
from .prints import silent
from .program import Program, build, compile_program
from .scout import Line, Message, Scout
from .traced import graph_hash
from .training import predict, train
from .weights import arrays_of
from .wire import HostGone, Wire

PATIENCE_SECONDS = 2
"""How long a result waits for the hash of its network."""
STAGES = ("parse", "build", "forward", "preflight", "train", "predict")
OF_LOOKS = ("macs", "latency_ms", "step_memory_mb", "graph_hash")
"""Claims about the network that was looked at, which must be the one that is trained."""
MEASURED = ("macs", "latency_ms", "memory_mb")
"""Budgets of theirs."""


def serve(setup: dict[str, Any], wire: Wire) -> None:
    """Warm up with the data of `setup`, then do the one job that the host sends."""
    for name, limit in setup.get("rlimits", {}).items():
        resource.setrlimit(getattr(resource, name), (limit, limit))
    # No thread may be there yet, so nothing is computed before the forks.
    torch.set_num_threads(1)
    run_eagerly()
    sketching = Scout(lambda line: live(setup | {"device": "cpu"}, line, sketch), wire)
    rehearsing = Scout(lambda line: live(setup, line, rehearse), wire)
    data = warm_up(setup)
    for scout in (sketching, rehearsing):
        scout.wait_until_warm()
    wire.send(frames.READY, {"torch": torch.__version__})
    try:
        job = wire.read_job()
    except HostGone:
        _exit(0)
    if job["tensors"] is not None:
        load_again(job, data, wire)
    wire.watch_host()
    Trial(job, data, wire, sketching, rehearsing, Leftovers(setup["scratch"])).run()
    # Threads and exit handlers that the candidate left behind are not waited for.
    _exit(0)


def live(setup: dict[str, Any], line: Line, look: Callable[[Message, Data, Line], None]) -> None:
    """Be a scout: warm up, and look at the one program that comes."""
    data = warm_up(setup)
    if look is rehearse:
        graph_hash(nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), [1, 8, 8], is_light=True)
    line.say(warm=True)
    look(line.read_job(), data, line)


def warm_up(setup: dict[str, Any]) -> Data:
    """Return the data, after one round of all that a trial does."""
    torch.set_num_threads(setup["threads"])
    data = load_data(setup)
    bound_device_memory(setup, data.device)
    dry_run(data.x.shape[1], data.device)
    return data


def bound_device_memory(setup: dict[str, Any], device: torch.device) -> None:
    """Keep this process to its share of a GPU that others use, too."""
    bound = setup.get("device_memory_mb")
    if device.type == "cuda" and bound:
        total = torch.cuda.get_device_properties(device).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, (bound << 20) / total), device)


@dataclass
class Trial:
    """One job, stage by stage; the first failure ends it."""

    job: dict[str, Any]
    data: Data
    wire: Wire
    sketching: Scout
    rehearsing: Scout
    leftovers: Leftovers
    claims: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    stage: str = "parse"

    def run(self) -> None:
        """Do the job and send what came out."""
        program = self.attempt("syntax_error", lambda: compile_program(self.job["program"]))
        self.begin("build")
        self.sketch()
        passed = self.rehearse()
        arithmetic = arithmetic_of(passed)
        net = self.build(program, arithmetic, passed.get("signature"))
        self.begin("train")
        self.attempt("train_error", lambda: self.train(net, arithmetic))
        self.begin("predict")
        self.attempt("forward_error", lambda: self.predict(net, arithmetic))
        self.attempt("forward_error", lambda: self.send_weights(net))
        self.await_hash()
        self.leftovers.sweep()  # so that the next program finds what this one found
        self.wire.send(frames.DONE, {"claims": self.claims})

    def attempt(self, usual: str, action: Callable[[], Any]) -> Any:
        """Run a part of the job; on any error, say so to the host and end the process."""
        try:
            return action()
        # All of it: SystemExit, KeyboardInterrupt and GeneratorExit are the candidate's, too.
        except BaseException as error:
            self.fail(explain(error, usual) | {"claims": self.claims})

    def fail(self, report: dict[str, Any]) -> NoReturn:
        """Tell the host what the candidate did wrong, and end the process."""
        self.leftovers.sweep()
        self.wire.send(frames.FAILURE, report)
        for scout in (self.sketching, self.rehearsing):
            scout.end()
        _exit(0)

    def begin(self, stage: str) -> None:
        """Tell the host which stage begins, if it is further than the one before."""
        while STAGES.index(self.stage) < STAGES.index(stage):
            self.stage = STAGES[STAGES.index(self.stage) + 1]
            self.wire.send(frames.STAGE, {"stage": self.stage})

    def sketch(self) -> None:
        """Look at the network without values; what is not certain then is left for later."""
        adopt(orphans=True)
        for message in self.sketching.ask(self.job, self.job["sketch_seconds"]):
            self.hear(message)
        self.sketching.end()
        end_children(but=(self.rehearsing.pid,))
        self.leftovers.sweep()

    def rehearse(self) -> Message:
        """Return what a network that passes is to be trained like; it has paid for a failure."""
        job = self.job | {"until": self.began + self.job["seconds"]}
        for message in self.rehearsing.ask(job):
            self.hear(message)
            if isinstance(message.get("passed"), dict):
                break
        else:
            end_like(self.rehearsing.exit or 0)
        end_children(but=(self.rehearsing.pid,))
        adopt(orphans=False)
        passed: Message = message["passed"]
        if passed.get("is_large"):  # it holds memory that the training may need
            self.await_hash()
        if self.leftovers.sweep():
            self.rehearsing.end()  # it might go on writing
        return passed

    def await_hash(self) -> None:
        """Take the hash of the network, if it comes soon, and end the rehearsal."""
        for message in self.rehearsing.messages(PATIENCE_SECONDS):
            self.hear(message)
        self.rehearsing.end()

    def hear(self, message: Message) -> None:
        """Take what a scout says."""
        self.leftovers.add(message.get("made"))
        if message.get("stage") in STAGES[:4]:
            self.begin(message["stage"])
        if isinstance(message.get("claims"), dict):
            self.claims |= message["claims"]
        if "graph_hash" in message:
            self.claims["graph_hash"] = message["graph_hash"]
        if isinstance(report := message.get("failure"), dict):
            self.fail(report)

    def build(self, program: Program, arithmetic: Arithmetic, expected: Any) -> nn.Module:
        """Return the network to train, after the first pass that gives lazy layers their shapes.

        Args:
            program: It has not run in this process.
            arithmetic: In which to train.
            expected: The signature of the network that was looked at.
        """
        tell_of_new_files(self.leftovers.add)
        with silent():  # what it prints was printed in the rehearsal
            seed_everything(self.job["recipe"]["seed"])
            net: nn.Module = self.attempt("build_error", lambda: build(program))
            if self.data.device.type != "cpu":
                net = self.attempt("build_error", lambda: net.to(self.data.device))
            images, _ = first_images(self.data, self.job["recipe"])
            self.attempt("forward_error", lambda: first_pass(net, images))
        self.attempt("build_error", lambda: self.settle(net, expected))
        if arithmetic.channels_last:
            arithmetic.place(net)
        # As in any loop that seeds before it trains, whatever the first pass has drawn.
        seed_torch(self.job["recipe"]["seed"])
        return net

    def settle(self, net: nn.Module, expected: Any) -> None:
        """Hold the network against its budget, and against the one that was looked at.

        Raises:
            Failure: It is over budget, or it is another one, so that nobody knows what it costs.
        """
        self.claims["parameters"] = count = count_parameters(net)
        check_budget(self.job, "parameters", count, "it has", "parameters")
        if signature_of(net) == expected:
            return
        # It draws from the time or from the system's chance, which no seed reaches.
        for name in OF_LOOKS:
            self.claims.pop(name, None)
        self.rehearsing.end()
        if any(self.job["budgets"][name] is not None for name in MEASURED):
            raise Failure(
                "over_budget",
                "Net() is another network each time it is built, so what it costs is not known",
            )

    def train(self, net: nn.Module, arithmetic: Arithmetic) -> None:
        """Train the network."""
        recipe = self.job["recipe"]
        self.claims["steps"] = train(
            net, self.data, recipe, arithmetic, lambda event: self.wire.send(frames.EPOCH, event)
        )

    def predict(self, net: nn.Module, arithmetic: Arithmetic) -> None:
        """Send the class ids of each split."""
        recipe = self.job["recipe"]
        for split, images in self.data.inputs.items():
            ids, batch_ms = predict(net, images, self.data, recipe, arithmetic)
            self.claims["batch_latency_ms"] = round(batch_ms, 4)
            self.wire.send_array(frames.PREDICTIONS, {"split": split}, ids.numpy().astype("<u2"))
        self.claims["peak_memory_mb"] = peak_memory_mb(self.data.device)

    def send_weights(self, net: nn.Module) -> None:
        """Send the trained tensors, if the job asks for them."""
        if not self.job["send_weights"]:
            return
        for name, array in arrays_of(net):
            header = {"name": name, "dtype": array.dtype.name, "shape": list(array.shape)}
            self.wire.send_array(frames.WEIGHT, header, array)


def arithmetic_of(passed: Message) -> Arithmetic:
    """Return the arithmetic that a rehearsal found."""
    precision = passed.get("precision")
    known = precision if precision in DTYPES else "fp32"
    return Arithmetic(known, channels_last=passed.get("channels_last") is True)


def end_like(code: int) -> NoReturn:
    """End as a scout did that could not say why: killed for its memory, crashed, or left."""
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    _exit(code)


def peak_memory_mb(device: torch.device) -> int:
    """Return the peak memory: of the device on a GPU, else resident memory of the process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device) >> 20)
    # In KiB, but on macOS in bytes.
    unit = 20 if sys.platform == "darwin" else 10
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> unit)
