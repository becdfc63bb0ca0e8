"""Node `generate`: ask the code generator for the next candidate network.

Reads `search`, `iteration`, `best`, `candidate`, `evaluation`, `suggestion`.
Writes `iteration`, `started_at`, `candidate`.
"""

import time
from collections.abc import Generator
from typing import Any

from langgraph.runtime import Runtime

from langgraph_nas.llm import Reply
from langgraph_nas.nodes.again import TRIES, why_again
from langgraph_nas.nodes.asking import Ask
from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.examples import edit_examples, network_examples
from langgraph_nas.nodes.proposals import (
    completion_schema,
    proposal_schema,
    read_code_candidate,
    read_edit_candidate,
    read_spec_candidate,
    user_candidate,
)
from langgraph_nas.nodes.reading import read_candidate
from langgraph_nas.nodes.samplers import draw_candidate
from langgraph_nas.nodes.shortcomings import ENDED_BY_SERVER
from langgraph_nas.nodes.steps import Request, Steps, arun, run
from langgraph_nas.nodes.view import shown_state, temperature_after, temperature_of
from langgraph_nas.nodes.wording import outcome_text, round_values
from langgraph_nas.programs import describe_blocks
from langgraph_nas.prompts import Parts, Prompt, Templates, fit
from langgraph_nas.state import Candidate, Evaluation, SearchState

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


def generate(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Start a new trial with the program that the code generator answers with.

    A reply without a program is an outcome of the search, not an error: `code` is then None, and
    `execute` books the trial as `no_code`. Before that, it may be asked for again: see `again`.
    """
    return run(_steps(state, runtime.context), runtime.context)


async def agenerate(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Async twin of `generate`."""
    return await arun(_steps(state, runtime.context), runtime.context)


def _steps(state: SearchState, context: SearchContext) -> Steps:
    iteration = state.get("iteration", 0) + 1
    started_at = time.monotonic()
    context.evaluator.prewarm()
    if iteration == 1 and context.config.start_program is not None:
        candidate = user_candidate(context.config.start_program)
    elif context.config.is_drawn:
        candidate = draw_candidate(state, context, iteration)
    else:
        candidate = yield from _propose(state, context, iteration)
    return {"iteration": iteration, "started_at": started_at, "candidate": candidate}


def _propose(
    state: SearchState, context: SearchContext, iteration: int
) -> Generator[Request, Any, Candidate]:
    shown, note = shown_state(state, context), ""
    temperature = temperature_of(state, context)
    was_circling = False

    def read(reply: Reply) -> Candidate:
        nonlocal was_circling
        was_circling = reply.why_cut in ENDED_BY_SERVER
        return read_candidate(reply, lambda text: _read(text, shown, context), context.config)

    for attempt in range(TRIES):
        candidate: Candidate = yield Ask(
            role="generator",
            iteration=iteration,
            attempt=attempt,
            prompt=write_prompt(shown, context, note),
            schema=_schema(shown, context),
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


def write_prompt(state: SearchState, context: SearchContext, note: str = "") -> Prompt:
    """Return the prompt for the next candidate, within the token budget."""
    role = context.generator
    return fit(
        context.templates,
        **prompt_parts(state, context, note),
        budget=context.prompt_budget(role),
        count=role.count_tokens,
    )


def prompt_parts(state: SearchState, context: SearchContext, note: str = "") -> Parts:
    """Return what the prompt for the next candidate is made of."""
    templates, suggestion = context.templates, state.get("suggestion")
    values: dict[str, object] = {**context.task_values(), "blocks": describe_blocks()}
    name = _template(state, context)
    if suggestion is not None:
        values |= round_values(state, context)
        values |= {key: suggestion[key] for key in ("problem", "inspiration", "modification")}
        values["current_result"] = _last_result(state["evaluation"], templates)
    elif name == "generate_spec_completion":
        values |= round_values(state, context)
        values |= dict.fromkeys(("problem", "inspiration"), "")
        values["current_result"] = templates.phrase("no_best")
        values["modification"] = templates.phrase("change_new_structure")
    if name == "generate_spec_completion":
        values["examples"] = _examples(state, context)
    return Parts(name=name, values=values, order=TRIMMED_FIRST, note=note)


def _last_result(evaluation: Evaluation, templates: Templates) -> str:
    """Return what became of the last network; after a repeated one, that another is wanted."""
    outcome = outcome_text(evaluation, templates)
    if evaluation["outcome"] != "duplicate":
        return outcome
    return f"{outcome}. {templates.phrase('another_structure')}"


def _template(state: SearchState, context: SearchContext) -> str:
    if context.form == "spec" and context.generator.completion:
        return "generate_spec_completion"
    if context.form == "edit" and state.get("best") is not None:
        return "generate_edit"
    form = "spec" if context.form == "spec" else "code"
    first = "" if state.get("suggestion") is not None else "_first"
    return f"generate_{form}{first}"


def _schema(state: SearchState, context: SearchContext) -> dict[str, Any] | None:
    """Return the schema of a reply of form `spec`.

    A base model does not choose well between a network and edits, so what the improver asked for
    chooses: edits of the best network, unless it asked for a new structure.
    """
    if context.form != "spec":
        return None
    best, info = _best_spec(state), context.evaluator.data.info
    if not context.generator.completion:
        return proposal_schema(best, info)
    if _wants_new(state, context):
        return completion_schema(None, info, [])
    trials = context.archive.trials(state["search"])[: state["iteration"]]
    return completion_schema(best, info, [t["spec"] for t in trials if t["spec"]])


def _wants_new(state: SearchState, context: SearchContext) -> bool:
    """Return whether a base model is to write a whole network rather than edits of the best."""
    suggestion = state.get("suggestion")
    afresh = context.templates.phrase("change_new_structure")
    return suggestion is None or _best_spec(state) is None or suggestion["modification"] == afresh


def _examples(state: SearchState, context: SearchContext) -> str:
    iteration, suggestion = state.get("iteration", 0), state.get("suggestion")
    if suggestion is None or _wants_new(state, context):
        return network_examples(iteration, context.templates)
    return edit_examples(suggestion, iteration, context.templates)


def _read(reply: str, state: SearchState, context: SearchContext) -> Candidate:
    best, echoes = state.get("best"), context.templates.echoes
    if context.form == "edit" and best is not None:
        return read_edit_candidate(reply, best["code"], echoes)
    if context.form != "spec":
        return read_code_candidate(reply, echoes)
    info, max_macs = context.evaluator.data.info, context.config.max_macs
    return read_spec_candidate(reply, _best_spec(state), info, max_macs, echoes=echoes)


def _best_spec(state: SearchState) -> list[str] | None:
    best = state.get("best")
    return best["spec"] if best else None
