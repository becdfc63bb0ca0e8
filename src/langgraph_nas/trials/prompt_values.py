"""Outcomes, lessons and networks in words, for prompts and triples."""

from collections.abc import Mapping

from langgraph_nas.objectives import ACCURACY
from langgraph_nas.prompts import Templates
from langgraph_nas.state import (
    Best,
    Candidate,
    Evaluation,
    SearchState,
    Source,
    Suggestion,
    Triple,
)
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.front import best_costs, costs_text, front_text, joins_front

SHOWN_SHAPES = 12


def outcome_text(evaluation: Evaluation, context: SearchContext) -> str:
    """Return what became of a candidate in one sentence, for a triple."""
    templates = context.templates
    accuracy = evaluation["accuracy"]
    if evaluation["outcome"] == "duplicate":
        score = f", accuracy {accuracy:.4f}" if accuracy is not None else ""
        return templates.phrase("same_as", same_as=evaluation["same_as"], score=score)
    if evaluation["outcome"] == "ok" and accuracy is not None:
        scored = templates.phrase("scored", accuracy=f"{accuracy:.4f}")
        return scored + costs_text(evaluation, context)
    failed = templates.phrase("failed", stage=evaluation["stage"], outcome=evaluation["outcome"])
    return f"{failed}. {evaluation['message']}".strip()


def details_text(evaluation: Evaluation, templates: Templates) -> str:
    """Return the candidate's own line at fault and the shapes before it, if there are any.

    Of a network that was tried before: that another one is wanted.
    """
    parts = []
    if evaluation["outcome"] == "duplicate":
        parts.append(templates.phrase("another_structure"))
    if evaluation["line"]:
        parts.append(
            templates.phrase("line", number=evaluation["line_number"], text=evaluation["line"])
        )
    if evaluation["module"]:
        parts.append(templates.phrase("module", module=evaluation["module"]))
    if evaluation["shapes"]:
        shapes = "; ".join(evaluation["shapes"][-SHOWN_SHAPES:])
        parts.append(templates.phrase("shapes", shapes=shapes))
    return "\n".join(parts)


def best_text(best: Best | None, templates: Templates) -> str:
    """Return the best result in a few words."""
    if best is None:
        return templates.phrase("no_best")
    return templates.phrase(
        "best_result", iteration=best["iteration"], accuracy=f"{best['accuracy']:.4f}"
    )


def standing_text(state: SearchState, context: SearchContext) -> str:
    """Return whether the last trial beats the best before it, or is on the front."""
    evaluation, best, templates = state["evaluation"], state.get("best"), context.templates
    if evaluation["outcome"] == "ok" and best is None:
        return templates.phrase("beats_none")
    if beats(evaluation, best):
        return templates.phrase("beats")
    below = templates.phrase("below")
    return f"{below}, {joined_text(context)}" if joins_front(evaluation, state, context) else below


def joined_text(context: SearchContext) -> str:
    """Return that a trial is on the front."""
    names = ", ".join(goal.name for goal in context.config.goals)
    return context.templates.phrase("joins_front", names=names)


def beats(evaluation: Evaluation, best: Best | None) -> bool:
    """Return whether a trial is better than the best before it; a duplicate never is."""
    return ACCURACY.beats(ACCURACY.of(evaluation), best["accuracy"] if best else None)


def lesson_texts(triples: list[Triple], templates: Templates) -> list[str]:
    """Return closed triples as text, oldest first."""
    return [
        templates.phrase(
            "lesson",
            iteration=triple["iteration"],
            problem=triple["problem"],
            suggestion=triple["suggestion"],
            outcome=triple["outcome"] or templates.phrase("open_outcome"),
        )
        + _widened(triple, templates)
        for triple in triples
    ]


def _widened(triple: Triple, templates: Templates) -> str:
    move = triple.get("move")
    return f" {templates.phrase(f'widened_{move}')}" if move else ""


def closed_window(state: SearchState, outcome: str, size: int) -> list[Triple]:
    """Return the last `size` closed triples, the newest being the one that `outcome` closes."""
    pending = state.get("pending")
    memory = list(state.get("memory") or [])
    if pending is not None:
        memory.append({**pending, "outcome": outcome})
    return memory[-size:] if size else []


def round_values(state: SearchState, context: SearchContext) -> Mapping[str, object]:
    """Return the placeholders that describe the best and the current network."""
    templates = context.templates
    best, candidate = state.get("best"), state.get("candidate")
    none = f"({templates.phrase('no_best')})"
    return {
        "best_result": best_text(best, templates) + _beside_best(state, context),
        "best_program": best["code"] if best else none,
        "best_spec": _numbered(best["spec"]) if best and best["spec"] else none,
        "best_layers": context.space.written(best["spec"]) if best and best["spec"] else none,
        "current_program": (candidate and candidate["code"]) or templates.phrase("no_program"),
        "current_spec": _current_spec(candidate) or templates.phrase("no_program"),
        "current_layers": _written(candidate, context) or templates.phrase("no_program"),
    }


def _beside_best(state: SearchState, context: SearchContext) -> str:
    """Return what the best network costs, and the rest of the front; with one objective nothing."""
    best = state.get("best")
    costs = best_costs(best, context, state["search"]) if best else ""
    return costs + front_text(state, context)


def _current_spec(candidate: Candidate | None) -> str:
    return "; ".join(candidate["spec"]) if candidate and candidate["spec"] else ""


def _numbered(spec: list[str]) -> str:
    return "\n".join(f"{number}. {block}" for number, block in enumerate(spec, start=1))


def _written(candidate: Candidate | None, context: SearchContext) -> str:
    return context.space.written(candidate["spec"]) if candidate and candidate["spec"] else ""


def fallback_suggestion(
    evaluation: Evaluation, context: SearchContext, source: Source = "fallback"
) -> Suggestion:
    """Return a suggestion derived from the outcome alone."""
    return Suggestion(
        problem=outcome_text(evaluation, context),
        inspiration="",
        modification=context.templates.phrase(f"fallback_{evaluation['outcome']}"),
        source=source,
    )
