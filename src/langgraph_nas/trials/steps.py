"""Run a node's steps, either blocking or async, so that each node is written once.

A node is a generator function that yields what takes long - a question to a role, a program to
evaluate - and is sent the answer. `run` does these in the calling thread; `arun` never blocks the
event loop, and cancelling it kills a running candidate at once.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from langgraph_nas.errors import SearchStopped
from langgraph_nas.evaluation.pool import Ended
from langgraph_nas.state import Candidate, Evaluation, SearchState
from langgraph_nas.trials.asking import Answered, Ask, aask, ask, record_answer
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.events import emit, stream_writer

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Evaluate:
    """A candidate to evaluate; answered with its `Evaluation`."""

    candidate: Candidate
    iteration: int
    seed: int | None = None
    """Training seed; default: the search's."""
    channels_last: bool | None = None
    """The memory format of an earlier training of this network; default: what is faster."""


@dataclass(frozen=True)
class MakeRoom:
    """A wish that the LLMs free the GPU's memory; answered with those that can't."""

    iteration: int


@dataclass(frozen=True)
class Collect:
    """A wish for the trials that have ended in the pool; answered with a list of `Ended`."""

    wanted: tuple[int, ...] = ()
    """These, all of them, in their order; none: any, at least one."""


@dataclass(frozen=True)
class Together:
    """Several series of steps; answered with a list of what each returns.

    As many of them run at a time as prompts may be sent.
    """

    series: Sequence[Generator[Any, Any, Any]]


Request = Ask | Evaluate | MakeRoom | Collect | Together
NodeSteps = Generator[Request, Any, SearchState]
T = TypeVar("T")


class StepFunction(Protocol):
    """A node before it is made sync or async."""

    def __call__(self, state: SearchState, context: SearchContext) -> NodeSteps:
        """Return the steps of the node for this state."""
        ...


def run(steps: Generator[Request, Any, T], context: SearchContext) -> T:
    """Run the steps to their end and return the node's update.

    Raises:
        SearchStopped: `context.stop` was set.
    """
    answer: Any = None
    while True:
        check_stop(context)
        try:
            request = steps.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if isinstance(request, Ask):
            question = request
            told = wait_or_stop(
                lambda: ask(question, context),  # noqa: B023
                context.stop,
                lambda: _tell_of_pool(context),
            )
            answer = record_answer(request, told, context)
        elif isinstance(request, MakeRoom):
            answer = _make_room(request, context)
        elif isinstance(request, Collect):
            answer = _collect(request, context, context.stop)
        elif isinstance(request, Together):
            answer = _together(request, context)
        else:
            answer = _evaluate(request, context, context.stop)
        _tell_of_pool(context)


async def arun(steps: Generator[Request, Any, T], context: SearchContext) -> T:
    """Run the steps without blocking the event loop; see `run`."""
    answer: Any = None
    while True:
        check_stop(context)
        request, returned = await asyncio.to_thread(_send, steps, answer)
        if request is None:
            return returned  # type: ignore[no-any-return]
        if isinstance(request, Ask):
            told = await aask(request, context)
            answer = await asyncio.to_thread(record_answer, request, told, context)
        elif isinstance(request, MakeRoom):
            answer = await asyncio.to_thread(_make_room, request, context)
        elif isinstance(request, Collect):
            answer = await _apart(lambda cancel: _collect(request, context, cancel), context)  # noqa: B023
        elif isinstance(request, Together):
            answer = await _atogether(request, context)
        else:
            answer = await _apart(lambda cancel: _evaluate(request, context, cancel), context)  # noqa: B023
        _tell_of_pool(context)


def check_stop(context: SearchContext) -> None:
    """Raise `SearchStopped` if the search was asked to stop."""
    if context.stop.is_set():
        raise SearchStopped("the search was stopped; everything finished is kept")


def wait_or_stop(
    function: Callable[[], Answered],
    stop: threading.Event,
    on_wait: Callable[[], None] = lambda: None,
) -> Answered:
    """Return `function()`, or raise at once when `stop` is set, leaving the call behind.

    Raises:
        SearchStopped: `stop` was set first.
    """
    result: list[Answered] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            result.append(function())
        except BaseException as error:  # handed to the caller's thread
            failed.append(error)
        done.set()

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), daemon=True, name="llm-call").start()
    while not done.wait(POLL_SECONDS):
        on_wait()
        if stop.is_set():
            raise SearchStopped("the search was stopped while an LLM was writing")
    if failed:
        raise failed[0]
    return result[0]


def _send(steps: Generator[Request, Any, Any], answer: Any) -> tuple[Request | None, Any]:
    """Return the next request, or None and what the steps return."""
    try:
        return steps.send(answer), None
    except StopIteration as end:  # must not cross into a coroutine
        return None, end.value


def _make_room(request: MakeRoom, context: SearchContext) -> dict[str, str]:
    problems = context.make_room()
    for role, problem in problems.items():
        emit("not_unloaded", iteration=request.iteration, role=role, problem=problem)
    return problems


def _evaluate(request: Evaluate, context: SearchContext, cancel: threading.Event) -> Evaluation:
    writer = stream_writer()
    if context.pool is not None and request.seed is None:
        equal = context.pool.equal(request.candidate, (context.stop, cancel))
        if equal is not None:
            return equal
    stops = (context.stop, cancel)
    with context.pool.place(stops) if context.pool else nullcontext():
        evaluation = context.evaluator.evaluate(
            request.candidate,
            seed=request.seed,
            channels_last=request.channels_last,
            on_event=lambda event: writer({"iteration": request.iteration, **event}),
            cancel=cancel,
        )
    if evaluation["outcome"] == "killed" and cancel.is_set():
        raise SearchStopped("the search was stopped while a candidate was training")
    return evaluation


def _collect(request: Collect, context: SearchContext, cancel: threading.Event) -> list[Ended]:
    assert context.pool is not None
    stops = (context.stop, cancel)
    return context.pool.take(request.wanted, stops, lambda: _tell_of_pool(context))


def _tell_of_pool(context: SearchContext) -> None:
    """Send on what the trainings in the background told meanwhile."""
    if context.pool is not None:
        writer = stream_writer()
        for event in context.pool.events():
            writer(event)


def _together(request: Together, context: SearchContext) -> list[Any]:
    """Run all series, as many at a time as prompts may be sent."""
    at_once = context.config.prompts_at_once
    if at_once == 1 or len(request.series) < 2:
        return [run(series, context) for series in request.series]
    with ThreadPoolExecutor(at_once, thread_name_prefix="prompts") as threads:
        here = [contextvars.copy_context() for _ in request.series]
        begun = [
            threads.submit(each.run, run, series, context)
            for each, series in zip(here, request.series, strict=True)
        ]
    return [one.result() for one in begun]


async def _atogether(request: Together, context: SearchContext) -> list[Any]:
    """Run all series, as `_together`, without blocking the event loop."""
    at_once = asyncio.Semaphore(context.config.prompts_at_once)

    async def one(series: Generator[Any, Any, Any]) -> Any:
        async with at_once:
            return await arun(series, context)

    # A reply that is under way when another one's server fails is kept, too.
    found = await asyncio.gather(*map(one, request.series), return_exceptions=True)
    for error in found:
        if isinstance(error, BaseException):
            raise error
    return found


async def _apart(work: Callable[[threading.Event], Any], context: SearchContext) -> Any:
    """Return what `work` returns, run in a thread; cancelling it sets its event."""
    cancel = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(work, cancel))
    try:
        while not (await asyncio.wait({task}, timeout=POLL_SECONDS))[0]:
            if context.stop.is_set():
                cancel.set()
        return task.result()
    except asyncio.CancelledError:
        cancel.set()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not report it
        raise
