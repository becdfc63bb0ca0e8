"""The result of a comparison, in plain values."""

from dataclasses import dataclass

from langgraph_nas.runs.study.course import Course
from langgraph_nas.statistics.paired import PairedDifference


@dataclass(frozen=True)
class StudyRun:
    """One search of a comparison."""

    arm: str
    seed: int
    name: str
    """Of the search in the archive."""
    score: float
    """Accuracy on the split that steers of its best network, trained again with a new seed; 0 if
    there is none that trains again."""
    test: float
    """The same training's accuracy on test."""
    best: float | None
    """The search's own best, the highest of many: too good to be true."""
    valid_rate: float
    """Share of its trials that trained."""
    distinct: int
    """Different networks that trained."""
    trainings: int
    """Trainings in the search, those of confirmations and repairs included; not that of `score`."""
    seconds: float
    """Wall seconds of all of it."""
    tokens: int
    """Of prompts and replies."""
    curve: list[float | None]
    """The search's own best after each training; None before the first network that trains."""
    course: Course


@dataclass(frozen=True)
class StudyRow:
    """One arm: means over its seeds."""

    arm: str
    what: str
    seeds: int
    score: float
    score_low: float | None
    """Interval of the mean score by the bootstrap over the seeds, 95 %."""
    score_high: float | None
    test: float
    best: float | None
    excess: float | None
    """By how much the searches' own bests are above the scores, where both are."""
    valid_rate: float
    distinct: float
    trainings: float
    seconds: float
    tokens: float
    nothing: int
    """Searches without a network that trains again; their scores count as 0."""
    course: Course
    """Of all its searches together."""
    difference: PairedDifference | None
    """Of `score` to the baseline's, over the seeds that both have."""
    test_difference: PairedDifference | None
    """Of `test` likewise."""
    p_holm: float | None
    """`difference.p`, corrected for how many arms are compared (Holm)."""


@dataclass(frozen=True)
class Study:
    """A comparison as it stands."""

    name: str
    dataset: str
    split: str
    """The split that steers the searches, on which `score` is measured."""
    iterations: int
    """Of each search: the budget."""
    baseline: str
    """The arm that the others are compared with."""
    finished: int
    """Searches that are through."""
    of: int
    isolation: str
    rows: list[StudyRow]
    runs: list[StudyRun]
    """The finished searches."""

    @property
    def complete(self) -> bool:
        """Whether all searches are through."""
        return self.finished == self.of

    def of_arm(self, arm: str) -> list[StudyRun]:
        """Return the finished searches of an arm, by seed."""
        return sorted((run for run in self.runs if run.arm == arm), key=lambda run: run.seed)
