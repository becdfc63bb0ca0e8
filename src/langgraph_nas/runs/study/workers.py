"""Several searches at a time, each in a process of its own: a model computes in each of them.

A worker that loses its parent, however that ended, stops its search cleanly.
"""

import contextlib
import queue
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import ResumableError
from langgraph_nas.runs.failing import stopping
from langgraph_nas.runs.study.arms import PlannedSearch
from langgraph_nas.runs.study.running import Tell, open_shared

_POLL_SECONDS = 0.2
_LEAVE_SECONDS = 60.0

STOP = "stop"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_in_processes(
    tasks: Sequence[PlannedSearch],
    config: SearchConfig,
    database: Path,
    *,
    jobs: int,
    tell: Tell,
    done: Callable[[PlannedSearch], object],
    stop: threading.Event,
) -> None:
    """Run searches, `jobs` at a time.

    Args:
        tasks: The searches, in the order in which they begin.
        config: The settings that all of them share, to open models and sandbox with.
        database: The archive's file.
        jobs: Processes.
        tell: Told of progress; one call at a time, from several threads.
        done: Called with each search whose process is through with it, likewise.
        stop: Set it to end all of them cleanly.

    Raises:
        NasError: One of them had to stop; then the others were stopped, too.
    """
    crew = _Crew(tasks, config, database, tell, done, stop)
    resource_tracker.ensure_running()  # started by `employ`, it would unblock the signals there
    with ThreadPoolExecutor(jobs, thread_name_prefix="compare") as pool:
        try:
            busy = [pool.submit(crew.employ) for _ in range(min(jobs, len(tasks)))]
            wait(busy, return_when=FIRST_EXCEPTION)
        finally:
            crew.over.set()  # one failed, or Ctrl-C, or there is nothing left
    for future in busy:
        future.result()


class _Crew:
    """The parent's side: one thread for each process."""

    def __init__(
        self,
        tasks: Sequence[PlannedSearch],
        config: SearchConfig,
        database: Path,
        tell: Tell,
        done: Callable[[PlannedSearch], object],
        stop: threading.Event,
    ) -> None:
        self._tasks = list(reversed(tasks))
        self._config, self._database, self._stop = config, database, stop
        self._tell, self._done = tell, done
        self._lock = threading.Lock()
        self.over = threading.Event()

    def employ(self) -> None:
        """Give a new process one search after the other until none is left or one fails."""
        spawn = get_context("spawn")  # a fork would share the sandbox's and SQLite's threads
        ours, theirs = spawn.Pipe()
        process = spawn.Process(
            target=work, args=(theirs, self._config, self._database), daemon=True
        )
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            with stopping(self.over):
                process.start()  # with them blocked, until it has set what they do
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        try:
            with stopping(self.over):  # before it waits for the process to leave
                while (task := self._next()) is not None:
                    self._follow(ours, task)
                    with self._lock, stopping(self.over):
                        self._done(task)
        finally:
            ours.close()
            process.join(_LEAVE_SECONDS)
            process.kill()

    def _next(self) -> PlannedSearch | None:
        with self._lock:
            return self._tasks.pop() if self._tasks and not self._stopped() else None

    def _follow(self, ours: Connection, task: PlannedSearch) -> None:
        """Have a process run a search; take what it tells until it is through with it."""
        _say(ours, task)
        told = False
        while True:
            if self._stopped() and not told:
                told = True
                _say(ours, STOP)
            try:
                message = ours.recv() if ours.poll(_POLL_SECONDS) else {}
            except (EOFError, OSError) as error:
                raise ResumableError(
                    "a process of the comparison died; the same command goes on with it"
                ) from error
            if isinstance(message, Exception):
                raise message
            if message is None:
                return
            if message:
                with self._lock, stopping(self.over):
                    self._tell(message)

    def _stopped(self) -> bool:
        return self._stop.is_set() or self.over.is_set()


def _say(pipe: Connection, message: Any) -> None:
    """Send something; that the other end is gone shows where something is received."""
    with contextlib.suppress(OSError):
        pipe.send(message)


def work(pipe: Connection, config: SearchConfig, database: Path) -> None:
    """Run the searches that come by the pipe; the other end of it is all that a process obeys.

    It answers with events, and at the end of each search with None or the error that ended it.
    """
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    tasks: queue.SimpleQueue[PlannedSearch | None] = queue.SimpleQueue()
    stop = threading.Event()
    threading.Thread(target=_listen, args=(pipe, tasks, stop), daemon=True).start()

    def tell(message: Any) -> None:
        _say(pipe, message)

    try:
        with open_shared(config, database) as place:
            while (task := tasks.get()) is not None:
                place.run(task, tell, stop)
                tell(None)
    except Exception as error:  # whatever it is, the parent raises it
        tell(error)


def _listen(
    pipe: Connection, tasks: "queue.SimpleQueue[PlannedSearch | None]", stop: threading.Event
) -> None:
    """Pass on what the parent says; with its end comes the end of the process."""
    try:
        while True:
            message = pipe.recv()
            if message == STOP:
                stop.set()
            else:
                tasks.put(message)
    except (EOFError, OSError):
        stop.set()
        tasks.put(None)
