"""A node of your own in the search: candidates with a forbidden layer never reach the sandbox.

python examples/custom_node.py [ITERATIONS]
"""

import sys
from typing import Any

from langchain_core.runnables import RunnableConfig

from langgraph_nas import SearchConfig, SearchState, create_nas_graph, recursion_limit

FORBIDDEN = ("Dropout", "MaxPool2d")


class LintedState(SearchState, total=False):
    """The state of the search, and what the node adds."""

    refused: int


def lint(state: LintedState) -> dict[str, Any]:
    candidate = state.get("candidate")
    assert candidate is not None  # `generate` has written it
    found = [name for name in FORBIDDEN if name in (candidate["code"] or "")]
    if not found:
        return {}
    # A candidate without a program is an outcome like any other: the improver learns why.
    problem = f"it uses {' and '.join(found)}, which this project does not allow"
    refused = {**candidate, "code": None, "program_hash": None, "problem": problem}
    return {"candidate": refused, "refused": state.get("refused", 0) + 1}


def main() -> None:
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    graph = create_nas_graph(
        generator="embedded",
        improver="embedded",
        dataset="digits",
        config=SearchConfig(iterations=iterations, cpus=1),
        state_schema=LintedState,
    )
    graph.add_node("lint", lint)
    graph.edges.remove(("generate", "execute"))
    graph.add_edge("generate", "lint")
    graph.add_edge("lint", "execute")
    limit: RunnableConfig = {"recursion_limit": recursion_limit(2 * iterations)}
    state = graph.compile().invoke({}, limit)
    best = state.get("best")
    print("refused", state.get("refused", 0), "best", best["accuracy"] if best else None)


if __name__ == "__main__":
    main()
