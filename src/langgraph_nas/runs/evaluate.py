"""Evaluate programs without any LLM: what `langgraph-nas evaluate` does."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation import Sandboxed
from langgraph_nas.programs import read_program_file
from langgraph_nas.runs.failing import stopping
from langgraph_nas.sandbox.base import OnEvent, Sandbox
from langgraph_nas.sandbox.launch import threads
from langgraph_nas.sandbox.machine import usable_cpus
from langgraph_nas.session import (
    AnyPath,
    OnProgress,
    open_config_sandbox,
    prepare_data,
    with_device_memory,
    with_known_data,
)
from langgraph_nas.spaces import user_candidate
from langgraph_nas.state import Evaluation


def evaluate_files(
    files: Sequence[AnyPath] | AnyPath,
    config: SearchConfig,
    *,
    parallel: int = 1,
    sandbox: Sandbox | None = None,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    build_image: bool = True,
) -> list[dict[str, Any]]:
    """Train and score programs as a search does, one after the other or several at a time.

    Args:
        files: The programs, or one.
        config: The settings. Where they are not set, the usable CPUs and the GPU's memory are
            divided between the sandboxes that run at a time; other limits hold for each of them.
        parallel: Sandboxes at a time.
        sandbox: A sandbox in place of `config.sandbox`; stays open.
        on_event: Told of each file, one event at a time but from several threads: `evaluating`
            when it begins, its stages and epochs, `evaluated` with its result. All have its name
            as `file`, the first and the last also its `number` of the `of` files.
        on_progress: Told what is being set up.
        build_image: Build the Docker image where it is missing.

    Returns:
        One dict for each file, in their order: `file`, `outcome`, `stage`, `accuracy`, `split`,
        `error`, `line`, `line_number`, `module`, `shapes`, `precision`, `seconds` and
        `stage_seconds` by the host's clock, `isolation`, and under `claimed` what the sandbox
        says of the network: `parameters`, `graph_hash` and `state.MEASURES`.

    Raises:
        UsageError: A file can't be read, or a setting names something that is not there.
        SandboxError: The sandbox itself failed. What else runs is killed; what was finished has
            come as `evaluated`.
    """
    tell = on_progress or (lambda line: None)
    config = with_known_data(config)
    several = [files] if isinstance(files, str | os.PathLike) else files
    programs = [(path, read_program_file(path)) for path in map(Path, several)]
    parallel = min(parallel, len(programs))
    if parallel > 1 and config.cpus is None:
        config = config.model_copy(update={"cpus": usable_cpus() / parallel})
    config = with_device_memory(config, [], at_a_time=parallel)
    with ExitStack() as stack:
        data = prepare_data(config, tell)
        place = sandbox or open_config_sandbox(stack, config, build_image, tell)
        batch = _Batch(programs, Sandboxed(place, data, config), parallel, on_event)
        return batch.results()


class _Batch:
    """Programs that are evaluated by a number of threads, each with a sandbox at a time."""

    def __init__(
        self,
        programs: Sequence[tuple[Path, str]],
        evaluator: Sandboxed,
        parallel: int,
        on_event: OnEvent | None,
    ) -> None:
        self._programs, self._evaluator, self._parallel = programs, evaluator, parallel
        self._on_event = on_event or (lambda event: None)
        # A warm-up computes for seconds: where training has all CPUs it would slow down what is
        # timed, for a gain that is hardly there.
        busy = parallel * threads(evaluator.limits)
        self._warms = evaluator.device == "cuda" or busy < usable_cpus()
        self._left = len(programs)
        """Files that have not begun."""
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def results(self) -> list[dict[str, Any]]:
        """Return all results, in the order of the files; an error or Ctrl-C ends all of them."""
        pool = ThreadPoolExecutor(self._parallel, thread_name_prefix="evaluate")
        try:
            running = [
                pool.submit(self._evaluate, number, *program)
                for number, program in enumerate(self._programs, start=1)
            ]
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
            error = next((e for future in done if (e := future.exception()) is not None), None)
            if error is not None:
                raise error
            results = [future.result() for future in running]
            return [result for result in results if result is not None]
        finally:
            self._stop.set()
            pool.shutdown(cancel_futures=True)

    def _evaluate(self, number: int, file: Path, program: str) -> dict[str, Any] | None:
        """Return a program's result; None if another one's error came before it began."""
        place = {"file": str(file), "number": number, "of": len(self._programs)}
        with self._lock, stopping(self._stop):
            if self._stop.is_set():
                return None
            self._left -= 1
            self._on_event({"event": "evaluating", **place})
        with stopping(self._stop):
            evaluation = self._evaluator.evaluate(
                user_candidate(program),
                on_event=lambda event: self._take(file, event),
                cancel=self._stop,
            )
        result = _result(file, evaluation)
        with self._lock, stopping(self._stop):
            if not self._stop.is_set():
                self._on_event({"event": "evaluated", **place, **result})
        return result

    def _take(self, file: Path, event: dict[str, Any]) -> None:
        with self._lock, stopping(self._stop):
            spares = min(self._parallel, self._left) if self._warms else 0
            self._on_event({"file": str(file), **event})
        # Not before it trains: until then its latency is measured, which others would disturb.
        if event["event"] == "stage" and event["stage"] == "train" and spares:
            self._evaluator.prewarm(spares)


def _result(file: Path, evaluation: Evaluation) -> dict[str, Any]:
    failed = evaluation["outcome"] != "ok"
    return {
        "file": str(file),
        "outcome": evaluation["outcome"],
        "stage": evaluation["stage"],
        "accuracy": evaluation["accuracy"],
        "split": evaluation["split"],
        "error": evaluation["message"] if failed else None,
        "line": evaluation["line"],
        "line_number": evaluation["line_number"],
        "module": evaluation["module"],
        "shapes": evaluation["shapes"],
        "precision": evaluation["precision"],
        "claimed": {
            "parameters": evaluation["parameters"],
            "graph_hash": evaluation["graph_hash"],
            **evaluation["measures"],
        },
        "seconds": evaluation["seconds"].get("total"),
        "stage_seconds": {k: v for k, v in evaluation["seconds"].items() if k != "total"},
        "isolation": evaluation["isolation"],
    }
