"""Repair a program that failed: ask the generator at once, with its error."""

from langgraph_nas.llm import Reply
from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.prompts import Parts, Prompt
from langgraph_nas.spaces import is_composed
from langgraph_nas.spaces.programs import read_program as read_text
from langgraph_nas.state import Candidate, Repair, SearchState
from langgraph_nas.trials.asking import FIRST_REPAIR, Ask
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.events import emit
from langgraph_nas.trials.prompt_values import details_text, outcome_text
from langgraph_nas.trials.reading import read_candidate
from langgraph_nas.trials.shortcomings import ENDED_BY_SERVER
from langgraph_nas.trials.temperature import temperature_after
from langgraph_nas.trials.trial import Trial, Trying, record, try_candidate

TRIMMED = ("details", "current_result", "current_program")
"""Order in which texts lose their middles when the prompt is over its budget."""


def repaired(trial: Trial, state: SearchState, context: SearchContext) -> Trying:
    """Have a failing free program repaired, up to `repairs` times; each try is recorded."""
    temperature: float | None = None

    def read_program(text: str) -> Candidate:
        return read_text(text, context.templates.echoes)

    def read(reply: Reply) -> Candidate:
        nonlocal temperature
        temperature = temperature_after(reply.why_cut in ENDED_BY_SERVER, None, context)
        return read_candidate(reply, read_program, context.config)

    while _is_repairable(trial, context):
        candidate: Candidate = yield Ask(
            role="generator",
            iteration=state["iteration"],
            attempt=FIRST_REPAIR + len(trial.evaluation["repairs"]),
            prompt=repair_prompt(trial, context),
            read=read,
            search=state["search"],
            temperature=temperature,
        )
        tries = trial.evaluation["repairs"]
        if candidate["code"] is None:
            tries = [*tries, _lost(trial, candidate)]
            trial = Trial(trial.candidate, {**trial.evaluation, "repairs": tries})
        else:
            tries = [*tries, _repair_of(trial)]
            fresh = yield from try_candidate(candidate, state, context)
            trial = Trial(candidate, {**fresh.evaluation, "repairs": tries})
        record(trial, state, context)
        emit(
            "repaired",
            iteration=state["iteration"],
            attempt=len(tries),
            before=tries[-1]["outcome"],
            outcome=trial.evaluation["outcome"],
        )
    return trial


def repair_prompt(trial: Trial, context: SearchContext) -> Prompt:
    """Return the prompt that shows a failing program and its error, within the token budget."""
    return context.prompt(context.generator, repair_parts(trial, context))


def repair_parts(trial: Trial, context: SearchContext) -> Parts:
    """Return what the prompt that shows a failing program and its error is made of."""
    templates = context.templates
    values = {
        **context.task_values(),
        "current_program": trial.candidate["code"],
        "current_result": outcome_text(trial.evaluation, context),
        "details": details_text(trial.evaluation, templates),
    }
    return Parts(name="repair", values=values, order=TRIMMED)


def _is_repairable(trial: Trial, context: SearchContext) -> bool:
    written = trial.candidate["source"] == "llm" and not is_composed(trial.candidate)
    left = len(trial.evaluation["repairs"]) < context.config.repairs
    was_confirmed = bool(trial.evaluation["scores"])  # it trained, and failed with another seed
    is_repairable = OUTCOMES[trial.evaluation["outcome"]].is_repairable
    return written and left and not was_confirmed and is_repairable


def _lost(trial: Trial, reply: Candidate) -> Repair:
    """Return a try whose reply holds no program: the failing one stays, with its own error."""
    return Repair(
        program=trial.candidate["code"],
        outcome="no_code",
        stage="reply",
        message=reply["problem"] or "the reply holds no program",
        line=None,
    )


def _repair_of(trial: Trial) -> Repair:
    evaluation = trial.evaluation
    return Repair(
        program=trial.candidate["code"],
        outcome=evaluation["outcome"],
        stage=evaluation["stage"],
        message=evaluation["message"],
        line=evaluation["line"],
    )
