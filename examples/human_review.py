"""The user looks at each candidate before it is trained.

    python examples/human_review.py [ITERATIONS]

Answer with `approve`, with `reject: why`, or with `edit: FILE.py`.
"""

import sys
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_nas import SearchConfig, create_nas_graph, recursion_limit


def main() -> None:
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    graph = create_nas_graph(
        generator="embedded",
        improver="embedded",
        dataset="digits",
        config=SearchConfig(iterations=iterations, review="before_execute", cpus=1),
    ).compile(checkpointer=InMemorySaver())
    thread: RunnableConfig = {
        "configurable": {"thread_id": "review"},
        "recursion_limit": recursion_limit(iterations),
    }
    state = graph.invoke({}, thread)
    while questions := state.get("__interrupt__"):
        state = graph.invoke(Command(resume=ask(questions[0].value)), thread)
    best = state.get("best")
    print("best", best["accuracy"] if best else "none: no network trained")


def ask(shown: dict[str, Any]) -> Any:
    print(f"--- iteration {shown['iteration']}")
    print(shown["diff"] or shown["program"])
    if shown["problem"]:
        print("not so:", shown["problem"])
    word, _, rest = input("approve, reject: why, edit: FILE.py > ").partition(":")
    if word == "reject":
        return {"action": "reject", "reason": rest.strip()}
    if word == "edit":
        return {"action": "edit", "program": Path(rest.strip()).read_text()}
    return word.strip()


if __name__ == "__main__":
    main()
