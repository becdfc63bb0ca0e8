"""The life of a sandboxed process: warm up, say so, take one job, answer, end."""

import resource
from collections.abc import Callable
from dataclasses import dataclass, field
from os import _exit  # bound before a candidate can put something else in its place
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from . import frames
from .candidate import build_net, compile_program, count_parameters, seed_everything, try_net
from .data import Data, Normalise, load_data
from .failure import ShapeTrace, explain
from .training import predict, train
from .wire import HostGone, Wire

WIDE = {torch.bfloat16, *(getattr(torch, n) for n in dir(torch) if n.startswith("float8"))}
"""Dtypes that numpy lacks; their tensors are sent as float32."""


def serve(setup: dict[str, Any], wire: Wire) -> None:
    """Warm up with the data of `setup`, then do the one job that the host sends."""
    for name, limit in setup.get("rlimits", {}).items():
        resource.setrlimit(getattr(resource, name), (limit, limit))
    torch.set_num_threads(setup["threads"])
    data = load_data(setup)
    dry_run(data)
    wire.send(frames.READY, {"torch": torch.__version__})
    try:
        job = wire.read_job()
    except HostGone:
        _exit(0)
    wire.watch_host()
    Trial(job, data, wire).run()
    # Threads and exit handlers that the candidate left behind are not waited for.
    _exit(0)


def dry_run(data: Data) -> None:
    """Take one optimizer step: the first in a process imports much and costs over a second."""
    channels = data.x.shape[1]
    net = nn.Sequential(
        nn.Conv2d(channels, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.LazyLinear(2)
    )
    net.to(data.device)
    images = torch.zeros(2, channels, 8, 8, device=data.device)
    net(images)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    labels = torch.zeros(2, dtype=torch.int64, device=data.device)
    torch.autograd.backward(cross_entropy(net(images), labels))
    optimizer.step()


@dataclass
class Trial:
    """One job, stage by stage; the first failure ends it."""

    job: dict[str, Any]
    data: Data
    wire: Wire
    claims: dict[str, int] = field(default_factory=dict)
    trace: ShapeTrace = field(default_factory=ShapeTrace)

    def run(self) -> None:
        """Do the job and send what came out."""
        recipe = self.job["recipe"]
        seed_everything(recipe["seed"])
        code = self.attempt("syntax_error", lambda: compile_program(self.job["program"]))
        self.begin("build")
        net = self.attempt("build_error", lambda: build_net(code, self.data.device))
        self.begin("forward")
        self.attempt("forward_error", lambda: self.rehearse(net))
        self.begin("train")
        self.attempt("train_error", lambda: self.train(net))
        self.begin("predict")
        self.attempt("forward_error", lambda: self.predict(net))
        self.attempt("forward_error", lambda: self.send_weights(net))
        self.wire.send(frames.DONE, {"claims": self.claims})

    def attempt(self, usual: str, action: Callable[[], Any]) -> Any:
        """Run a part of the job; on any error, say so to the host and end the process."""
        try:
            return action()
        # All of it: SystemExit, KeyboardInterrupt and GeneratorExit are the candidate's, too.
        except BaseException as error:
            report = explain(error, usual)
            report |= {"shapes": self.trace.entries(), "claims": self.claims}
            self.wire.send(frames.FAILURE, report)
            _exit(0)

    def begin(self, stage: str) -> None:
        """Tell the host which stage begins."""
        self.wire.send(frames.STAGE, {"stage": stage})

    def rehearse(self, net: nn.Module) -> None:
        """Check the network on two samples."""
        recipe = self.job["recipe"]
        self.claims["parameters"] = count_parameters(net)
        normalise = Normalise(recipe["mean"], recipe["std"], self.data.device)
        index = torch.arange(2, device=self.data.device) % len(self.data.x)
        try_net(net, normalise(self.data.x[index]), self.data.n_classes, self.trace)
        self.claims["parameters"] = count_parameters(net)
        self.trace.restart()

    def train(self, net: nn.Module) -> None:
        """Train the network."""
        self.claims["steps"] = train(
            net, self.data, self.job["recipe"], lambda event: self.wire.send(frames.EPOCH, event)
        )

    def predict(self, net: nn.Module) -> None:
        """Send the class ids of each split."""
        for split, images in self.data.inputs.items():
            ids = predict(net, images, self.data, self.job["recipe"])
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
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
