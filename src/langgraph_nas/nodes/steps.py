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
from typing import Any, Literal, Protocol

from langgraph.config import get_stream_writer

from langgraph_nas.errors import SearchStopped
from langgraph_nas.llm import Question, Reply
from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.forks import check_call
from langgraph_nas.prompts import Prompt
from langgraph_nas.state import Evaluation, SearchState, Source

POLL_SECONDS = 0.2
CALLS_PER_ITERATION = 8
"""Call numbers of an iteration: the generator's tries from 0, the improver's from 4."""

RoleName = Literal["generator", "improver"]


@dataclass(frozen=True)
class Ask:
    """A question to a role; answered with what `read` makes of the reply, None if nothing."""

    role: RoleName
    iteration: int
    attempt: int
    prompt: Prompt
    read: Callable[[str], Any]
    search: str
    schema: dict[str, Any] | None = None

    @property
    def number(self) -> int:
        """The call's number in the search: the same again when a killed search repeats it."""
        offset = CALLS_PER_ITERATION // 2 if self.role == "improver" else 0
        return self.iteration * CALLS_PER_ITERATION + offset + self.attempt


@dataclass(frozen=True)
class Evaluate:
    """A program to evaluate; answered with its `Evaluation`."""

    program: str
    iteration: int


@dataclass(frozen=True)
class MakeRoom:
    """A wish that the LLMs free the GPU's memory; answered with those that can't."""

    iteration: int


Request = Ask | Evaluate | MakeRoom
Steps = Generator[Request, Any, SearchState]


class StepFunction(Protocol):
    """A node before it is made sync or async."""

    def __call__(self, state: SearchState, context: SearchContext) -> Steps:
        """Return the steps of the node for this state."""
        ...


def run(steps: Steps, context: SearchContext) -> SearchState:
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
            reply = wait_or_stop(lambda: _ask(question, context), context.stop)  # noqa: B023
            answer = _book(request, reply, context)
        elif isinstance(request, MakeRoom):
            answer = _make_room(request, context)
        else:
            answer = _evaluate(request, context, context.stop)


async def arun(steps: Steps, context: SearchContext) -> SearchState:
    """Run the steps without blocking the event loop; see `run`."""
    answer: Any = None
    while True:
        check_stop(context)
        request = await asyncio.to_thread(_send, steps, answer)
        if not isinstance(request, Request):
            return request
        if isinstance(request, Ask):
            reply = await _aask(request, context)
            answer = await asyncio.to_thread(_book, request, reply, context)
        elif isinstance(request, MakeRoom):
            answer = await asyncio.to_thread(_make_room, request, context)
        else:
            answer = await _aevaluate(request, context)


def emit(event: str, **values: object) -> None:
    """Send a progress event to whoever streams the graph; nothing outside a graph."""
    try:
        writer = get_stream_writer()
    except RuntimeError:  # called outside a graph, as in tests of a single node
        return
    writer({"event": event, **values})


def check_stop(context: SearchContext) -> None:
    """Raise `SearchStopped` if the search was asked to stop."""
    if context.stop.is_set():
        raise SearchStopped("the search was stopped; everything finished is kept")


def wait_or_stop(function: Callable[[], Reply], stop: threading.Event) -> Reply:
    """Return `function()`, or raise at once when `stop` is set, leaving the call behind.

    Raises:
        SearchStopped: `stop` was set first.
    """
    result: list[Reply] = []
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


def _send(steps: Steps, answer: Any) -> Request | SearchState:
    try:
        return steps.send(answer)
    except StopIteration as end:  # must not cross into a coroutine
        return end.value  # type: ignore[no-any-return]


def _announce(ask: Ask) -> None:
    emit(
        "prompt_sent",
        iteration=ask.iteration,
        role=ask.role,
        tokens=ask.prompt.tokens,
        trimmed=list(ask.prompt.trimmed),
    )


def _seed(ask: Ask, context: SearchContext) -> int:
    return (context.config.seed + ask.number) % 2**31


def _options(ask: Ask, context: SearchContext) -> dict[str, Any]:
    return {
        "seed": _seed(ask, context),
        "schema": ask.schema,
        "position": context.archive.count_calls(ask.search, ask.role, before=ask.number),
    }


def _ask(ask: Ask, context: SearchContext) -> Reply:
    check_call(ask.search, ask.number, ask.prompt.text, context)
    _announce(ask)
    question = _question(ask, context)
    found = context.journal.find(question)
    if found is not None:
        return found
    reply = context.role(ask.role).ask(ask.prompt.text, **_options(ask, context))
    return context.journal.keep(question, reply)


async def _aask(ask: Ask, context: SearchContext) -> Reply:
    await asyncio.to_thread(check_call, ask.search, ask.number, ask.prompt.text, context)
    _announce(ask)
    question = _question(ask, context)
    found = await asyncio.to_thread(context.journal.find, question)
    if found is not None:
        return found
    options = await asyncio.to_thread(_options, ask, context)
    reply = await context.role(ask.role).aask(ask.prompt.text, **options)
    return await asyncio.to_thread(context.journal.keep, question, reply)


def _question(ask: Ask, context: SearchContext) -> Question:
    config = context.config
    options = {
        "seed": _seed(ask, context),
        "schema": ask.schema,
        "temperature": config.temperature,
        "top_p": config.top_p,
        "reply_tokens": config.reply_tokens,
    }
    model = context.role(ask.role).label
    return Question(ask.search, ask.number, model, ask.prompt.text, options)


def _book(ask: Ask, reply: Reply, context: SearchContext) -> Any:
    found = ask.read(reply.text)
    source: Source = "fallback" if found is None and ask.role == "improver" else "llm"
    context.archive.book_call(
        ask.search,
        ask.number,
        iteration=ask.iteration,
        role=ask.role,
        model=reply.model,
        prompt=ask.prompt.text,
        reply=reply.text,
        source=source,
        prompt_tokens=reply.prompt_tokens,
        reply_tokens=reply.reply_tokens,
        seconds=reply.seconds,
        load_seconds=reply.load_seconds,
        seed=_seed(ask, context),
        trimmed=list(ask.prompt.trimmed),
    )
    emit(
        "reply",
        iteration=ask.iteration,
        role=ask.role,
        tokens=reply.reply_tokens,
        seconds=reply.seconds,
        source=source,
    )
    return found


def _make_room(request: MakeRoom, context: SearchContext) -> dict[str, str]:
    problems = context.make_room()
    for role, problem in problems.items():
        emit("not_unloaded", iteration=request.iteration, role=role, problem=problem)
    return problems


def _evaluate(request: Evaluate, context: SearchContext, cancel: threading.Event) -> Evaluation:
    writer = _writer()
    evaluation = context.evaluator.evaluate(
        request.program,
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


def _writer() -> Callable[[Any], None]:
    try:
        return get_stream_writer()
    except RuntimeError:  # called outside a graph, as in tests of a single node
        return lambda event: None
