"""A sandbox of your own around one of ours: it keeps a diary of what ran, and for how long.

    python examples/custom_sandbox.py [ITERATIONS]

Whatever has these methods is a sandbox (`langgraph_nas.sandbox.base.Sandbox`): one that sends
programs to a cluster, say. It must isolate what it runs: candidates are written by an LLM.
"""

import sys
import threading
from pathlib import Path

from langgraph_nas import SearchConfig, create_nas_graph, recursion_limit
from langgraph_nas.sandbox import open_sandbox
from langgraph_nas.sandbox.base import Job, Limits, OnEvent, Run, Sandbox, Workload


class Diary:
    """Hands everything on and writes a line for each program."""

    name = "diary"

    def __init__(self, inner: Sandbox, file: Path) -> None:
        self._inner, self._file = inner, file

    @property
    def isolation(self) -> str:
        return self._inner.isolation

    def prewarm(self, workload: Workload, limits: Limits, spares: int = 1) -> None:
        self._inner.prewarm(workload, limits, spares)

    def torch_version(self, workload: Workload, limits: Limits) -> str | None:
        return self._inner.torch_version(workload, limits)

    def run(
        self,
        job: Job,
        workload: Workload,
        limits: Limits,
        *,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Run:
        run = self._inner.run(job, workload, limits, on_event=on_event, cancel=cancel)
        with self._file.open("a") as diary:
            diary.write(f"{run.outcome} in {run.seconds.get('total', 0):.1f} s\n")
        return run

    def close(self) -> None:
        self._inner.close()


def main() -> None:
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    diary = Path("diary.txt")
    with open_sandbox("auto", build_image=False) as inner:
        graph = create_nas_graph(
            generator="embedded",
            improver="embedded",
            sandbox=Diary(inner, diary),
            dataset="digits",
            config=SearchConfig(iterations=iterations, cpus=1),
        ).compile()
        state = graph.invoke({}, {"recursion_limit": recursion_limit(iterations)})
    print(diary.read_text(), end="")
    best = state.get("best")
    print("best", best["accuracy"] if best else "none: no network trained")


if __name__ == "__main__":
    main()
