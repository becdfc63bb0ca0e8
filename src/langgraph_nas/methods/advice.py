"""Ask the improver what went wrong and what to try next."""

from collections.abc import Generator, Iterable
from typing import Any

from langgraph_nas.llm import Reply
from langgraph_nas.methods.choices import changes, choice_schema, diagnoses, suggestion_of_choice
from langgraph_nas.prompts import (
    Parts,
    Prompt,
    explain_unread,
    read_diagnosis,
    read_suggestion,
)
from langgraph_nas.spaces.examples import trial_examples
from langgraph_nas.state import Evaluation, SearchState, Suggestion, Triple
from langgraph_nas.trials.asking import Ask
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.lessons import lesson_outcome, repeated_in
from langgraph_nas.trials.prompt_values import (
    closed_window,
    details_text,
    fallback_suggestion,
    lesson_texts,
    outcome_text,
    round_values,
    standing_text,
)
from langgraph_nas.trials.shortcomings import ENDED_BY_SERVER, shortcoming
from langgraph_nas.trials.steps import Request
from langgraph_nas.trials.temperature import temperature_after

TRIES = 2
_FIELDS = ("problem", "inspiration", "modification", "gist")
SUGGESTION_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {field: {"type": "string"} for field in _FIELDS},
    "required": list(_FIELDS),
    "additionalProperties": False,
}

Advice = Generator[Request, Any, Suggestion]

TRIMMED_NEXT = (
    "details",
    "best_program",
    "best_layers",
    "current_result",
    "current_program",
    "current_layers",
)
"""After the lessons, the texts that lose their middles, the first to suffer first."""


def ask_for_advice(state: SearchState, context: SearchContext) -> Advice:
    """Return what the improver suggests.

    It sees the last K closed triples, the newest being the one that this trial closes, and the best
    as it was before this trial. A reply that can't be read, or repeats a suggestion of the window,
    is asked for once more; then a suggestion derived from the outcome takes its place (`source` is
    then `fallback`): no outcome is ever lost.
    """
    learning, window = context.config.learning, _window(state, context)
    unread, note = "", ""
    repeating: Suggestion | None = None
    temperature: float | None = None

    def read(reply: Reply) -> Suggestion | None:
        nonlocal unread, temperature
        unread = shortcoming(reply, context.config) or explain_unread(reply.text)
        temperature = temperature_after(reply.why_cut in ENDED_BY_SERVER, None, context)
        return read_reply(reply.text, state["evaluation"], context)

    for attempt in range(TRIES):
        suggestion: Suggestion | None = yield Ask(
            role="improver",
            iteration=state["iteration"],
            attempt=attempt,
            prompt=advice_prompt(state, context, note),
            schema=_schema(state, context),
            read=read,
            search=state["search"],
            temperature=temperature,
        )
        if suggestion is None:
            note = context.templates.phrase("unread", reason=unread)
            if learning.reasks:
                continue
            break
        rich = learning.rich_lessons
        repeated = repeated_in(suggestion, window, rich=rich) if learning.redirect else None
        if repeated is None:
            return suggestion
        repeating, note = suggestion, _repeats(repeated, context)
    if repeating is not None:
        return _redirected(repeating, window, context)
    return fallback_suggestion(state["evaluation"], context)


def _window(state: SearchState, context: SearchContext) -> list[Triple]:
    """Return the closed triples, the newest being the one that this trial closes."""
    outcome = lesson_outcome(state, context)
    return closed_window(state, outcome, context.config.memory)


def _repeats(triple: Triple, context: SearchContext) -> str:
    return context.templates.phrase(
        "repeated_suggestion",
        iteration=triple["iteration"],
        suggestion=triple["suggestion"],
        outcome=triple["outcome"],
    )


def _redirected(
    repeating: Suggestion, window: Iterable[Triple], context: SearchContext
) -> Suggestion:
    """Return a suggestion in place of one that says again what was tried, however it was asked.

    Its direction is one that no lesson of the window has; with more lessons than directions, the
    one that was given longest ago.
    """
    told = {triple["suggestion"]: triple["iteration"] for triple in window}
    directions = context.templates.phrases_of("direction_").values()
    direction = min(directions, key=lambda text: told.get(text, 0))
    return {**repeating, "modification": direction, "gist": direction, "source": "fallback"}


def advice_prompt(state: SearchState, context: SearchContext, note: str = "") -> Prompt:
    """Return the improver's prompt for this trial, within the token budget."""
    return context.prompt(context.improver, advice_parts(state, context, note))


def advice_parts(state: SearchState, context: SearchContext, note: str = "") -> Parts:
    """Return what the improver's prompt for this trial is made of.

    A base model goes on from the end of its prompt, so it gets no note there.
    """
    templates, evaluation = context.templates, state["evaluation"]
    outcome = outcome_text(evaluation, context)
    details = [details_text(evaluation, templates), came_up_again(state, context)]
    values = {
        **context.task_values(),
        **round_values(state, context),
        "iteration": state["iteration"],
        "current_result": outcome,
        "comparison": standing_text(state, context),
        "details": "\n".join(filter(None, details)),
        "diagnoses": ", ".join(diagnoses(evaluation)),
        "changes": ", ".join(_changes(state, context)),
        "examples": trial_examples(evaluation, state["iteration"], templates),
    }
    return Parts(
        name=_template(context),
        values=values,
        lessons=lesson_texts(_window(state, context), templates),
        order=TRIMMED_NEXT,
        note="" if context.improver.completion else note,
    )


def came_up_again(state: SearchState, context: SearchContext) -> str:
    """Return that this failure came up before within the window, else nothing."""
    outcome, iteration = state["evaluation"]["outcome"], state["iteration"]
    if outcome == "ok" or not context.config.learning.redirect:
        return ""
    first = max(1, iteration - context.config.memory)
    before = context.archive.outcomes(state["search"], first, iteration - 1)
    count = 1 + before.count(outcome)
    if count == 1:
        return ""
    rounds = iteration - first + 1
    return context.templates.phrase("came_up_again", outcome=outcome, count=count, rounds=rounds)


def _changes(state: SearchState, context: SearchContext) -> list[str]:
    """Return the changes on offer; with `redirect`, without those of the window."""
    offered = changes(context.templates)
    if not context.config.learning.redirect:
        return list(offered)
    tried = {triple["suggestion"] for triple in _window(state, context)}
    words = context.templates.phrases_of("change_")
    return [name for name in offered if words[name] not in tried] or list(offered)


def read_reply(reply: str, evaluation: Evaluation, context: SearchContext) -> Suggestion | None:
    """Return the suggestion in the improver's reply, None if it can't be read."""
    if context.improver_form == "choices":
        chosen = read_diagnosis(reply, diagnoses(evaluation), changes(context.templates))
        return suggestion_of_choice(*chosen, evaluation, context.templates) if chosen else None
    read = read_suggestion(reply, context.templates.echoes)
    if read is None:
        return None
    problem = read["problem"] or outcome_text(evaluation, context)
    return Suggestion(
        problem=problem,
        inspiration=read["inspiration"],
        modification=read["modification"],
        source="llm",
        gist=read.get("gist") or read["modification"],
    )


def _template(context: SearchContext) -> str:
    if context.improver_form == "text":
        return "diagnose"
    suffix = "_completion" if context.improver.completion else ""
    return f"diagnose_choices{suffix}"


def _schema(state: SearchState, context: SearchContext) -> dict[str, Any] | None:
    if context.improver_form == "choices":
        return choice_schema(state["evaluation"], _changes(state, context))
    return SUGGESTION_SCHEMA if context.config.learning.structured else None
