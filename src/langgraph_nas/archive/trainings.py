"""Table `trainings`: networks of a search that were trained again after it."""

from collections.abc import Mapping
from typing import cast

from langgraph_nas.archive.rows import TrainingRow
from langgraph_nas.archive.store import Store
from langgraph_nas.outcomes import Outcome


class Trainings(Store):
    """Queries and changes of the table `trainings`."""

    def record_training(
        self,
        search: str,
        iteration: int,
        epochs: int,
        seed: int,
        *,
        program_hash: str,
        outcome: Outcome,
        message: str,
        accuracies: Mapping[str, float],
        unscored: bytes | None,
        parameters: int | None,
        measures: Mapping[str, float],
        seconds: float,
        time_limit: float,
        isolation: str,
    ) -> None:
        """Record a training; the same network, epochs and seed again replaces its row.

        Args:
            search: The search.
            iteration: The trial whose network it was; 0: the reference network.
            epochs: For how many epochs it was trained.
            seed: Its seed.
            program_hash: Of the network, as of trials.
            outcome: How it ended.
            message: Why, if it failed.
            accuracies: Split -> accuracy in 0..1.
            unscored: Class ids of the test images, uint16, little-endian, that nobody compared
                with the labels yet.
            parameters: As claimed by its sandbox.
            measures: As claimed by its sandbox.
            seconds: By the host's clock.
            time_limit: Wall seconds that it could have taken.
            isolation: Of its sandbox.
        """
        row = {
            "search": search,
            "iteration": iteration,
            "epochs": epochs,
            "seed": seed,
            "program_hash": program_hash,
            "outcome": outcome,
            "message": message,
            "accuracies": dict(accuracies),
            "unscored": unscored,
            "parameters": parameters,
            "measures": dict(measures),
            "seconds": seconds,
            "time_limit": time_limit,
            "isolation": isolation,
        }
        self._put("trainings", row)

    def record_test_accuracy(
        self, search: str, iteration: int, epochs: int, seed: int, accuracies: Mapping[str, float]
    ) -> None:
        """Replace the accuracies of a training by ones that have test among them.

        Raises:
            sqlite_utils.db.NotFoundError: It was never recorded.
        """
        key = (search, iteration, epochs, seed)
        self._update("trainings", key, {"accuracies": dict(accuracies)})

    def trainings(self, search: str) -> list[TrainingRow]:
        """Return all trainings after a search, the reference network's first."""
        where = "WHERE search = :search ORDER BY iteration, epochs, created"
        return cast(list[TrainingRow], self._rows("trainings", where, {"search": search}))
