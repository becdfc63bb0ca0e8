"""Was the search worth it? Its best networks trained for real, beside a hand-written ResNet-9."""

import statistics
import threading
from collections.abc import Sequence
from pathlib import Path

from langgraph_nas.archive import Archive, TrainingRow
from langgraph_nas.errors import UsageError
from langgraph_nas.programs.resnet9 import resnet9
from langgraph_nas.runs.announcing import OnEvent
from langgraph_nas.runs.finals import Final, Finals
from langgraph_nas.runs.retraining import (
    REFERENCE,
    Network,
    Retraining,
    Training,
    open_retraining,
    trainings_of,
)
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.session import (
    AnyPath,
    OnProgress,
    archive_path,
)
from langgraph_nas.statistics.welch import MeanDifference, welch


def finalize(
    name: str,
    *,
    top: int = 5,
    epochs: int = 50,
    seeds: int = 3,
    time_limit: float | None = None,
    database: AnyPath | None = None,
    sandbox: Sandbox | None = None,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    build_image: bool = True,
) -> Finals:
    """Train the best networks of a search for real and compare the best with a ResNet-9.

    All train by the search's own recipe, but for the number of epochs. The mean accuracy on
    validation ranks; test is scored for the first and for the reference alone (in protocol
    `paper` test is all there is). What is trained is recorded and never trained again.

    Args:
        name: The search.
        top: Of its networks, by their score in the search.
        epochs: For how many epochs each is trained.
        seeds: How often each is trained.
        time_limit: Wall seconds of one training; default: the search's, for each time its epochs.
        database: The archive's file.
        sandbox: A sandbox in place of that of the settings; stays open.
        on_event: Told of `trainings_planned`, `training_started`, `training_ended`, and of the
            stages and epochs between them.
        on_progress: Told what is being set up.
        stop: Set it from another thread to end it; the same call goes on.
        build_image: Build the Docker image where it is missing.

    Raises:
        UsageError: There is no such search, none of its networks trained, its data changed, or a
            number is too low.
        SandboxError: The sandbox itself failed; what is trained is kept.
        SearchStopped: `stop` was set; what is trained is kept.
    """
    path = archive_path(database)
    _refuse(top, epochs, seeds, time_limit)
    trials = _top(name, path, top)
    with open_retraining(
        name,
        path,
        time_limit=time_limit,
        sandbox=sandbox,
        on_event=on_event,
        on_progress=on_progress,
        stop=stop,
        build_image=build_image,
    ) as retraining:
        info = retraining.data.info
        networks = [Network(iteration, program) for iteration, program, _ in trials]
        networks.append(Network(REFERENCE, resnet9(info.shape, len(info.classes))))
        wanted = trainings_of(networks, epochs, seeds, retraining.config)
        retraining.run(wanted, keep_test=True)
        return _finals(retraining, trials, wanted, epochs, seeds)


def _refuse(top: int, epochs: int, seeds: int, time_limit: float | None) -> None:
    for what, number in (("network", top), ("epoch", epochs), ("seed", seeds)):
        if number < 1:
            raise UsageError(f"there is nothing to train: give 1 {what} or more, not {number}")
    if time_limit is not None and time_limit <= 0:
        raise UsageError(f"no training ends within {time_limit} s: give a longer time limit")


def _top(name: str, path: Path, top: int) -> list[tuple[int, str, float | None]]:
    """Return iteration, program and score of the best networks."""
    with Archive.open(path, readonly=True) as archive:
        archive.search(name)
        trials = archive.top_trials(name, top)
    if not trials:
        raise UsageError(f"no network of search {name!r} has trained yet")
    return [(trial["iteration"], str(trial["program"]), trial["accuracy"]) for trial in trials]


def _finals(
    retraining: Retraining,
    trials: Sequence[tuple[int, str, float | None]],
    wanted: Sequence[Training],
    epochs: int,
    seeds: int,
) -> Finals:
    by_network: dict[int, list[Training]] = {}
    for training in wanted:
        by_network.setdefault(training.network.iteration, []).append(training)
    split = retraining.data.scored_split

    def final(iteration: int, **known: float | int | None) -> Final:
        rows = [retraining.rows[training.key] for training in by_network[iteration]]
        return _final(iteration, rows, split, **known)

    means = {iteration: final(iteration).mean for iteration, _, _ in trials}
    # Of equal means, the one that the search ranked higher; the failed ones are last.
    order = sorted(means, key=lambda iteration: -(means[iteration] or -1.0))
    for training in [*by_network[order[0]], *by_network[REFERENCE]]:
        if means[order[0]] is not None:
            retraining.score_test(training)
    scores = {iteration: score for iteration, _, score in trials}
    places = {iteration: place for place, iteration in enumerate(scores, start=1)}
    networks = [
        final(
            iteration,
            rank=None if means[iteration] is None else rank,
            search_rank=places[iteration],
            search_accuracy=scores[iteration],
        )
        for rank, iteration in enumerate(order, start=1)
    ]
    networks.append(final(REFERENCE))
    return _compared(retraining, tuple(networks), epochs, seeds)


def _final(
    iteration: int,
    rows: Sequence[TrainingRow],
    split: str,
    *,
    rank: float | int | None = None,
    search_rank: float | int | None = None,
    search_accuracy: float | None = None,
) -> Final:
    good = [row["accuracies"] for row in rows if row["outcome"] == "ok"]
    scores = tuple(accuracies[split] for accuracies in good)
    whole = len(good) == len(rows)
    failed = next((row["message"] for row in rows if row["outcome"] != "ok"), "")
    return Final(
        label=Network(iteration, "").label,
        iteration=iteration or None,
        rank=None if rank is None else int(rank),
        search_rank=None if search_rank is None else int(search_rank),
        search_accuracy=search_accuracy,
        seeds=tuple(row["seed"] for row in rows),
        outcomes=tuple(row["outcome"] for row in rows),
        message=failed,
        scores=scores,
        # A network that fails every now and then is not as good as its good days.
        mean=statistics.fmean(scores) if whole else None,
        deviation=statistics.stdev(scores) if len(scores) > 1 else None,
        test=tuple(accuracies["test"] for accuracies in good if "test" in accuracies),
        parameters=next((row["parameters"] for row in rows if row["parameters"]), None),
        seconds=sum(row["seconds"] for row in rows),
    )


def _compared(
    retraining: Retraining, networks: tuple[Final, ...], epochs: int, seeds: int
) -> Finals:
    first, reference = networks[0], networks[-1]
    both = first.mean is not None and reference.mean is not None
    found = welch(first.test, reference.test) if both else None
    difference = statistics.fmean(first.test) - statistics.fmean(reference.test) if both else None
    return Finals(
        name=retraining.name,
        epochs=epochs,
        seeds=seeds,
        time_limit=retraining.limit_of(epochs),
        split=retraining.data.scored_split,
        networks=networks,
        difference=difference,
        interval=None if found is None else (found.low, found.high),
        n_test=len(retraining.data.labels["test"]),
        test_readings=_test_readings(retraining),
        verdict=_verdict(first, reference, difference, found),
        isolation=retraining.sandbox.isolation,
        database=str(retraining.archive.path),
    )


def _test_readings(retraining: Retraining) -> int:
    """Return how often test was scored; an export, which is not recorded, is not among them."""
    archive, name = retraining.archive, retraining.name
    again = [row["accuracies"] for row in retraining.rows.values()]
    ended = [row["accuracies"] for row in archive.finalists(name)]
    own = [row for row in archive.trials(name) if row["split"] == "test"]
    # One that is taken from another search was read for that one.
    searched = sum(len(row["scores"]) for row in own if not row["reused_from"])
    return searched + sum("test" in accuracies for accuracies in [*again, *ended])


def _verdict(
    first: Final, reference: Final, difference: float | None, found: MeanDifference | None
) -> str:
    if first.mean is None:
        return "none of the networks trained at each seed, so there is nothing to compare"
    if difference is None:
        return f"the ResNet-9 failed ({', '.join(set(reference.outcomes))}): nothing to compare"
    side = "above" if difference >= 0 else "below"
    what = (
        f"the network ranked first ({first.label}) is {abs(100 * difference):.1f} points {side} a "
        "hand-written ResNet-9 on test"
    )
    if found is None:
        return f"{what}; of one training each there is no interval: give --seeds 3"
    what += f" (95 % interval {100 * found.low:+.1f} to {100 * found.high:+.1f}): "
    if found.low > 0:
        what += "the search was worth it"
    elif found.high < 0:
        what += "unless its size matters, take the ResNet-9"
    else:
        what += "the seeds alone may make that difference"
    return what + _sizes(first, reference)


def _sizes(first: Final, reference: Final) -> str:
    if first.parameters is None or reference.parameters is None:
        return ""
    return f"; it has {first.parameters:,} parameters, the ResNet-9 {reference.parameters:,}"
