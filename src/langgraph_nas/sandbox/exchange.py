"""One cell from its warm-up to its end, watched by the host's clock."""

import threading
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from langgraph_nas.outcomes import Outcome
from langgraph_nas.sandbox.base import Job, Limits, OnEvent, Run, Workload
from langgraph_nas.sandbox.cell import Cell, Exit
from langgraph_nas.sandbox.harness import frames
from langgraph_nas.sandbox.harness.frames import FrameError, FrameReader
from langgraph_nas.sandbox.ledger import Ledger
from langgraph_nas.sandbox.output import Output
from langgraph_nas.state import Stage

POLL_SECONDS = 0.1
"""How often a deadline or a wish to stop is looked at while nothing arrives."""
SKETCH_SHARE = 0.25
"""Part of the time for building after which a first look is given up."""
MAX_MESSAGE = 2000
STAGE_OF: dict[str, Stage] = {
    "syntax_error": "parse",
    "bad_structure": "structure",
    "build_error": "build",
}
"""Outcomes that name their stage themselves."""


@dataclass(frozen=True)
class Verdict:
    """Why a job ended, where the harness did not say so itself."""

    outcome: Outcome
    message: str


class Exchange:
    """Talks to the harness in one cell: `warm_up` once, then `run` once, or `discard`."""

    def __init__(self, cell: Cell, workload: Workload, limits: Limits) -> None:
        self._cell, self._workload, self._limits = cell, workload, limits
        self._lock = threading.Lock()
        self._exit: Exit | None = None
        self._ended = False
        self.torch: str | None = None
        """Version of torch inside; known when it is warm."""

    def warm_up(self) -> str | None:
        """Wait until the harness is ready; return None, or why it is not.

        A failure here is never the candidate's fault: it has not been seen yet.
        """
        reader = FrameReader(lambda kind: frames.MAX_JSON if kind == frames.READY else 0)
        output = Output(1 << 62)
        deadline = time.monotonic() + self._limits.warmup_seconds
        try:
            while time.monotonic() < deadline:
                chunk = self._cell.receive(POLL_SECONDS)
                if chunk is None:
                    continue
                if chunk[0] == "err":
                    output.add(chunk[1])
                elif ready := [f for f in reader.feed(chunk[1]) if f.kind == frames.READY]:
                    self.torch = version_of(frames.read_json(ready[0].payload))
                    return None
        except EOFError:
            exit = self._finish()
            return why_not_ready(f"ended (exit code {exit.exit_code})", output)
        except FrameError as error:
            self.discard()
            return why_not_ready(f"sent no frame ({error})", output)
        self.discard()
        return why_not_ready(f"took longer than {self._limits.warmup_seconds:g} s", output)

    def discard(self) -> Exit:
        """Kill the cell and remove its traces, once; say how it ended."""
        self._cell.kill()
        return self._finish()

    def kill(self) -> None:
        """Kill the cell from another thread; `run` or `warm_up` then ends and cleans up."""
        self._cell.kill()

    def run(
        self, job: Job, on_event: OnEvent | None, cancel: threading.Event | None, isolation: str
    ) -> Run:
        """Do one job in the warm cell, and leave nothing of the cell behind."""
        message: dict[str, Any] = {"program": job.program, "recipe": asdict(job.recipe)}
        message |= {"send_weights": job.send_weights, "budgets": asdict(job.budgets)}
        message["tensors"] = None if job.weights is None else len(job.weights)
        message["after_a_pass"] = job.after_a_pass
        # What is left for training once the preflight begins; the host's clock has the last word.
        message["seconds"] = self._limits.wall_seconds
        message["sketch_seconds"] = SKETCH_SHARE * self._limits.build_seconds
        message["output_bytes"] = self._limits.output_bytes
        output = Output(self._limits.output_bytes)
        ledger = Ledger(job, self._workload, self._limits, on_event)
        try:
            self._cell.send(frames.encode_json(frames.JOB, message))
            self._send_weights(job)
            verdict = self._watch(ledger, output, cancel or threading.Event())
        except BrokenPipeError:
            verdict = Verdict("sandbox_error", "the sandbox ended before it had a program")
        finally:
            # Also on KeyboardInterrupt, or when on_event raises. After an end of its own
            # accord (no verdict yet) `finish` still learns how the process ended.
            ledger.close()
            exit = self._finish() if self._ended else self.discard()
        if verdict is None and not ledger.finished:
            verdict = judge_exit(exit, ledger, self._limits)
        run = report(job, ledger, verdict, output, exit, isolation)
        return replace(run, torch=self.torch)

    def _send_weights(self, job: Job) -> None:
        for name, array in (job.weights or {}).items():
            self._cell.send(weight_frame(name, array))

    def _finish(self) -> Exit:
        with self._lock:
            if self._exit is None:
                self._exit = self._cell.finish()
            return self._exit

    def _watch(self, ledger: Ledger, output: Output, cancel: threading.Event) -> Verdict | None:
        reader = FrameReader(ledger.limit_of)
        try:
            while not ledger.finished:
                if cancel.is_set():
                    return Verdict("killed", "stopped before it ended")
                if late := past_deadline(ledger, self._limits):
                    return late
                self._take(self._cell.receive(POLL_SECONDS), reader, ledger, output)
                if output.exceeded:
                    allowed = f"{self._limits.output_bytes:,} bytes"
                    return Verdict("output_limit", f"it printed more than {allowed}")
        except EOFError:
            self._ended = True
        except FrameError as error:
            return Verdict("protocol_error", f"what came out is no result: {error}")
        return None

    def _take(
        self,
        chunk: tuple[str, bytes] | None,
        reader: FrameReader,
        ledger: Ledger,
        output: Output,
    ) -> None:
        if chunk is None:
            return
        stream, data = chunk
        if stream == "err":
            output.add(data)
            return
        for frame in reader.feed(data):
            ledger.take(frame)


def weight_frame(name: str, array: np.ndarray[Any, Any]) -> bytes:
    """Return a tensor as the harness takes it, which has the byte order of this machine."""
    header = {"name": name, "dtype": array.dtype.name, "shape": list(array.shape)}
    content = array.tobytes()
    return frames.encode_array_head(frames.WEIGHT, header, len(content)) + content


def version_of(ready: dict[str, Any]) -> str | None:
    """Return the version of torch that a harness reports."""
    return shown_text(ready.get("torch"))[:60] or None


def why_not_ready(what: str, output: Output) -> str:
    """Return one line on a warm-up that failed, with the last line that was printed."""
    lines = [line.strip() for line in output.text().split("\n") if line.strip()]
    last = f": {lines[-1][:300]}" if lines else ""
    return f"the sandbox {what} before it was ready{last}"


def past_deadline(ledger: Ledger, limits: Limits) -> Verdict | None:
    """Return a `timeout` if the job is past one of its deadlines."""
    spent = time.monotonic() - ledger.began
    if spent > limits.wall_seconds:
        reached = f"; it reached {ledger.progress}" if ledger.progress else ""
        took = f"building, training and predicting took longer than {limits.wall_seconds:g} s"
        return Verdict("timeout", took + reached)
    if ledger.stage in ("parse", "build", "forward") and spent > limits.build_seconds:
        parts = "building the network and one forward and backward pass on 2 samples"
        return Verdict("timeout", f"{parts} took longer than {limits.build_seconds:g} s")
    return None


def judge_exit(exit: Exit, ledger: Ledger, limits: Limits) -> Verdict:
    """Return what it means that a process ended without a result."""
    if exit.out_of_memory:
        used = f"it used more than its {limits.memory_mb} MiB of memory and was killed"
        reached = f" at {ledger.progress}" if ledger.progress else ""
        return Verdict("out_of_memory", used + reached)
    code = exit.exit_code
    if code is not None and (code < 0 or code > 128):
        number = -code if code < 0 else code - 128
        return Verdict("killed", f"the process died of signal {number}")
    return Verdict("protocol_error", f"the process ended (exit code {code}) without a result")


def report(
    job: Job,
    ledger: Ledger,
    verdict: Verdict | None,
    output: Output,
    exit: Exit,
    isolation: str,
) -> Run:
    """Return the run: a verdict of the host's comes before anything the harness said."""
    failure = ledger.failure if verdict is None and ledger.failure else {}
    outcome: Outcome = "ok"
    message = ""
    if verdict:
        outcome, message = verdict.outcome, verdict.message
    elif failure:
        outcome = failure["outcome"]  # the ledger has looked at it
        message = shown_text(failure.get("message"))
    line_number, line = own_line(job.program, failure.get("line_number"))
    ok = outcome == "ok"
    return Run(
        outcome=outcome,
        stage=STAGE_OF.get(outcome, ledger.stage),
        message=message,
        line=line,
        line_number=line_number,
        module=shown_text(failure.get("module"))[:200] or None,
        shapes=shapes_of(failure.get("shapes")),
        predictions=ledger.predictions if ok else {},
        weights=ledger.weights if ok and job.send_weights else None,
        seconds=dict(ledger.seconds),
        claimed=ledger.claims,
        stderr_tail=output.text(),
        exit_code=exit.exit_code,
        isolation=isolation,
    )


def shown_text(text: Any) -> str:
    """Return a claimed text within bounds and without control characters."""
    kept = str(text)[:MAX_MESSAGE] if isinstance(text, str) else ""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in kept).strip()


def own_line(program: str, number: Any) -> tuple[int | None, str | None]:
    """Return a claimed line number and the program's line there, or (None, None)."""
    lines = program.replace("\r\n", "\n").replace("\r", "\n").split("\n")  # as Python counts
    if not isinstance(number, int) or not 0 < number <= len(lines):
        return None, None
    return number, lines[number - 1].strip()


def shapes_of(claimed: Any) -> tuple[str, ...]:
    """Return claimed shapes within bounds."""
    entries = claimed if isinstance(claimed, list) else []
    return tuple(shown_text(entry)[:200] for entry in entries[-30:])
