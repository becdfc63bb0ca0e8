"""The promise of every sandbox: one program in, one `Run` out, nothing else gets through.

The host trusts only what it measured itself: the clock, the exit, and class ids that it checks
for count, type and range. All else that a candidate's process says is in `Run.claimed` or in
messages meant for people and LLMs.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from langgraph_nas.outcomes import Outcome
from langgraph_nas.state import Stage

Precision = Literal["fp32", "bf16", "fp16"]
MemoryFormat = Literal["contiguous", "channels_last", "measured"]
OnEvent = Callable[[dict[str, Any]], None]
"""Called on the host with `{"event": "stage"|"epoch", ...}` while a candidate runs."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one candidate. All are enforced from outside its process."""

    wall_seconds: float = 1800
    """From sending the program to its result."""
    build_seconds: float = 30
    """The part of it for building the net and one forward and backward pass."""
    warmup_seconds: float = 180
    """From launching a sandbox until it is ready for a program (ours, not the candidate's)."""
    memory_mb: int = 4096
    device_memory_mb: int | None = None
    """GPU memory it may allocate; None: no bound but the device's."""
    cpus: float | None = None
    pids: int = 256
    tmp_mb: int = 64
    shm_mb: int = 16
    output_bytes: int = 1 << 20
    """What it may print on both streams together; one byte more is outcome `output_limit`."""
    weight_bytes: int = 2 << 30
    """Tensors sent back by a run with `send_weights`."""


@dataclass(frozen=True)
class Workload:
    """The data a sandbox is warmed up with. Labels of the scored splits are not part of it."""

    train: Path
    """Folder with `x.npy` (uint8 [N, C, H, W]) and `y.npy` (int64 [N])."""
    inputs: Mapping[str, Path]
    """Split name -> folder with `x.npy` (uint8 [M, C, H, W]) to predict."""
    shape: tuple[int, int, int]
    """Channels, height, width."""
    n_classes: int
    n_inputs: Mapping[str, int]
    """Split name -> M."""
    device: str = "cpu"
    """`cpu` or `cuda`."""


@dataclass(frozen=True)
class Recipe:
    """How a candidate is trained: SGD and cross-entropy, as in the paper's protocol."""

    epochs: int
    batch_size: int
    learning_rate: float
    momentum: float
    weight_decay: float
    seed: int
    mean: tuple[float, ...]
    """Per channel, of pixels in 0..1."""
    std: tuple[float, ...]
    augment: tuple[str, ...] = ()
    """Of `crop` (random crop with padding 4) and `flip` (horizontal)."""
    precision: Precision = "fp32"
    """Arithmetic of training and predicting; a network that can't do it falls back to fp32."""
    memory_format: MemoryFormat = "contiguous"
    """Of convolutional networks that can do it; `measured` is channels_last where a few images show
    that training is faster so, and not asked of a training that takes a moment anyway."""


@dataclass(frozen=True)
class Budgets:
    """What a network may cost; None: no bound. More is outcome `over_budget`, before training."""

    parameters: int | None = None
    macs: int | None = None
    """Multiply-adds of one image's forward pass."""
    latency_ms: float | None = None
    """For one image in eval mode, on the device that trains."""
    memory_mb: int | None = None
    """For one training step: weights, gradients, momentum, activations."""


@dataclass(frozen=True)
class Job:
    """One program to build, train and let predict."""

    program: str
    recipe: Recipe
    send_weights: bool = False
    """Send the trained state dict back as raw tensors."""
    budgets: Budgets = Budgets()
    weights: Mapping[str, np.ndarray[Any, Any]] | None = None
    """Tensors by state dict key: they are loaded into `Net()` in place of training, as one would
    do elsewhere, with nothing given to the program that it does not import."""
    after_a_pass: bool = False
    """Load them after a first forward pass, in which layers may be made."""


@dataclass(frozen=True)
class Run:
    """What the host saw of one job."""

    outcome: Outcome
    stage: Stage
    message: str = ""
    line: str | None = None
    line_number: int | None = None
    module: str | None = None
    """Path and class of the network's module at fault, as claimed."""
    shapes: tuple[str, ...] = ()
    predictions: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    """Split name -> class ids, uint16 [M], count and range checked. Full only if `ok`."""
    weights: Mapping[str, np.ndarray[Any, Any]] | None = None
    """Trained tensors by state dict key, if asked for. bfloat16 comes as float32."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Host's wall seconds by stage, and `total` from program sent to the end."""
    claimed: Mapping[str, Any] = field(default_factory=dict)
    """What the process says of itself (`parameters`, `steps`, `precision`, `MEASURES`): never
    used for ranking."""
    stderr_tail: str = ""
    exit_code: int | None = None
    isolation: str = ""
    torch: str | None = None
    """Version of torch in the sandbox, as our harness said before it saw the program."""


class Sandbox(Protocol):
    """A place where hostile programs run.

    `run` never raises for what a candidate does. Where the sandbox itself fails, it returns
    outcome `sandbox_error`; the caller retries.
    """

    name: str
    """`docker`, `bubblewrap`, `unsafe-subprocess`."""

    @property
    def isolation(self) -> str:
        """What results are marked with, e.g. `bubblewrap (soft-limits)`."""
        ...

    def prewarm(self, workload: Workload, limits: Limits, spares: int = 1) -> None:
        """Keep `spares` sandboxes for the next runs of this workload, started in the background."""
        ...

    def torch_version(self, workload: Workload, limits: Limits) -> str | None:
        """Return the version of torch that programs meet, None if that can't be found out.

        It may start a sandbox of this workload and wait until that is ready.
        """
        ...

    def run(
        self,
        job: Job,
        workload: Workload,
        limits: Limits,
        *,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Run:
        """Run one program in a fresh sandbox and say what became of it.

        Setting `cancel` from another thread kills the candidate; the outcome is then `killed`.
        """
        ...

    def close(self) -> None:
        """Kill and remove all that is left of this sandbox. May be called twice."""
        ...
