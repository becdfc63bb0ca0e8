"""Run a node's steps, either blocking or async, so that each node is written once.

A node is a generator function that yields what takes long - a question to a role, a program to
evaluate - and is sent the answer. `run` does these in the calling thread; `arun` never blocks the
event loop, and cancelling it kills a running candidate at once.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol

from langgraph_nas.errors import SearchStopped
from langgraph_nas.state import Candidate, Evaluation, SearchState
from langgraph_nas.trials.asking import Answered, Ask, aask, ask, book
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


Request = Ask | Evaluate | MakeRoom
NodeSteps = Generator[Request, Any, SearchState]


class StepFunction(Protocol):
    """A node before it is made sync or async."""

    def __call__(self, state: SearchState, context: SearchContext) -> NodeSteps:
        """Return the steps of the node for this state."""
        ...


def run(steps: NodeSteps, context: SearchContext) -> SearchState:
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
            told = wait_or_stop(lambda: ask(question, context), context.stop)  # noqa: B023
            answer = book(request, told, context)
        elif isinstance(request, MakeRoom):
            answer = _make_room(request, context)
        else:
            answer = _evaluate(request, context, context.stop)


async def arun(steps: NodeSteps, context: SearchContext) -> SearchState:
    """Run the steps without blocking the event loop; see `run`."""
    answer: Any = None
    while True:
        check_stop(context)
        request = await asyncio.to_thread(_send, steps, answer)
        if not isinstance(request, Request):
            return request
        if isinstance(request, Ask):
            told = await aask(request, context)
            answer = await asyncio.to_thread(book, request, told, context)
        elif isinstance(request, MakeRoom):
            answer = await asyncio.to_thread(_make_room, request, context)
        else:
            answer = await _aevaluate(request, context)


def check_stop(context: SearchContext) -> None:
    """Raise `SearchStopped` if the search was asked to stop."""
    if context.stop.is_set():
        raise SearchStopped("the search was stopped; everything finished is kept")


def wait_or_stop(function: Callable[[], Answered], stop: threading.Event) -> Answered:
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
        if stop.is_set():
            raise SearchStopped("the search was stopped while an LLM was writing")
    if failed:
        raise failed[0]
    return result[0]


def _send(steps: NodeSteps, answer: Any) -> Request | SearchState:
    try:
        return steps.send(answer)
    except StopIteration as end:  # must not cross into a coroutine
        return end.value  # type: ignore[no-any-return]


def _make_room(request: MakeRoom, context: SearchContext) -> dict[str, str]:
    problems = context.make_room()
    for role, problem in problems.items():
        emit("not_unloaded", iteration=request.iteration, role=role, problem=problem)
    return problems


def _evaluate(request: Evaluate, context: SearchContext, cancel: threading.Event) -> Evaluation:
    writer = stream_writer()
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


async def _aevaluate(request: Evaluate, context: SearchContext) -> Evaluation:
    cancel = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(_evaluate, request, context, cancel))
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
