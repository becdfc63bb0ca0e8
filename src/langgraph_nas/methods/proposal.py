"""Ask the generator for a candidate, and again where its reply does not count."""

from collections.abc import Generator
from typing import Any

from langgraph_nas.llm import Reply
from langgraph_nas.methods.exploration import temperature_of
from langgraph_nas.prompts import Parts, Prompt
from langgraph_nas.spaces import Wish
from langgraph_nas.state import Candidate, Evaluation, SearchState
from langgraph_nas.trials.asking import Ask
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.duplicates import find_duplicate, near_of
from langgraph_nas.trials.past import past_of
from langgraph_nas.trials.prompt_values import outcome_text, round_values
from langgraph_nas.trials.reading import read_candidate
from langgraph_nas.trials.shortcomings import ENDED_BY_SERVER
from langgraph_nas.trials.steps import Request
from langgraph_nas.trials.temperature import temperature_after

TRIES = 4
"""Most replies of the generator in one round, repairs aside."""

TRIMMED_FIRST = (
    "current_program",
    "inspiration",
    "problem",
    "current_result",
    "current_spec",
    "current_layers",
    "modification",
    "best_program",
    "best_spec",
    "best_layers",
)
"""Order in which texts lose their middles when the prompt is over its budget."""


def ask_for_candidate(
    state: SearchState, context: SearchContext
) -> Generator[Request, Any, Candidate]:
    """Return what the generator proposes, shown this state.

    A reply without a program is an outcome of the search, not an error: `code` is then None. Before
    that, it may be asked for again: see `why_again`.
    """
    iteration, note = state.get("iteration", 0) + 1, ""
    temperature = temperature_of(state, context)
    was_circling = False

    def read(reply: Reply) -> Candidate:
        nonlocal was_circling
        was_circling = reply.why_cut in ENDED_BY_SERVER
        return read_candidate(
            reply, lambda text: context.space.read(text, wish_of(state, context)), context.config
        )

    for attempt in range(TRIES):
        candidate: Candidate = yield Ask(
            role="generator",
            iteration=iteration,
            attempt=attempt,
            prompt=candidate_prompt(state, context, note),
            schema=context.space.schema(wish_of(state, context)),
            read=read,
            search=state["search"],
            temperature=temperature,
        )
        again = why_again(candidate, state["search"], iteration, attempt, context)
        if again is None:
            break
        note = again
        temperature = temperature_after(was_circling, temperature, context)
    return candidate


def why_again(
    candidate: Candidate, search: str, iteration: int, attempt: int, context: SearchContext
) -> str | None:
    """Return a note for the next prompt if the generator is asked again, None if the reply counts.

    In a space of parts, a repeated or unreadable network is asked for again with another seed, as
    `spec_retries` says; an unreadable program, or an edit that does not apply, with what was
    wrong, as `reasks` says; a repeated or nearly repeated program only if `on_near_duplicate` is
    `ask-again`.
    """
    if attempt + 1 >= TRIES:
        return None
    config, templates = context.config, context.templates
    earlier = find_duplicate(search, candidate["program_hash"], iteration, context)
    if not context.space.is_text:
        is_asked = attempt < config.spec_retries and (candidate["code"] is None or earlier)
        return "" if is_asked else None
    if candidate["code"] is None:
        is_asked = attempt < config.learning.reasks
        return templates.phrase("unread_program", reason=candidate["problem"]) if is_asked else None
    if config.on_near_duplicate != "ask-again":
        return None
    if earlier:
        return templates.phrase("same_again", iteration=earlier["iteration"])
    near = near_of(search, candidate, iteration, context)
    if near is None:
        return None
    similarity = f"{near.similarity:.0%}"
    return templates.phrase("near_again", iteration=near.key, similarity=similarity)


def candidate_prompt(state: SearchState, context: SearchContext, note: str = "") -> Prompt:
    """Return the prompt for the next candidate, within the token budget."""
    return context.prompt(context.generator, candidate_parts(state, context, note))


def candidate_parts(state: SearchState, context: SearchContext, note: str = "") -> Parts:
    """Return what the prompt for the next candidate is made of."""
    templates, suggestion = context.templates, state.get("suggestion")
    wish = wish_of(state, context)
    name = context.space.template(wish)
    values: dict[str, object] = {**context.task_values(), **context.space.values(wish)}
    if suggestion is not None:
        values |= round_values(state, context)
        values |= {key: suggestion[key] for key in ("problem", "inspiration", "modification")}
        values["current_result"] = _last_result(state["evaluation"], context)
    elif wish.is_completion:  # whose one template shows a round, whether or not there was one
        values |= round_values(state, context)
        values |= dict.fromkeys(("problem", "inspiration"), "")
        values["current_result"] = templates.phrase("no_best")
        values["modification"] = templates.phrase(context.space.afresh)
    return Parts(name=name, values=values, order=TRIMMED_FIRST, note=note)


def wish_of(state: SearchState, context: SearchContext) -> Wish:
    """Return what the generator is asked for, as its space takes it."""
    suggestion = state.get("suggestion")

    def tried() -> list[list[str]]:
        trials = context.archive.trials(state["search"], past_of(state, context))
        return [trial["spec"] for trial in trials if trial["spec"]]

    return Wish(
        templates=context.templates,
        iteration=state.get("iteration", 0),
        reference=state.get("best"),
        change=suggestion["modification"] if suggestion else None,
        is_completion=context.generator.completion,
        tried=tried,
    )


def _last_result(evaluation: Evaluation, context: SearchContext) -> str:
    """Return what became of the last network; after a repeated one, that another is wanted."""
    outcome = outcome_text(evaluation, context)
    if evaluation["outcome"] != "duplicate":
        return outcome
    return f"{outcome}. {context.templates.phrase('another_structure')}"
