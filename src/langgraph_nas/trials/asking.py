"""Questions to the roles: asked once, kept, recorded, and answered again after a kill."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from langgraph_nas.llm import Question, Reply
from langgraph_nas.prompts import Prompt
from langgraph_nas.state import RoleName, Source
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.divergence import check_call
from langgraph_nas.trials.events import emit
from langgraph_nas.trials.shortcomings import shortcoming

CALLS_PER_ITERATION = 8
"""Call numbers of an iteration: the generator's tries from 0, the improver's 4 and 5, repairs."""
FIRST_REPAIR = 6
"""Attempts of the generator that repair a program: after its own four and the improver's two."""


@dataclass(frozen=True)
class Ask:
    """A question to a role; answered with what `read` makes of the reply, None if nothing."""

    role: RoleName
    iteration: int
    attempt: int
    prompt: Prompt
    read: Callable[[Reply], Any]
    search: str
    schema: dict[str, Any] | None = None
    temperature: float | None = None
    """Default: the settings'."""

    @property
    def number(self) -> int:
        """The call's number in the search: the same again when a killed search repeats it."""
        offset = CALLS_PER_ITERATION // 2 if self.role == "improver" else 0
        return self.iteration * CALLS_PER_ITERATION + offset + self.attempt


class Answered(NamedTuple):
    """The answer to a question."""

    reply: Reply
    is_new: bool
    """It has just come; False: it was kept, by a process that was killed."""


def _announce(request: Ask) -> None:
    emit(
        "prompt_sent",
        iteration=request.iteration,
        role=request.role,
        tokens=request.prompt.tokens,
        trimmed=list(request.prompt.trimmed),
    )


def _seed(request: Ask, context: SearchContext) -> int:
    return (context.config.seed + request.number) % 2**31


def _options(request: Ask, context: SearchContext) -> dict[str, Any]:
    return {
        "seed": _seed(request, context),
        "schema": request.schema,
        "temperature": request.temperature,
        "position": context.archive.count_calls(
            request.search, request.role, before=request.number
        ),
        "tell": _teller(request),
    }


def _teller(request: Ask) -> Callable[[dict[str, Any]], None]:
    """Return what sends the events of the call, each with where it belongs."""

    def tell(event: dict[str, Any]) -> None:
        emit(**event, iteration=request.iteration, role=request.role)

    return tell


def ask(request: Ask, context: SearchContext) -> Answered:
    """Return the role's reply: the one that is kept, if this very question had one already."""
    check_call(request.search, request.number, request.prompt.text, context)
    _announce(request)
    question = _question(request, context)
    found = context.journal.find(question)
    if found is not None:
        return Answered(found, False)
    reply = context.role(request.role).ask(request.prompt.text, **_options(request, context))
    return Answered(context.journal.keep(question, reply), True)


async def aask(request: Ask, context: SearchContext) -> Answered:
    """Async version of `ask`."""
    await asyncio.to_thread(
        check_call, request.search, request.number, request.prompt.text, context
    )
    _announce(request)
    question = _question(request, context)
    found = await asyncio.to_thread(context.journal.find, question)
    if found is not None:
        return Answered(found, False)
    options = await asyncio.to_thread(_options, request, context)
    reply = await context.role(request.role).aask(request.prompt.text, **options)
    return Answered(await asyncio.to_thread(context.journal.keep, question, reply), True)


def _question(request: Ask, context: SearchContext) -> Question:
    config = context.config
    options = {
        "seed": _seed(request, context),
        "schema": request.schema,
        "temperature": config.temperature if request.temperature is None else request.temperature,
        "top_p": config.top_p,
        "reply_tokens": config.reply_tokens,
    }
    model = context.role(request.role).label
    return Question(request.search, request.number, model, request.prompt.text, options)


def record_answer(request: Ask, answer: Answered, context: SearchContext) -> Any:
    """Record a call and return what was read in its reply.

    Raises:
        EmptyRepliesError: Nothing came of it, as of too many before it.
    """
    reply = answer.reply
    found = request.read(reply)
    source: Source = "fallback" if found is None and request.role == "improver" else "llm"
    context.archive.record_call(
        request.search,
        request.number,
        iteration=request.iteration,
        role=request.role,
        model=reply.model,
        prompt=request.prompt.text,
        reply=reply.text,
        source=source,
        prompt_tokens=reply.prompt_tokens,
        reply_tokens=reply.reply_tokens,
        seconds=reply.seconds,
        load_seconds=reply.load_seconds,
        seed=_seed(request, context),
        temperature=request.temperature,
        cut=reply.why_cut,
        thought=reply.thought,
        schema_refused=reply.schema_refused,
        trimmed=list(request.prompt.trimmed),
    )
    emit(
        "reply",
        iteration=request.iteration,
        role=request.role,
        tokens=reply.reply_tokens,
        seconds=reply.seconds,
        source=source,
        problem=shortcoming(reply, context.config),
    )
    if answer.is_new:
        context.empties.take(request.role, reply, found, context.config)
    return found
