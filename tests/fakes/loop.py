"""Run the graph over fakes."""

from typing import Any

from fakes.sandbox import program
from langgraph_nas.graph import create_nas_graph, recursion_limit
from langgraph_nas.runs import first_state
from langgraph_nas.state import SearchState
from langgraph_nas.trials import SearchContext

OUTCOMES: list[Any] = [0.3, "forward_error", 0.5, "timeout", 0.4, "out_of_memory", 0.6, 0.2]


def write(prompt: str, number: int) -> str:
    return f"```python\n{program(OUTCOMES[number % len(OUTCOMES)], number + 1)}```"


def run(context: SearchContext, state: SearchState | None = None) -> SearchState:
    graph = create_nas_graph().compile()
    limit = {"recursion_limit": recursion_limit(context.config.iterations)}
    start = state or first_state("s", context.config)
    return graph.invoke(start, limit, context=context)  # type: ignore[return-value]


def prompts_of(context: SearchContext, role: str) -> list[str]:
    rows = context.archive.calls("s")
    return [row["prompt"] for row in rows if row["role"] == role]
