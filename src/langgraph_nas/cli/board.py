"""The state of a running search as its events tell it: what both kinds of progress print."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from langgraph_nas.cli.tally import Tally
from langgraph_nas.report.text import one_line, score

Event = dict[str, Any]

STAGES = {
    "reply": "reading the reply",
    "parse": "reading the program",
    "structure": "checking the program",
    "build": "building the network",
    "forward": "trying one batch",
    "train": "training",
    "predict": "predicting",
    "score": "scoring",
}


@dataclass
class Board:
    """What is known of a running search."""

    name: str | None = None
    """None until the search has begun."""
    iterations: int = 0
    scored_split: str = "validation"
    in_flight: int = 1
    iteration: int = 0
    finished: int = 0
    """Iterations that have an outcome, or have ended."""
    best_accuracy: float | None = None
    best_iteration: int | None = None
    activity: str = "getting ready"
    since: float = field(default_factory=time.monotonic)
    """Monotonic time at which `activity` began."""
    begun: float = field(default_factory=time.monotonic)
    suggestion: str = ""
    stopping: bool = False
    begun_with: int = 0
    """With several in flight: iterations that had ended before."""
    first: int = 0
    """The first iteration that was seen; above 1 after a resume."""
    files: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Of `evaluate`: the files that are being evaluated, with activity and when it began."""
    files_done: int = 0
    files_in_all: int = 0
    tally: Tally | None = None
    """Of `finalize` and `reliability`: their trainings."""

    def take(self, event: Event) -> None:
        """Take one event into account; events of unknown kinds change nothing."""
        self.iteration = event.get("iteration") or self.iteration
        self.first = self.first or self.iteration
        if self.in_flight == 1:
            self.finished = max(self.finished, self.iteration - 1)
        kind = f"file_{event['event']}" if "file" in event else event["event"]
        take = getattr(self, f"_take_{kind}", None)
        if take is not None:
            take(event)

    def _take_confirming(self, event: Event) -> None:
        self.do("training it with another seed to confirm it")

    def _take_repaired(self, event: Event) -> None:
        self.do("trying what was mended")

    def start_from(self, iteration: int, accuracy: float | None) -> None:
        """Begin with the best of a search that goes on."""
        self.best_iteration, self.best_accuracy = iteration, accuracy

    def do(self, activity: str) -> None:
        """Say what is being done from now on."""
        if activity != self.activity:
            self.activity, self.since = activity, time.monotonic()

    def left(self) -> float | None:
        """Return about how many seconds the remaining iterations take; None if unknown."""
        before = self.first - 1 if self.in_flight == 1 else self.begun_with
        done = self.finished - before
        if not self.first or done < 1:
            return None
        return (time.monotonic() - self.begun) / done * max(0, self.iterations - self.finished)

    def _take_search_started(self, event: Event) -> None:
        self.name, self.iterations = event["name"], event["iterations"]
        self.in_flight = event.get("in_flight", 1)
        if self.in_flight > 1:
            self.finished = self.begun_with = event.get("finished", 0)
        self.scored_split = event["scored_split"]
        self.begun = time.monotonic()
        self.do("starting")

    def _take_prompt_sent(self, event: Event) -> None:
        roles = {"generator": "the generator writes", "improver": "the improver thinks"}
        self.do(roles.get(event["role"], "asking"))

    def _take_no_answer(self, event: Event) -> None:
        self.do(no_answer(event))

    def _take_stage(self, event: Event) -> None:
        self.do(STAGES.get(event["stage"], "running"))

    def _take_epoch(self, event: Event) -> None:
        # Still the same activity, so the clock goes on.
        self.activity = _epoch(event)
        if self.tally is not None:
            self.tally.step(event)

    def _take_trainings_planned(self, event: Event) -> None:
        self.tally = Tally(event["trainings"], event["epochs"], event["split"])
        self.scored_split = event["split"]

    def _take_training_started(self, event: Event) -> None:
        if self.tally is not None:
            self.tally.start(event)
        self.do("starting")

    def _take_training_ended(self, event: Event) -> None:
        if self.tally is not None:
            self.tally.end(event)

    def _take_file_evaluating(self, event: Event) -> None:
        self.files_in_all = event["of"]
        self._do_file(event["file"], "starting")

    def _take_file_stage(self, event: Event) -> None:
        self._do_file(event["file"], STAGES.get(event["stage"], "running"))

    def _take_file_epoch(self, event: Event) -> None:
        _, since = self.files[event["file"]]
        self.files[event["file"]] = (_epoch(event), since)

    def _take_file_evaluated(self, event: Event) -> None:
        self.files_done += 1
        self.files.pop(event["file"], None)

    def _do_file(self, file: str, activity: str) -> None:
        self.files[file] = (activity, time.monotonic())

    def _take_outcome(self, event: Event) -> None:
        if self.in_flight == 1:
            self.finished = event["iteration"]
        self.best_accuracy, self.best_iteration = event["best_accuracy"], event["best_iteration"]
        self.do("looking at the outcome")

    def _take_suggestion(self, event: Event) -> None:
        self.suggestion = one_line(event["modification"])

    def _take_iteration_ended(self, event: Event) -> None:
        self.finished = event["iteration"] if self.in_flight == 1 else self.finished + 1
        if self.finished >= self.iterations:
            self.do("training the best networks again")

    def _take_finalist(self, event: Event) -> None:
        self.do("training the best networks again")


def _epoch(event: Event) -> str:
    return f"training, epoch {event['epoch']}, step {event['step']}/{event['steps']}"


def no_answer(event: Event) -> str:
    """Return that a server is away, why, and when it is asked again."""
    return (
        f"no answer from the model server ({one_line(event['why'])}): again in "
        f"{event['seconds']:g} s, {event['retry']} of {event['retries']}"
    )


def row(event: Event, iterations: int) -> tuple[str, str, str, str, str, str]:
    """Return an outcome as cells: number, outcome, accuracy, best, seconds, what.

    Args:
        event: An event `outcome`.
        iterations: Iterations of the search in all.
    """
    width = len(str(iterations))
    best = event["best_accuracy"]
    return (
        f"{event['iteration']:>{width}}/{iterations}",
        event["outcome"],
        score(event["accuracy"]),
        "-" if best is None else f"{score(best)}@{event['best_iteration']}",
        f"{event['seconds']:.1f} s",
        _what(event),
    )


def _costs(event: Event) -> Iterator[str]:
    """Yield what a network costs: its parameters, and what is an objective besides."""
    if event["parameters"]:
        yield f"{event['parameters']:,} parameters"
    for name, value in event.get("costs", {}).items():
        if value is not None and name != "parameters":
            yield f"{name} {value:,.0f}" if name == "macs" else f"{name} {value:.4g}"


def _what(event: Event) -> str:
    if event["reused_from"]:
        return f"trained in {event['reused_from']}"
    if event["outcome"] == "ok":
        return ", ".join(_costs(event))
    if event["same_as"]:
        return f"same network as {event['same_as']}"
    return one_line(event["message"])
