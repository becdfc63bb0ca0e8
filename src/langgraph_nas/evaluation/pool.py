"""Several evaluations at a time: candidates go in, outcomes come out in the order of completion."""

import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from langgraph_nas.errors import SearchStopped
from langgraph_nas.evaluation.base import Evaluator
from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.state import Candidate, Evaluation

POLL_SECONDS = 0.2
Event = dict[str, Any]


class Ended(NamedTuple):
    """A trial whose outcome is there."""

    iteration: int
    evaluation: Evaluation
    is_known: bool
    """It was known without an evaluation."""


class Pool(Protocol):
    """Where candidates are evaluated, several at a time."""

    places: int
    """Evaluations at a time."""

    def submit(
        self,
        iteration: int,
        candidate: Candidate,
        channels_last: bool | None,
        keep: Callable[[Evaluation], None],
    ) -> None:
        """Evaluate a candidate as soon as there is a place; returns at once.

        Args:
            iteration: Its trial.
            candidate: With a program.
            channels_last: Its memory format of an earlier training, None if there was none.
            keep: Told of the outcome as soon as it is there, from another thread.
        """
        ...

    def put(
        self, iteration: int, candidate: Candidate, evaluation: Evaluation, *, is_known: bool
    ) -> None:
        """Take an outcome that needs no evaluation any more."""
        ...

    def equal(self, candidate: Candidate, stops: Collection[threading.Event]) -> Evaluation | None:
        """Return what became of an equal network here; wait for it while it runs.

        None if there was none, or its outcome may be another the next time.

        Raises:
            SearchStopped: One of `stops` is set.
        """
        ...

    def holds(self, iteration: int) -> bool:
        """Tell whether a trial was handed over, and not taken back yet."""
        ...

    def take(
        self,
        wanted: Collection[int],
        stops: Collection[threading.Event],
        on_wait: Callable[[], None],
    ) -> list[Ended]:
        """Return what has ended, in the order of completion; wait until there is some.

        Args:
            wanted: Trials to wait for, all of them, in their order; none: any, at least one.
            stops: Set one from another thread to end the waiting.
            on_wait: Called now and then while there is nothing.

        Raises:
            SearchStopped: One is set.
            SandboxError: An evaluation failed itself; each is told once.
        """
        ...

    def events(self) -> list[Event]:
        """Return what the evaluations told since the last call, each with its `iteration`."""
        ...

    def place(self, stops: Collection[threading.Event]) -> Any:
        """Return a context manager within which the caller has one of the places.

        Raises:
            SearchStopped: One of `stops` is set while it waits for one.
        """
        ...

    def close(self) -> None:
        """Kill what runs; nothing of it is kept."""
        ...


class LocalPool:
    """Threads of this process, each with a sandbox of its own.

    Args:
        evaluator: What evaluates; stays open.
        places: Evaluations at a time.
    """

    def __init__(self, evaluator: Evaluator, places: int) -> None:
        self.places, self._evaluator = places, evaluator
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="evaluation")
        self._free = threading.BoundedSemaphore(places)
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._running: set[int] = set()
        self._networks: dict[int, str | None] = {}
        """Of those that run: trial -> hash of the network."""
        self._outcomes: dict[str, Evaluation] = {}
        """Hash of a network -> what became of it, where that is final."""
        self._ended: list[Ended] = []
        self._failed: list[BaseException] = []
        self._events: list[Event] = []

    def submit(
        self,
        iteration: int,
        candidate: Candidate,
        channels_last: bool | None,
        keep: Callable[[Evaluation], None],
    ) -> None:
        """Evaluate a candidate in a thread; see `Pool`."""
        with self._changed:
            self._running.add(iteration)
            self._networks[iteration] = candidate["program_hash"]
        self._threads.submit(self._evaluate, iteration, candidate, channels_last, keep)

    def put(
        self, iteration: int, candidate: Candidate, evaluation: Evaluation, *, is_known: bool
    ) -> None:
        """Take an outcome that is there; see `Pool`."""
        with self._changed:
            if not is_known:
                self._remember(candidate, evaluation)
            self._ended.append(Ended(iteration, evaluation, is_known))
            self._changed.notify_all()

    def equal(self, candidate: Candidate, stops: Collection[threading.Event]) -> Evaluation | None:
        """Return what became of an equal network here; see `Pool`."""
        network = candidate["program_hash"]
        while True:
            with self._changed:
                if network is None or network not in self._networks.values():
                    return self._outcomes.get(network or "")
                self._changed.wait(POLL_SECONDS)
            if any(stop.is_set() for stop in stops):
                raise SearchStopped("the search was stopped while candidates were training")

    def holds(self, iteration: int) -> bool:
        """Tell whether a trial runs, or has ended and was not taken."""
        with self._changed:
            return iteration in self._running or iteration in self._numbers()

    def take(
        self,
        wanted: Collection[int],
        stops: Collection[threading.Event],
        on_wait: Callable[[], None],
    ) -> list[Ended]:
        """Return what has ended; see `Pool`."""
        while True:
            with self._changed:
                if self._failed:
                    raise self._failed.pop(0)
                numbers = self._numbers()
                if self._ended and set(wanted) <= set(numbers):
                    return self._taken(wanted or numbers)
                self._changed.wait(POLL_SECONDS)
            on_wait()
            if any(stop.is_set() for stop in stops):
                raise SearchStopped("the search was stopped while candidates were training")

    def events(self) -> list[Event]:
        """Return what the evaluations told since the last call."""
        with self._changed:
            told, self._events = self._events, []
        return told

    @contextmanager
    def place(self, stops: Collection[threading.Event]) -> Iterator[None]:
        """Have one of the places, waiting for it; see `Pool`."""
        while not self._free.acquire(timeout=POLL_SECONDS):
            if self._stop.is_set() or any(stop.is_set() for stop in stops):
                raise SearchStopped("the search was stopped")
        try:
            yield
        finally:
            self._free.release()

    def close(self) -> None:
        """Kill what runs, and wait for the threads to end."""
        self._stop.set()
        self._threads.shutdown(cancel_futures=True)

    def _evaluate(
        self,
        iteration: int,
        candidate: Candidate,
        channels_last: bool | None,
        keep: Callable[[Evaluation], None],
    ) -> None:
        try:
            with self.place(()):
                evaluation = self._evaluator.evaluate(
                    candidate,
                    channels_last=channels_last,
                    on_event=lambda event: self._tell({"iteration": iteration, **event}),
                    cancel=self._stop,
                )
            if self._stop.is_set():
                return
            keep(evaluation)
            with self._changed:
                self._forget(iteration)
                self._remember(candidate, evaluation)
                self._ended.append(Ended(iteration, evaluation, False))
                self._changed.notify_all()
        except BaseException as error:  # handed to who waits
            with self._changed:
                self._forget(iteration)
                self._failed.append(error)
                self._changed.notify_all()

    def _forget(self, iteration: int) -> None:
        self._running.discard(iteration)
        self._networks.pop(iteration, None)

    def _remember(self, candidate: Candidate, evaluation: Evaluation) -> None:
        network = candidate["program_hash"]
        if network is not None and OUTCOMES[evaluation["outcome"]].is_reusable:
            self._outcomes[network] = evaluation

    def _tell(self, event: Event) -> None:
        with self._changed:
            self._events.append(event)

    def _numbers(self) -> list[int]:
        return [ended.iteration for ended in self._ended]

    def _taken(self, numbers: Collection[int]) -> list[Ended]:
        by_number = {ended.iteration: ended for ended in self._ended}
        self._ended = [ended for ended in self._ended if ended.iteration not in set(numbers)]
        return [by_number[number] for number in numbers]
