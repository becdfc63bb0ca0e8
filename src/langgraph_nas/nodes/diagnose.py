"""Node `diagnose`: ask the prompt improver what went wrong and what to try next.

Reads `search`, `iteration`, `candidate`, `evaluation`, `memory`, `pending`, `best`.
Writes `suggestion`.
"""

from typing import Any

from langgraph.runtime import Runtime

from langgraph_nas.nodes.choices import changes, choice_schema, diagnoses, suggestion_of_choice
from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.examples import trial_examples
from langgraph_nas.nodes.steps import Ask, Steps, arun, emit, run
from langgraph_nas.nodes.wording import (
    closed_window,
    comparison_text,
    details_text,
    lesson_texts,
    outcome_text,
    round_values,
)
from langgraph_nas.prompts import Prompt, fit, read_diagnosis, read_suggestion
from langgraph_nas.state import Evaluation, SearchState, Suggestion

TRIMMED_NEXT = ("details", "best_program", "current_result", "current_program")
"""After the lessons, the texts that lose their middles, the first to suffer first."""


def diagnose(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Return the suggestion for the next candidate.

    The improver sees the last K closed triples, the newest being the one that this trial closes,
    and the best as it was before this trial. A reply that can't be read is replaced by a
    suggestion derived from the outcome (`source` is then `fallback`): no outcome is ever lost.
    """
    return run(_steps(state, runtime.context), runtime.context)


async def adiagnose(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Async twin of `diagnose`."""
    return await arun(_steps(state, runtime.context), runtime.context)


def _steps(state: SearchState, context: SearchContext) -> Steps:
    read: Suggestion | None = yield Ask(
        role="improver",
        iteration=state["iteration"],
        attempt=0,
        prompt=write_prompt(state, context),
        schema=_schema(state["evaluation"], context),
        read=lambda reply: read_reply(reply, state["evaluation"], context),
        search=state["search"],
    )
    suggestion = read or fallback_suggestion(state["evaluation"], context)
    emit("suggestion", **{"iteration": state["iteration"], **suggestion})
    return {"suggestion": suggestion}


def write_prompt(state: SearchState, context: SearchContext) -> Prompt:
    """Return the improver's prompt for this trial, within the token budget."""
    templates, evaluation = context.templates, state["evaluation"]
    outcome = outcome_text(evaluation, templates)
    window = closed_window(state, outcome, context.config.memory)
    values = {
        **context.task_values(),
        **round_values(state, context),
        "iteration": state["iteration"],
        "current_result": outcome,
        "comparison": comparison_text(evaluation, state.get("best"), templates),
        "details": details_text(evaluation, templates),
        "diagnoses": ", ".join(diagnoses(evaluation)),
        "changes": ", ".join(changes(templates)),
        "examples": trial_examples(evaluation, state["iteration"], templates),
    }
    return fit(
        templates,
        _template(context),
        values,
        budget=context.prompt_budget(context.improver),
        count=context.improver.count_tokens,
        lessons=lesson_texts(window, templates),
        order=TRIMMED_NEXT,
    )


def read_reply(reply: str, evaluation: Evaluation, context: SearchContext) -> Suggestion | None:
    """Return the suggestion in the improver's reply, None if it can't be read."""
    if context.improver_form == "choices":
        chosen = read_diagnosis(reply, diagnoses(evaluation), changes(context.templates))
        return suggestion_of_choice(*chosen, evaluation, context.templates) if chosen else None
    read = read_suggestion(reply)
    if read is None:
        return None
    problem = read["problem"] or outcome_text(evaluation, context.templates)
    return Suggestion(
        problem=problem,
        inspiration=read["inspiration"],
        modification=read["modification"],
        source="llm",
    )


def fallback_suggestion(evaluation: Evaluation, context: SearchContext) -> Suggestion:
    """Return a suggestion derived from the outcome alone."""
    return Suggestion(
        problem=outcome_text(evaluation, context.templates),
        inspiration="",
        modification=context.templates.phrase(f"fallback_{evaluation['outcome']}"),
        source="fallback",
    )


def _template(context: SearchContext) -> str:
    if context.improver_form == "text":
        return "diagnose"
    suffix = "_completion" if context.improver.completion else ""
    return f"diagnose_choices{suffix}"


def _schema(evaluation: Evaluation, context: SearchContext) -> dict[str, Any] | None:
    if context.improver_form != "choices":
        return None
    return choice_schema(evaluation, context.templates)
