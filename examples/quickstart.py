"""Search on the digits with the embedded model, from Python.

python examples/quickstart.py [ITERATIONS]
"""

import sys
from pathlib import Path

from langgraph_nas import SearchConfig, search


def main() -> None:
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    config = SearchConfig(
        dataset="digits",
        iterations=iterations,
        finalists=1,
        generator="embedded",
        improver="embedded",
        cpus=1,
    )
    result = search(config, database=Path("nas-runs/searches.db"), on_event=show, build_image=False)
    print(f"best {result.best_accuracy} on {result.scored_split}, program: {result.best_program}")


def show(event: dict[str, object]) -> None:
    if event["event"] == "outcome":
        print(event["iteration"], event["outcome"], event["accuracy"])


if __name__ == "__main__":
    main()
