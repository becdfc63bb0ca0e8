"""Lessons: the point of a suggestion, and what came of it, as triples tell them."""

import re
from collections.abc import Iterable

from langgraph_nas.state import SearchState, Suggestion, Triple
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.front import joins_front
from langgraph_nas.trials.prompt_values import joined_text, outcome_text

PAPER_CHARACTERS = 300
"""Where the published code cuts problems and suggestions."""

GIST_CHARACTERS = 400
"""A suggestion without a gist is told by as many of its sentences as fit."""

_SENTENCE = re.compile(r"(?<=[.!?;])\s+")


def new_triple(state: SearchState, context: SearchContext) -> Triple:
    """Return the triple that this iteration opens."""
    suggestion, rich = state["suggestion"], context.config.learning.rich_lessons
    problem = suggestion["problem"]
    return Triple(
        iteration=state["iteration"],
        problem=whole_sentences(problem) if rich else problem[:PAPER_CHARACTERS],
        suggestion=change_of(suggestion, rich=rich),
        outcome=None,
    )


def change_of(suggestion: Suggestion, *, rich: bool) -> str:
    """Return the change that a suggestion asks for, as its triple tells it."""
    return gist_of(suggestion) if rich else suggestion["modification"][:PAPER_CHARACTERS]


def gist_of(suggestion: Suggestion) -> str:
    """Return the change that a suggestion asks for, in one sentence where it has one."""
    return whole_sentences(suggestion.get("gist") or suggestion["modification"])


def whole_sentences(text: str, most: int = GIST_CHARACTERS) -> str:
    """Return the first sentences of a text that fit; a sentence too long by itself ends in "...".

    Example:
        >>> whole_sentences("Go deeper. Add two residual blocks.", 12)
        'Go deeper.'
    """
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    kept = ""
    for sentence in _SENTENCE.split(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > most:
            break
        kept = longer
    return kept or text[: most - 4].rsplit(" ", 1)[0] + " ..."


def lesson_outcome(state: SearchState, context: SearchContext) -> str:
    """Return what a triple says of the trial that closes it.

    A score with its difference to the best before it; a failure with its class and line.
    """
    templates, evaluation, best = context.templates, state["evaluation"], state.get("best")
    text = outcome_text(evaluation, context)
    if not context.config.learning.rich_lessons:
        return text
    accuracy = evaluation["accuracy"]
    if evaluation["outcome"] == "ok" and accuracy is not None:
        if best is None:
            return f"{text}, {templates.phrase('first_score')}"
        difference = accuracy - best["accuracy"]
        phrase = "gained" if difference > 0 else "lost"
        joined = joins_front(evaluation, state, context) and difference <= 0
        also = f", {joined_text(context)}" if joined else ""
        return f"{text}, {templates.phrase(phrase, difference=f'{abs(difference):.4f}')}{also}"
    if evaluation["line"]:
        return f"{text} {templates.phrase('at_line', line=evaluation['line'])}"
    return text


def repeated_in(
    suggestion: Suggestion, window: Iterable[Triple], *, rich: bool = True
) -> Triple | None:
    """Return the newest triple whose suggestion this one repeats, None if it is a new one."""
    told = change_of(suggestion, rich=rich)
    alike = (triple for triple in window if is_repeated(told, triple["suggestion"]))
    return max(alike, key=lambda triple: triple["iteration"], default=None)


REPEATED = 0.7
"""Jaccard similarity of 3-word shingles from which two suggestions are the same."""


def is_repeated(one: str, other: str) -> bool:
    """Return whether two suggestions say the same, but for case, punctuation and a few words.

    Example:
        >>> is_repeated("Add a residual block.", "add a Residual block")
        True
        >>> is_repeated("Use 64 channels.", "Use 128 channels.")
        False
    """
    first, second = _words(one), _words(other)
    if first == second:
        return True
    left, right = _shingles(first), _shingles(second)
    union = left | right
    return bool(union) and len(left & right) / len(union) >= REPEATED


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _shingles(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + 3]) for at in range(len(words) - 2)}
