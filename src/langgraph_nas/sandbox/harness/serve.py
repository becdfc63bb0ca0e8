"""The life of a sandboxed process: warm up, say so, take one job, answer, end."""

import resource
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from os import _exit  # bound before a candidate can put something else in its place
from typing import Any, NoReturn

import torch
from torch import nn

from . import frames
from .arithmetic import Arithmetic
from .aside import Aside
from .candidate import (
    build_net,
    compile_program,
    count_macs,
    count_parameters,
    load_class,
    same_draws,
    seed_everything,
    try_net,
    untouched,
)
from .data import Data, load_data
from .dry_run import dry_run
from .failure import ShapeTrace, explain
from .loading import load_again
from .preflight import Preflight, check_budget
from .sketch import WithoutValues, is_certain
from .traced import graph_hash
from .training import predict, train
from .wire import HostGone, Wire

PATIENCE_SECONDS = 2
"""How long a result waits for the hash of its network."""
WIDE = {torch.bfloat16, *(getattr(torch, n) for n in dir(torch) if n.startswith("float8"))}
"""Dtypes that numpy lacks; their tensors are sent as float32."""


def serve(setup: dict[str, Any], wire: Wire) -> None:
    """Warm up with the data of `setup`, then do the one job that the host sends."""
    for name, limit in setup.get("rlimits", {}).items():
        resource.setrlimit(getattr(resource, name), (limit, limit))
    torch.set_num_threads(setup["threads"])
    data = load_data(setup)
    bound_device_memory(setup, data.device)
    dry_run(data.x.shape[1], data.device)
    wire.send(frames.READY, {"torch": torch.__version__})
    try:
        job = wire.read_job()
    except HostGone:
        _exit(0)
    if job["tensors"] is not None:
        load_again(job, data, wire)
    wire.watch_host()
    Trial(job, data, wire).run()
    # Threads and exit handlers that the candidate left behind are not waited for.
    _exit(0)


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
    claims: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    trace: ShapeTrace = field(default_factory=ShapeTrace)

    def run(self) -> None:
        """Do the job and send what came out."""
        recipe = self.job["recipe"]
        seed_everything(recipe["seed"])
        code = self.attempt("syntax_error", lambda: compile_program(self.job["program"]))
        net, arithmetic, graph = self.check(code)
        self.begin("train")
        graph.start()
        self.attempt("train_error", lambda: self.train(net, arithmetic))
        self.begin("predict")
        self.attempt("forward_error", lambda: self.predict(net, arithmetic))
        self.attempt("forward_error", lambda: self.send_weights(net))
        self.claims["graph_hash"] = graph.result(PATIENCE_SECONDS)
        self.wire.send(frames.DONE, {"claims": self.claims})

    def attempt(self, usual: str, action: Callable[[], Any]) -> Any:
        """Run a part of the job; on any error, say so to the host and end the process."""
        try:
            return action()
        # All of it: SystemExit, KeyboardInterrupt and GeneratorExit are the candidate's, too.
        except BaseException as error:
            self.fail(error, usual)

    def fail(self, error: BaseException, usual: str) -> NoReturn:
        """Tell the host what the candidate did wrong, and end the process."""
        report = explain(error, usual)
        report |= {"shapes": self.trace.entries(), "module": self.trace.module()}
        report["claims"] = self.claims
        self.wire.send(frames.FAILURE, report)
        _exit(0)

    def begin(self, stage: str) -> None:
        """Tell the host which stage begins."""
        self.wire.send(frames.STAGE, {"stage": stage})

    def check(self, code: types.CodeType) -> tuple[nn.Module, Arithmetic, Aside]:
        """Return the network as it is to be trained, in which arithmetic, and its hash to come.

        The network is looked at without the values of its weights first: see `sketch`.
        """
        self.begin("build")
        make = self.attempt("build_error", lambda: load_class(code))
        with same_draws():
            self.sketch(make)
        net = self.attempt("build_error", lambda: self.build(make))
        arithmetic, graph = self.attempt("forward_error", lambda: self.check_passes(net))
        return net, arithmetic, graph

    def check_passes(self, net: nn.Module) -> tuple[Arithmetic, Aside]:
        """Check forward and backward passes, and leave the network as it was."""
        with untouched(net, self.data.device):
            self.rehearse(net)
            self.count_macs(net)
            shape = list(self.data.x.shape[1:])
            graph = Aside(lambda: graph_hash(net, shape), self.wire)
            self.begin("preflight")
            return self.preflight(net), graph

    def sketch(self, make: type[nn.Module]) -> None:
        """Check the network without values; what may be due to them is left for later."""
        look = WithoutValues()
        usual = "build_error"
        try:
            with look:
                net = self.build(make)
                self.begin("forward")
                usual = "forward_error"
                self.rehearse(net)
        # As in `attempt`; what may be due to values shows itself again with proper ones.
        except BaseException as error:
            if not look.seen and is_certain(error):
                self.fail(error, usual)
            self.trace.restart()
            if usual == "build_error":
                self.begin("forward")

    def build(self, make: type[nn.Module]) -> nn.Module:
        """Build the network and hold its size against the budget."""
        net = build_net(make)
        self.count(net)
        return net

    def count(self, net: nn.Module) -> None:
        """Count the parameters; lazy ones have a size only after the first forward pass."""
        self.claims["parameters"] = count = count_parameters(net)
        check_budget(self.job, "parameters", count, "it has", "parameters")

    def rehearse(self, net: nn.Module) -> None:
        """Check the network on two made-up samples, on the CPU."""
        try_net(net, list(self.data.x.shape[1:]), self.data.n_classes, self.trace)
        self.trace.restart()
        self.count(net)

    def count_macs(self, net: nn.Module) -> None:
        """Count the multiply-adds and hold them against the budget."""
        macs = count_macs(net, list(self.data.x.shape[1:]))
        if macs is not None:
            self.claims["macs"] = macs
            check_budget(self.job, "macs", macs, "one image takes", "multiply-adds")

    def preflight(self, net: nn.Module) -> Arithmetic:
        """Check the network on one batch where it will be trained."""
        net.to(self.data.device)
        left = self.job["seconds"] - (time.monotonic() - self.began)
        return Preflight(net, self.data, self.job, self.claims, left).run()

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
        for name, tensor in net.state_dict().items():
            if isinstance(tensor, torch.Tensor):
                tensor = tensor.detach().cpu()
                array = (tensor.float() if tensor.dtype in WIDE else tensor).numpy()
                header = {"name": name, "dtype": array.dtype.name, "shape": list(array.shape)}
                self.wire.send_array(frames.WEIGHT, header, array)


def peak_memory_mb(device: torch.device) -> int:
    """Return the peak memory: of the device on a GPU, else resident memory of the process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device) >> 20)
    # In KiB, but on macOS in bytes.
    unit = 20 if sys.platform == "darwin" else 10
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> unit)
