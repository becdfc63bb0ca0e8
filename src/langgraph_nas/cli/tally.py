"""Trainings after a search as their events tell of them: how far they are, and for how long yet."""

import time
from dataclasses import dataclass, field
from typing import Any

from langgraph_nas.report.text import counted, duration, score


@dataclass
class Tally:
    """What is known of a number of trainings that are run one after the other."""

    trainings: int
    epochs: int
    """Of all of them."""
    split: str
    """What they are scored on."""
    begun: float = field(default_factory=time.monotonic)
    done: int = 0
    epochs_done: int = 0
    running: str = ""
    within: float = 0.0
    """Epochs of the running one that are over."""

    def start(self, event: dict[str, Any]) -> None:
        """Take `training_started` into account."""
        self.running = name_of(event)
        self.within = 0.0

    def step(self, event: dict[str, Any]) -> None:
        """Take `epoch` into account."""
        self.within = event["epoch"] - 1 + event["step"] / event["steps"]

    def end(self, event: dict[str, Any]) -> None:
        """Take `training_ended` into account."""
        self.done += 1
        self.epochs_done += event["epochs"]
        self.running, self.within = "", 0.0

    def progress(self) -> float:
        """Return the epochs that are over, with a fraction of the running one."""
        return self.epochs_done + self.within

    def figures(self) -> str:
        """Return how far it is, e.g. `3/9 trainings  2 min 5 s, about 4 min left`."""
        spent = time.monotonic() - self.begun
        text = f"{self.done}/{self.trainings} trainings  {duration(spent)}"
        if self.done and self.progress() < self.epochs:
            left = spent / self.progress() * (self.epochs - self.progress())
            text += f", about {duration(left)} left"
        return text


def name_of(event: dict[str, Any]) -> str:
    """Return which training it is, e.g. `iteration 23, 50 epochs, seed 2`."""
    return f"{event['label']}, {counted(event['epochs'], 'epoch')}, seed {event['run']}"


def planned_line(event: dict[str, Any]) -> str:
    """Return what `trainings_planned` says, as a line that stays."""
    text = f"{counted(event['trainings'], 'training')}, {counted(event['epochs'], 'epoch')} in all"
    return text + (f"; {event['booked']:,} more are done already" if event["booked"] else "")


def ended_line(event: dict[str, Any], split: str) -> str:
    """Return what `training_ended` says, as a line that stays."""
    width = len(str(event["of"]))
    what = f"{split} {score(event['accuracy'])}" if event["outcome"] == "ok" else event["outcome"]
    return (
        f"  {event['number']:>{width}}/{event['of']}  {name_of(event)}: {what}, "
        f"{duration(event['seconds'])}"
    )
