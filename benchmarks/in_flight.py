"""Wall time of a search with several trials in flight, beside the least that it can be.

    python benchmarks/in_flight.py [--trials 40] [--writing 0.5] [--training 1] [--places 1,2,4,8]
    python benchmarks/in_flight.py --real [--trials 40] [--places 1,2]

A generator that takes --writing seconds and trainings that take --training are both scripted, so
that all else is ours. One after the other a trial takes both. With W at a time no search can be
faster than max(all of writing, all of training / W), the bound; nor, as the first is written before
it trains and the last trains after it is written, than the least. With --real: the embedded model
and sandboxes on the digits, networks per minute; W candidates share the CPUs.
"""

import argparse
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from langgraph_nas import Archive, SearchConfig, search
from langgraph_nas.evaluation import NOTHING, Cost, Measured, failure, scored
from langgraph_nas.state import Candidate, Evaluation
from langgraph_nas.task import Task

PROGRAM = """```python
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, {width})
        self.out = nn.Linear({width}, 10)

    def forward(self, x):
        return self.out(self.fc(x.flatten(1)))
```"""


class Writer(BaseChatModel):
    """Takes its time, and writes another program each time."""

    seconds: float
    written: int = 0

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any) -> Any:
        time.sleep(self.seconds)
        self.written += 1
        text = PROGRAM.format(width=self.written + 10)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])


class Trainer:
    """Takes its time, and scores anything."""

    device, isolation, is_exact = "cpu", "scripted", True
    task = Task(
        "digits", (1, 8, 8), tuple("0123456789"), 32, 1151, {"validation": 287}, "validation", "x"
    )

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def prewarm(self, spares: int = 1) -> None:
        pass

    def cost(self, candidate: Candidate) -> Cost:
        return NOTHING

    def evaluate(
        self, candidate: Candidate, *, cancel: threading.Event | None = None, **_: Any
    ) -> Evaluation:
        if (cancel or threading.Event()).wait(self._seconds):
            return failure("killed", "train", "stopped")
        return scored(0.5, "validation")

    def measure(self, candidate: Candidate, **_: Any) -> Measured:
        return Measured("ok", {"validation": 0.5}, self._seconds)

    def conditions(self) -> dict[str, Any]:
        return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--writing", type=float, default=0.5)
    parser.add_argument("--training", type=float, default=1.0)
    parser.add_argument("--places", default="1,2,4,8")
    parser.add_argument("--real", action="store_true")
    given = parser.parse_args()
    places = [int(one) for one in given.places.split(",")]
    (real if given.real else scripted)(given, places)


def scripted(given: argparse.Namespace, places: list[int]) -> None:
    print("| in flight | wall s | bound s | ratio | least s | ratio |\n|---|---|---|---|---|---|")
    writing, training = given.trials * given.writing, given.trials * given.training
    for at_a_time in places:
        bound = writing + training if at_a_time == 1 else max(writing, training / at_a_time)
        least = max(writing + given.training, given.writing + training / at_a_time)
        least = bound if at_a_time == 1 else least
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            search(
                SearchConfig(
                    method="one_role",
                    form="code",
                    iterations=given.trials,
                    in_flight=at_a_time,
                    finalists=0,
                ),
                database=Path(folder) / "s.db",
                generator=Writer(seconds=given.writing),
                improver=Writer(seconds=0),
                evaluator=Trainer(given.training),
            )
            wall = time.monotonic() - began
        shown = f"| {at_a_time} | {wall:.1f} | {bound:.1f} | {wall / bound:.3f} "
        print(f"{shown}| {least:.1f} | {wall / least:.3f} |", flush=True)


def real(given: argparse.Namespace, places: list[int]) -> None:
    print("| in flight | wall s | trials | distinct networks | of them a minute | best |")
    print("|---|---|---|---|---|---|")
    for at_a_time in places:
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            found = search(
                SearchConfig(
                    generator="embedded",
                    improver="embedded",
                    iterations=given.trials,
                    in_flight=at_a_time,
                    finalists=0,
                    confirm_best=False,
                ),
                database=Path(folder) / "s.db",
            )
            wall = time.monotonic() - began
            with Archive.open(found.database) as archive:
                distinct = archive.counts(found.name)["distinct_graphs"]
        shown = f"| {at_a_time} | {wall:.0f} | {found.iterations} | {distinct} "
        print(f"{shown}| {60 * distinct / wall:.1f} | {found.best_accuracy:.3f} |", flush=True)


if __name__ == "__main__":
    main()
