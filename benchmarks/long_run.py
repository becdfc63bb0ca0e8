"""Does a search cost the same at iteration 20,000 as at 100? Time, files and memory.

    python benchmarks/long_run.py [--iterations 2000] [--bytes 6000]

The graph runs on its checkpoints and archive as in a real search; the replies are made up, with
programs of --bytes bytes, and the sandbox is a fake that answers at once. Engine time is the wall
time of an iteration, the median of 50 around the one that is named.
"""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes import FakeSandbox, ScriptedChatModel, program  # noqa: E402
from fakes.context import diagnosis  # noqa: E402

from langgraph_nas import SearchConfig, search  # noqa: E402
from langgraph_nas.datasets import prepare  # noqa: E402
from langgraph_nas.sandbox.base import Run  # noqa: E402

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
    first = None
    print("| iteration | engine ms | ratio | archive KiB | checkpoints KiB | replies KiB | MiB |")
    print("|---|---|---|---|---|---|---|")
    for mark in marks:
        spent = median_ms(ends, mark)
        first = first or spent
        files = " | ".join(
            f"{sizes[mark][kind] / 1024:.0f}" for kind in ("", "checkpoints", "replies")
        )
        print(f"| {mark} | {spent:.1f} | {spent / first:.2f} | {files} | {memory[mark]:.0f} |")


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
