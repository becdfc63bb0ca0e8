"""Does a search cost the same at iteration 20,000 as at 100? Time, files and memory.

    python benchmarks/long_run.py [--iterations 2000] [--bytes 6000]

The graph runs on its checkpoints and archive as in a real search; the replies are made up, with
programs of --bytes bytes, and the sandbox is a fake that answers at once. Engine time is the wall
time of an iteration, the median of 50 around the one that is named; beside it stands that of
LangGraph and its checkpointer alone.
"""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, StateGraph

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes import FakeSandbox, ScriptedChatModel, program  # noqa: E402
from fakes.context import diagnosis  # noqa: E402

from langgraph_nas import SearchConfig, search  # noqa: E402
from langgraph_nas.datasets import prepare  # noqa: E402
from langgraph_nas.graph import open_checkpointer  # noqa: E402
from langgraph_nas.sandbox.base import Run  # noqa: E402
from langgraph_nas.state import SearchState  # noqa: E402

AROUND = 25


class Forgetful(ScriptedChatModel):
    """Answers call number n as the other fakes do, but keeps no prompts: memory is measured."""

    asked: int = 0

    def _generate(self, messages: list[BaseMessage], *rest: Any, **options: Any) -> ChatResult:
        text = self.answer("", self.asked)
        self.asked += 1
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])


class Bare(FakeSandbox):
    """Keeps no jobs."""

    def run(self, *arguments: Any, **options: Any) -> Run:
        found = super().run(*arguments, **options)
        for kept in (self.jobs, self.workloads, self.limits):
            kept.clear()
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--iterations", type=int, default=2000)
    parser.add_argument("--bytes", type=int, default=6000)
    given = parser.parse_args()
    marks = [n for n in (100, 2000, 20_000) if n <= given.iterations]
    with tempfile.TemporaryDirectory() as name:
        ends, memory, sizes = run(given.iterations, given.bytes, Path(name), marks)
    first, floor = None, bare_graph(given.bytes)
    print("| iteration | engine ms | ratio | archive KiB | checkpoints KiB | replies KiB | MiB |")
    print("|---|---|---|---|---|---|---|")
    for mark in marks:
        spent = median_ms(ends, mark)
        first = first or spent
        files = " | ".join(
            f"{sizes[mark][kind] / 1024:.0f}" for kind in ("", "checkpoints", "replies")
        )
        print(f"| {mark} | {spent:.1f} | {spent / first:.2f} | {files} | {memory[mark]:.0f} |")
    print(f"LangGraph and its checkpointer with four nodes that do nothing: {floor:.1f} ms")


def run(
    iterations: int, size: int, folder: Path, marks: list[int]
) -> tuple[list[float], dict[int, float], dict[int, dict[str, int]]]:
    """Return when each iteration ended, and memory and file sizes at the marks."""
    ends: list[float] = []
    memory: dict[int, float] = {}
    sizes: dict[int, dict[str, int]] = {}

    def write(prompt: str, number: int) -> str:
        text = program(0.3 + (number % 50) / 100, number + 1)
        return f"```python\n{text}{'# ' + 'x' * (size - len(text))}\n```"

    def watch(event: dict[str, Any]) -> None:
        if event["event"] != "iteration_ended":
            return
        ends.append(time.perf_counter())
        if len(ends) in marks:
            memory[len(ends)] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            sizes[len(ends)] = {
                kind: size_of(folder, kind) for kind in ("", "checkpoints", "replies")
            }

    search(
        SearchConfig(iterations=iterations, finalists=0, form="code", improver_form="text"),
        name="s",
        database=folder / "s.db",
        generator=Forgetful(answer=write),
        improver=Forgetful(answer=diagnosis),
        sandbox=Bare(labels=prepare("digits").labels),
        on_event=watch,
    )
    return ends, memory, sizes


def bare_graph(size: int, iterations: int = 300) -> float:
    """Return the milliseconds of an iteration whose nodes only return what ours would."""
    text, ends = "x" * size, []
    updates: dict[str, Any] = {
        "generate": {"candidate": {"code": text}},
        "execute": {"evaluation": {"message": text[:1000]}},
        "diagnose": {"suggestion": {"problem": text[:100]}},
        "update_memory": {"memory": [text[:200]] * 5, "best": {"code": text}},
    }

    def count(state: SearchState) -> str:
        ends.append(time.perf_counter())
        return END if len(ends) == iterations else "generate"

    graph = StateGraph(SearchState)
    for name, update in updates.items():
        graph.add_node(name, RunnableLambda(lambda state, update=update: update))
    graph.add_edge(START, "generate")
    for before, after in pairwise(updates):
        graph.add_edge(before, after)
    graph.add_conditional_edges("update_memory", count, ["generate", END])
    with tempfile.TemporaryDirectory() as name, open_checkpointer(Path(name) / "s.db") as saver:
        thread = {"configurable": {"thread_id": "s"}, "recursion_limit": 5 * iterations}
        compiled = graph.compile(checkpointer=saver)
        for _ in compiled.stream({"search": "s"}, thread, stream_mode="custom", durability="sync"):
            pass
    return 1000 * statistics.median(b - a for a, b in pairwise(ends))


def size_of(folder: Path, kind: str) -> int:
    """Return the bytes of one database and its write-ahead log."""
    stem = f"s.{kind}.db" if kind else "s.db"
    return sum(file.stat().st_size for file in folder.glob(f"{stem}*"))


def median_ms(ends: list[float], mark: int) -> float:
    """Return the median milliseconds of the iterations around one."""
    window = ends[max(0, mark - AROUND - 1) : mark + AROUND]
    return 1000 * statistics.median(b - a for a, b in zip(window, window[1:], strict=False))


if __name__ == "__main__":
    main()
