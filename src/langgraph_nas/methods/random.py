"""Method `random`: networks are drawn of the space, each new; no LLM is asked."""

import random
from collections.abc import Callable, Generator
from typing import Any

from langgraph_nas.errors import UsageError
from langgraph_nas.methods.base import BaseMethod
from langgraph_nas.spaces import Space, SpecError
from langgraph_nas.spaces.programs import CANNOT
from langgraph_nas.state import Candidate, SearchState
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.duplicates import find_duplicate

TRIES = 100
"""Draws until one is found that was not tried before."""


class Random(BaseMethod):
    """Uniform draws of a space of parts."""

    name = "random"

    def check(self, space: Space) -> None:
        """Refuse a space of free programs."""
        if space.is_text:
            raise UsageError(CANNOT)

    def propose(self, state: SearchState, context: SearchContext) -> Generator[Any, Any, Candidate]:
        """Return a network that was not tried before; the same again after a kill."""
        yield from ()
        return draw_new(state, context, context.space.draw)


def draw_new(
    state: SearchState, context: SearchContext, draw: Callable[[random.Random], list[str]]
) -> Candidate:
    """Return what `draw` gives, the first that the search has not tried before.

    Raises:
        RuntimeError: All draws gave networks that were tried, or that do not fit the images.
    """
    iteration = state.get("iteration", 0) + 1
    rng = random.Random(f"{context.config.seed} {iteration}")
    for _ in range(TRIES):
        try:
            candidate = context.space.candidate(draw(rng), "sampler")
        except SpecError:
            continue
        network = candidate["program_hash"]
        if find_duplicate(state["search"], network, iteration, context) is None:
            return candidate
    raise RuntimeError(f"{TRIES} draws gave no network that is new and fits the images")
