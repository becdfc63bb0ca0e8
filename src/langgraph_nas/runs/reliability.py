"""The reliability of a search's scores: a sample of its networks, trained many times."""

import math
import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from langgraph_nas.archive import Archive, TrialRow
from langgraph_nas.errors import UsageError
from langgraph_nas.runs.announcing import OnEvent
from langgraph_nas.runs.retraining import (
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
from langgraph_nas.statistics.proxy import Proxy, judge

ENOUGH = 30
"""Networks from which on the figures mean something."""
LEAST = 3
"""Networks below which there are none."""


@dataclass(frozen=True)
class Reliability:
    """What the scores of short trainings say about long ones, in one search."""

    name: str
    epochs: tuple[int, int]
    """Of a short and of a long training."""
    seeds: int
    split: str
    valid: int
    """Distinct networks of the search that trained."""
    networks: tuple[int, ...]
    """Iterations of those that were sampled, and trained each time."""
    left_out: dict[int, str]
    """Iterations that were sampled, but failed in a training, with its outcome."""
    proxy: Proxy
    warnings: tuple[str, ...]
    verdict: str
    """In words, how far a ranking of short trainings can be trusted."""
    isolation: str
    """Of the sandbox."""
    database: str


def reliability(
    name: str,
    *,
    trials: int = ENOUGH,
    epochs: tuple[int, int] | None = None,
    seeds: int = 3,
    time_limit: float | None = None,
    database: AnyPath | None = None,
    sandbox: Sandbox | None = None,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    build_image: bool = True,
) -> Reliability:
    """Measure how well the scores of a search tell what longer trainings would.

    A sample of its distinct networks, one of each quantile of their scores, is trained anew several
    times for few and for more epochs. Each training has a seed of its own and is recorded; none
    is done twice. Test is not looked at, but for protocol `paper`, where it is all there is.

    Args:
        name: The search.
        trials: Networks to sample.
        epochs: Of a short and of a long training; default: the search's, and five times as many.
        seeds: How often each network is trained for each number of epochs.
        time_limit: Wall seconds of one training; default: the search's, for each time its epochs.
        database: The archive's file.
        sandbox: A sandbox in place of that of the settings; stays open.
        on_event: As in `finalize`.
        on_progress: Told what is being set up.
        stop: Set it from another thread to end it; the same call goes on.
        build_image: Build the Docker image where it is missing.

    Raises:
        UsageError: There is no such search, too few of its networks trained, or its data changed.
        SandboxError: The sandbox itself failed; what is trained is kept.
        SearchStopped: `stop` was set; what is trained is kept.
    """
    path = archive_path(database)
    _refuse(trials, epochs, seeds)
    valid = _distinct(name, path)
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
        config = retraining.config
        short, long = epochs or (config.epochs, 5 * config.epochs)
        sample = stratified(valid, trials, config.seed)
        networks = [Network(row["iteration"], str(row["program"])) for row in sample]
        # One network after the other, so that the time it takes is soon known.
        wanted = [
            training
            for network in networks
            for count in (short, long)
            for training in trainings_of([network], count, seeds, config)
        ]
        retraining.run(wanted, keep_test=False)
        return _judged(retraining, wanted, (short, long), seeds, len(valid))


def stratified(rows: Sequence[TrialRow], size: int, seed: int) -> list[TrialRow]:
    """Return one trial of each of `size` quantiles of the score, worst first; of few, all.

    Args:
        rows: Trials with a score.
        size: How many to take.
        seed: Of the draw.
    """
    ranked = sorted(rows, key=lambda row: (row["accuracy"] or 0.0, row["iteration"]))
    if len(ranked) <= size:
        return ranked
    draw = random.Random(seed)
    bounds = [round(place * len(ranked) / size) for place in range(size + 1)]
    return [draw.choice(ranked[a:b]) for a, b in zip(bounds, bounds[1:], strict=False)]


def _refuse(trials: int, epochs: tuple[int, int] | None, seeds: int) -> None:
    if epochs is not None and not 1 <= epochs[0] < epochs[1]:
        raise UsageError("epochs are two whole numbers, the second the greater, e.g. 1,5")
    if seeds < 2:
        raise UsageError("noise can't be told from one training: give 2 seeds or more")
    if trials < LEAST:
        raise UsageError(f"give {LEAST} trials or more; {ENOUGH} are enough to say something")


def _distinct(name: str, path: Path) -> list[TrialRow]:
    """Return the distinct networks that trained: of equal graphs, the first."""
    with Archive.open(path, readonly=True) as archive:
        archive.search(name)
        rows = archive.trials(name)
    first: dict[str, TrialRow] = {}
    for row in rows:
        if row["outcome"] == "ok" and row["accuracy"] is not None and row["program"]:
            first.setdefault(row["graph_hash"] or row["program_hash"] or row["program"], row)
    if len(first) < LEAST:
        raise UsageError(
            f"only {len(first)} networks of search {name!r} trained, and {ENOUGH} are needed to "
            f"say something; go on with `langgraph-nas resume {name} --iterations ...`"
        )
    return list(first.values())


def _judged(
    retraining: Retraining,
    wanted: Sequence[Training],
    epochs: tuple[int, int],
    seeds: int,
    valid: int,
) -> Reliability:
    split = retraining.data.scored_split
    scores: dict[int, dict[int, list[float]]] = {}
    left_out: dict[int, str] = {}
    for training in wanted:
        iteration, row = training.network.iteration, retraining.rows[training.key]
        if row["outcome"] == "ok":
            lists = scores.setdefault(iteration, {})
            lists.setdefault(training.epochs, []).append(row["accuracies"][split])
        else:
            left_out.setdefault(iteration, row["outcome"])
    kept = [iteration for iteration in scores if iteration not in left_out]
    if len(kept) < LEAST:
        raise UsageError(
            f"only {len(kept)} of the sampled networks trained each time "
            f"({', '.join(sorted(set(left_out.values())))}); give more with --trials, or raise "
            "--time-limit"
        )
    short, long = ([scores[iteration][count] for iteration in kept] for count in epochs)
    proxy = judge(short, long, seed=retraining.config.seed)
    return Reliability(
        name=retraining.name,
        epochs=epochs,
        seeds=seeds,
        split=split,
        valid=valid,
        networks=tuple(kept),
        left_out=left_out,
        proxy=proxy,
        warnings=tuple(_warnings(len(kept), valid, left_out, proxy)),
        verdict=verdict(proxy, epochs),
        isolation=retraining.sandbox.isolation,
        database=str(retraining.archive.path),
    )


def _warnings(kept: int, valid: int, left_out: dict[int, str], proxy: Proxy) -> list[str]:
    found = []
    if kept < ENOUGH:
        found.append(
            f"only {kept} networks (of {valid} distinct ones of the search), where {ENOUGH} are "
            "needed: take the figures as a hint"
        )
    if left_out:
        outcomes = ", ".join(f"{n} {outcome}" for outcome, n in Counter(left_out.values()).items())
        found.append(f"{len(left_out)} networks failed in a training and are left out: {outcomes}")
    if proxy.top.networks < 10:
        found.append(
            f"the top decile is {proxy.top.networks} networks: its correlation is an anecdote"
        )
    return found


def verdict(proxy: Proxy, epochs: tuple[int, int]) -> str:
    """Return in words how far a ranking of short trainings can be trusted."""
    short, long = (f"{count}-epoch" for count in epochs)
    spearman, regret = proxy.one.agreement.spearman, proxy.regret
    if math.isnan(spearman):
        return f"all networks score the same, so a {short} ranking says nothing"
    words = next(text for least, text in _TRUST if spearman >= least)
    return (
        f"a {short} ranking {words} (Spearman {spearman:.2f} with the {long} ranking; noise alone "
        f"would allow {proxy.to_truth.spearman:.2f}): {_why(proxy)}. A difference of less than "
        f"{100 * proxy.short.to_tell_apart:.1f} points between two {short} scores may be luck. "
        f"The network that it picks is on average {100 * regret.mean:.1f} points below the best at "
        f"{epochs[1]} epochs (one taken at random: {100 * regret.random:.1f})"
    )


_TRUST = (
    (0.9, "can be trusted, close calls apart"),
    (0.7, "is a good guide, but not to the best network"),
    (0.4, "is a rough guide: it tells bad networks from good ones, not good ones from each other"),
    (-1.0, "can hardly be trusted"),
)
"""Spearman's correlation from which on it may be said."""


def _why(proxy: Proxy) -> str:
    """Return whether noise or the short training itself is what parts the two rankings."""
    noise = 1 - proxy.to_truth.spearman
    rest = proxy.to_truth.spearman - proxy.one.agreement.spearman
    if rest < 0.05:
        return "what is missing is noise, and more seeds would repair it"
    if rest > 2 * noise:
        return "it is less noise that parts them than what only more epochs show"
    return "both noise and what only more epochs show part them"
