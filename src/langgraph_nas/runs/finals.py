"""The result of `finalize`: networks trained for real, and how the best compares."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Final:
    """A network trained for real, several times."""

    label: str
    iteration: int | None
    """None: the reference."""
    rank: int | None
    """Among the networks of the search, by `mean`; None if a training failed, or the reference."""
    search_rank: int | None
    search_accuracy: float | None
    """The score that the search had for it."""
    seeds: tuple[int, ...]
    """Of each training."""
    outcomes: tuple[str, ...]
    message: str
    """Why the first one that failed did."""
    scores: tuple[float, ...]
    """On the split that ranks, of each training that is ok."""
    mean: float | None
    deviation: float | None
    """Of the scores; None with less than two."""
    test: tuple[float, ...]
    """On test: of the network ranked first and of the reference only."""
    parameters: int | None
    seconds: float


@dataclass(frozen=True)
class Finals:
    """The end of a search: its best networks and the reference under one budget."""

    name: str
    epochs: int
    seeds: int
    time_limit: float
    split: str
    """The split that ranks."""
    networks: tuple[Final, ...]
    """Those of the search in their new order, then the reference."""
    difference: float | None
    """Mean of the first minus mean of the reference, on test, 0..1; None if one did not train."""
    interval: tuple[float, float] | None
    """95 % interval of it, by Welch; None with less than two trainings of either."""
    n_test: int
    test_readings: int
    """How often labels of test were looked at for this search, but for exports."""
    verdict: str
    """In words, whether the search was worth it."""
    isolation: str
    """Of the sandbox."""
    database: str

    @property
    def first(self) -> Final | None:
        """The network ranked first; None if none trained."""
        return next((one for one in self.networks if one.rank == 1), None)

    @property
    def reference(self) -> Final:
        """The hand-written ResNet-9."""
        return self.networks[-1]
