"""Candidates that no LLM proposes: the baselines of a search, on the grammar that it writes in."""

import random
from collections.abc import Mapping
from typing import Any

from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.proposals import sampled_candidate
from langgraph_nas.nodes.twins import find_twin
from langgraph_nas.programs import SpecError, mutate_spec, random_spec
from langgraph_nas.state import Candidate, SearchState

SMALLEST, LARGEST = 4, 20
"""Bounds of evolution's population, a third of the iterations that it was started with."""

TOURNAMENT = 3
"""Networks drawn of the population; the best of them is the parent."""

TRIES = 100
"""Draws until one is found that was not tried before."""


def draw_candidate(state: SearchState, context: SearchContext, iteration: int) -> Candidate:
    """Return the next network of method `random` or `evolution`; the same again after a kill."""
    rng = random.Random(f"{context.config.seed} {iteration}")
    parents = _parents(state, context) if context.config.method == "evolution" else []
    for _ in range(TRIES):
        candidate = _draw(rng, parents, context)
        if candidate is not None and not _was_tried(candidate, state, context, iteration):
            break
    else:
        raise RuntimeError(f"{TRIES} draws gave no network that is new and fits the images")
    return candidate


def population_of(settings: Mapping[str, Any], facts: Mapping[str, Any]) -> int:
    """Return how many of the newest networks evolution keeps; the oldest dies, however good."""
    by_rule = min(LARGEST, max(SMALLEST, int(settings["iterations"]) // 3))
    return int(facts.get("population", by_rule))


def drawn_facts(settings: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a search must go on to know if its iterations are others than at its start."""
    is_evolved = settings.get("method") == "evolution"
    return {"population": population_of(settings, facts)} if is_evolved else {}


def _draw(
    rng: random.Random, parents: list[tuple[float, list[str]]], context: SearchContext
) -> Candidate | None:
    info = context.evaluator.data.info
    if parents:
        spec = mutate_spec(max(rng.sample(parents, TOURNAMENT))[1], rng, info.shape)
    else:
        spec = random_spec(rng, info.shape)
    try:
        return sampled_candidate(spec, info, context.config.max_macs)
    except SpecError:
        return None


def _parents(state: SearchState, context: SearchContext) -> list[tuple[float, list[str]]]:
    """Return accuracy and spec of the newest networks that trained, oldest first.

    None, as long as they are fewer than the population.
    """
    trials = context.archive.trials(state["search"])[: state.get("iteration", 0)]
    alive = [
        (trial["accuracy"], trial["spec"])
        for trial in trials
        if trial["outcome"] == "ok" and trial["accuracy"] is not None and trial["spec"]
    ]
    search = context.archive.search(state["search"])
    most = population_of(search["settings"], search["facts"])
    return alive[-most:] if len(alive) >= most else []


def _was_tried(
    candidate: Candidate, state: SearchState, context: SearchContext, iteration: int
) -> bool:
    return find_twin(state["search"], candidate["program_hash"], iteration, context) is not None
