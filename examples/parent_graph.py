"""The search as a node of a graph with a state and a checkpointer of its own.

    python examples/parent_graph.py [ITERATIONS]

Stop it with Ctrl-C and start it again: it goes on in the middle of the search.
"""

import sys
from pathlib import Path
from typing import Any, Required, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph

from langgraph_nas import SearchConfig, nas_node, open_checkpointer


class Project(TypedDict, total=False):
    """The state of the parent."""

    wish: Required[str]
    dataset: str
    nas: dict[str, Any]
    report: str


def plan(state: Project) -> dict[str, Any]:
    return {"dataset": "digits" if "digit" in state["wish"] else "cifar10"}


def report(state: Project) -> dict[str, Any]:
    found = state.get("nas", {})
    score = "nothing trained" if found["accuracy"] is None else f"{found['accuracy']:.4f}"
    return {"report": f"{state['wish']}: {score} after {found['iteration']} trials"}


def main() -> None:
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    config = SearchConfig(iterations=iterations, generator="embedded", improver="embedded", cpus=1)
    graph = StateGraph(Project)
    graph.add_node("plan", plan)
    graph.add_node(
        "nas", nas_node(config=config, settings=lambda state: {"dataset": state["dataset"]})
    )
    graph.add_node("report", report)
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "nas")
    graph.add_edge("nas", "report")
    graph.add_edge("report", END)

    with open_checkpointer(Path("nas-runs/project.db")) as saver:
        project = graph.compile(checkpointer=saver)
        thread: RunnableConfig = {"configurable": {"thread_id": "project"}}
        begun = project.get_state(thread).next
        wish: Project = {"wish": "read a digit"}
        last = project.invoke(None if begun else wish, thread)
        print(last["report"])


if __name__ == "__main__":
    main()
