"""The host's record of one job: every frame is checked before it is believed or kept."""

import math
import time
from typing import Any, TypeGuard, get_args

import numpy as np

from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.sandbox.base import Job, Limits, OnEvent, Precision, Workload
from langgraph_nas.sandbox.harness import frames
from langgraph_nas.sandbox.harness.frames import Frame, FrameError
from langgraph_nas.state import MEASURES, Stage

ORDER: tuple[Stage, ...] = ("parse", "build", "forward", "preflight", "train", "predict")
"""Stages in a cell, each of which can only follow the one before."""

REPORTED = frozenset(outcome for outcome, facts in OUTCOMES.items() if facts.is_reported)
DTYPES = frozenset(
    [
        "float16",
        "float32",
        "float64",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "bool",
        "complex64",
    ]
)
"""Those that both numpy and safetensors have."""
CLAIMS = ("parameters", "steps", *MEASURES)
PRECISIONS: tuple[str, ...] = get_args(Precision)
MAX_CLAIMED_BYTES = 8 << 20
"""All frames but predictions and weights together, at the beginning."""
CLAIMED_BYTES_A_SECOND = 1024
"""More than twice what reports of progress take, however long a training is."""
MAX_TENSORS = 1 << 16
EVENT_SECONDS = 0.1
"""Least pause between two `epoch` events, whatever the harness sends; the end of an epoch is told
at once, each once."""


class Ledger:
    """Takes the frames of one job, in any order a hostile process may send them."""

    def __init__(
        self, job: Job, workload: Workload, limits: Limits, on_event: OnEvent | None
    ) -> None:
        self._job, self._workload, self._limits = job, workload, limits
        self._on_event = on_event or (lambda event: None)
        self._claimed_bytes = self._weight_bytes = 0
        self._stage_began = self.began = time.monotonic()
        self._next_event = 0.0
        self._last_ended = 0
        self.stage: Stage = "parse"
        self.seconds: dict[str, float] = {}
        self.progress = ""
        self.predictions: dict[str, np.ndarray[Any, Any]] = {}
        self.weights: dict[str, np.ndarray[Any, Any]] = {}
        self.claims: dict[str, Any] = {}
        self.failure: dict[str, Any] | None = None
        self.finished = False

    def limit_of(self, kind: bytes) -> int:
        """Return the most payload bytes of a frame of this kind."""
        if kind == frames.PREDICTIONS:
            return 2 * max(self._workload.n_inputs.values(), default=0) + 1024
        if kind == frames.WEIGHT:
            return self._limits.weight_bytes + 4096 if self._job.send_weights else 0
        return 0 if kind in (frames.JOB, frames.READY) else frames.MAX_JSON

    def take(self, frame: Frame) -> None:
        """Record one frame.

        Raises:
            FrameError: It is out of turn or holds what it must not.
        """
        if self.finished:
            raise FrameError("a frame after the last one")
        if frame.kind == frames.PREDICTIONS:
            self._take_predictions(frame.payload)
        elif frame.kind == frames.WEIGHT:
            self._take_weight(frame.payload)
        else:
            self._take_claim(frame)

    def close(self) -> None:
        """Stop the clocks."""
        now = time.monotonic()
        self.seconds[self.stage] = now - self._stage_began
        self.seconds["total"] = now - self.began

    def _take_claim(self, frame: Frame) -> None:
        self._claimed_bytes += len(frame.payload) + frames.HEADER.size
        seconds = time.monotonic() - self.began
        if self._claimed_bytes > MAX_CLAIMED_BYTES + CLAIMED_BYTES_A_SECOND * seconds:
            raise FrameError("too many messages")
        value = frames.read_json(frame.payload)
        if frame.kind == frames.STAGE:
            self._begin(value.get("stage"))
        elif frame.kind == frames.EPOCH:
            self._take_progress(value)
        elif frame.kind == frames.FAILURE:
            self._fail(value)
        elif frame.kind == frames.DONE:
            self._finish(value)
        else:
            raise FrameError(f"a frame of kind {frame.kind!r} is out of turn")

    def _begin(self, stage: Any) -> None:
        if stage not in ORDER or ORDER.index(stage) != ORDER.index(self.stage) + 1:
            raise FrameError(f"stage {str(stage)[:40]!r} after {self.stage!r}")
        now = time.monotonic()
        self.seconds[self.stage] = now - self._stage_began
        self.stage, self._stage_began = stage, now
        self._on_event({"event": "stage", "stage": stage})

    def _take_progress(self, value: dict[str, Any]) -> None:
        numbers: list[Any] = [value.get(key) for key in ("epoch", "step", "steps")]
        if self.stage != "train" or not all(map(is_count, numbers)):
            raise FrameError("a report of progress is out of turn or not in numbers")
        epoch, step, steps = numbers
        self.progress = f"step {step} of {steps} in epoch {epoch}"
        now = time.monotonic()
        ended = step == steps and self._last_ended < epoch <= self._job.recipe.epochs
        if ended:
            self._last_ended = epoch
        if now >= self._next_event or ended:
            self._next_event = now + EVENT_SECONDS
            self._on_event({"event": "epoch", "epoch": epoch, "step": step, "steps": steps})

    def _fail(self, value: dict[str, Any]) -> None:
        outcome = str(value.get("outcome"))
        # Only the preflight foresees a timeout; all others are the host's to see.
        if outcome not in REPORTED or (outcome == "timeout" and self.stage != "preflight"):
            raise FrameError("a failure of no known class")
        self.failure, self.finished = value, True
        self._keep_claims(value)

    def _finish(self, value: dict[str, Any]) -> None:
        missing = set(self._workload.n_inputs) - set(self.predictions)
        if self.stage != "predict" or missing:
            raise FrameError(f"the end without predictions of {', '.join(sorted(missing))}")
        if self._job.send_weights and not self.weights:
            raise FrameError("the end without weights")
        self.finished = True
        self._keep_claims(value)

    def _keep_claims(self, value: dict[str, Any]) -> None:
        claims = value.get("claims")
        if isinstance(claims, dict):
            self.claims = {k: claims[k] for k in CLAIMS if is_measure(claims.get(k))}
            if claims.get("precision") in PRECISIONS:
                self.claims["precision"] = claims["precision"]
            if is_digest(claims.get("graph_hash")):
                self.claims["graph_hash"] = claims["graph_hash"]

    def _take_predictions(self, payload: bytes | memoryview) -> None:
        header, data = frames.read_array(payload)
        split = header.get("split")
        if self.stage != "predict" or not isinstance(split, str):
            raise FrameError("predictions out of turn")
        if split not in self._workload.n_inputs:
            raise FrameError("predictions of an unknown split")
        if split in self.predictions:
            raise FrameError(f"predictions of {split} twice")
        wanted = 2 * self._workload.n_inputs[split]
        if len(data) != wanted:
            raise FrameError(f"{len(data)} bytes of predictions of {split} instead of {wanted}")
        ids = np.frombuffer(data, dtype="<u2").astype(np.uint16)
        if ids.size and int(ids.max()) >= self._workload.n_classes:
            raise FrameError(f"class id {int(ids.max())} of {self._workload.n_classes} classes")
        self.predictions[split] = ids

    def _take_weight(self, payload: bytes | memoryview) -> None:
        header, data = frames.read_array(payload)
        self._weight_bytes += len(data)
        if self.stage != "predict" or self._weight_bytes > self._limits.weight_bytes:
            raise FrameError("weights out of turn or too large")
        name, dtype, shape = (header.get(key) for key in ("name", "dtype", "shape"))
        if not is_name(name) or name in self.weights:
            raise FrameError("a tensor without a name of its own")
        if len(self.weights) >= MAX_TENSORS:
            raise FrameError("too many tensors")
        self.weights[name] = read_tensor(dtype, shape, data)


def read_tensor(dtype: Any, shape: Any, data: memoryview) -> np.ndarray[Any, Any]:
    """Return the array that a checked header describes.

    Raises:
        FrameError: The header is none, or does not fit the bytes.
    """
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise FrameError(f"a tensor of dtype {str(dtype)[:40]!r}")
    if not isinstance(shape, list) or len(shape) > 32 or not all(is_count(n) for n in shape):
        raise FrameError("a tensor without a shape")
    kind = np.dtype("uint8" if dtype == "bool" else dtype).newbyteorder("<")
    if math.prod(shape) * kind.itemsize != len(data):
        raise FrameError(f"{len(data)} bytes do not make a {dtype} tensor {shape}")
    flat = np.frombuffer(data, dtype=kind)
    array = flat != 0 if dtype == "bool" else flat.astype(dtype, copy=False)
    try:
        return array.reshape(shape)
    except ValueError as error:  # where one size is 0, the others may be larger than can be
        raise FrameError(f"an empty tensor of shape {shape}") from error


def is_name(value: Any) -> TypeGuard[str]:
    """Tell whether a claimed value is a text that a file can hold, of 1 to 512 characters."""
    if not isinstance(value, str) or not 0 < len(value) <= 512:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)


def is_digest(value: Any) -> bool:
    """Return whether a claimed value is a SHA-256 in hex."""
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def is_measure(value: Any) -> bool:
    """Tell whether a claimed value is a number in 0..2^53."""
    return is_count(value) or (isinstance(value, float) and 0 <= value < 2**53)


def is_count(value: Any) -> bool:
    """Tell whether a claimed value is a whole number in 0..2^53."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
