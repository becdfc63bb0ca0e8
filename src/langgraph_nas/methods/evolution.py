"""Method `evolution`: regularised evolution (Real et al., 2019); no LLM is asked."""

import random
from collections.abc import Generator, Mapping
from typing import Any

from langgraph_nas.methods.random import Random, draw_new
from langgraph_nas.objectives import ACCURACY
from langgraph_nas.state import Candidate, SearchState
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.past import past_of

SMALLEST, LARGEST = 4, 20
"""Bounds of the population, a third of the iterations that it was started with."""

TOURNAMENT = 3
"""Networks drawn of the population; the best of them is the parent."""


class Evolution(Random):
    """The newest networks that trained are the population; the oldest dies, however good."""

    name = "evolution"

    def propose(self, state: SearchState, context: SearchContext) -> Generator[Any, Any, Candidate]:
        """Return a child of the population, once that is full; the same again after a kill."""
        yield from ()
        parents, space = _parents(state, context), context.space

        def draw(rng: random.Random) -> list[str]:
            if not parents:
                return space.draw(rng)
            return space.mutate(max(rng.sample(parents, TOURNAMENT))[1], rng)

        return draw_new(state, context, draw)

    def facts(self, settings: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the size of the population, which stays if the iterations are others."""
        return {"population": population_of(settings, facts)}


def population_of(settings: Mapping[str, Any], facts: Mapping[str, Any]) -> int:
    """Return how many of the newest networks evolution keeps."""
    by_rule = min(LARGEST, max(SMALLEST, int(settings["iterations"]) // 3))
    return int(facts.get("population", by_rule))


def _parents(state: SearchState, context: SearchContext) -> list[tuple[float, list[str]]]:
    """Return accuracy and spec of the newest networks that trained, oldest first.

    None, as long as they are fewer than the population.
    """
    trials = context.archive.trials(state["search"], past_of(state, context))
    alive = [
        (accuracy, trial["spec"])
        for trial in trials
        if (accuracy := ACCURACY.of(trial)) is not None and trial["spec"]
    ]
    search = context.archive.search(state["search"])
    most = population_of(search["settings"], search["facts"])
    return alive[-most:] if len(alive) >= most else []
