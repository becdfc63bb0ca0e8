"""A method of your own: local search. It changes the best network a little, again and again.

    python examples/custom_method.py [ITERATIONS]

A package can give its methods a name for `--method` with an entry point of the group
`langgraph_nas.methods`, spaces likewise with `langgraph_nas.spaces`.
"""

import random
import sys
from collections.abc import Generator
from typing import Any

from langgraph_nas import SearchConfig, SearchContext, SearchState, search
from langgraph_nas.methods import BaseMethod
from langgraph_nas.state import Candidate

FIRST = 2
"""Networks drawn at random before the best one is changed."""


class LocalSearch(BaseMethod):
    """Draws some networks, then changes the best: it asks no LLM."""

    name = "local_search"

    def propose(self, state: SearchState, context: SearchContext) -> Generator[Any, Any, Candidate]:
        yield from ()  # a method that asks the generator yields what it asks
        iteration, best = state.get("iteration", 0), state.get("best")
        rng = random.Random(f"{context.config.seed} {iteration}")  # the same again after a kill
        if iteration < FIRST or best is None or best["spec"] is None:
            spec = context.space.draw(rng)
        else:
            spec = context.space.mutate(best["spec"], rng)
        return context.space.candidate(spec, "sampler")


def main() -> None:
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    config = SearchConfig(dataset="digits", space="blocks", iterations=iterations)
    found = search(config, method=LocalSearch())
    print("best", found.best_accuracy)


if __name__ == "__main__":
    main()
