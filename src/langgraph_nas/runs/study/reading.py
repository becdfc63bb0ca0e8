"""Read a comparison from the archive: each search, and what they are together."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from statistics import fmean

from langgraph_nas.archive import Archive
from langgraph_nas.archive.rows import TrialRow
from langgraph_nas.objectives import ACCURACY
from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.runs.study.arms import ARMS, BASELINE, HAND_WRITTEN, PlannedSearch
from langgraph_nas.runs.study.course import read_search_statistics
from langgraph_nas.runs.study.result import Study, StudyRow, StudyRun
from langgraph_nas.statistics.paired import (
    PairedDifference,
    bootstrap_interval,
    holm,
    paired_difference,
)

_TRAINS = ("train", "predict", "score")
"""Stages of which a trial or try that failed there had begun to train."""


def is_finished(name: str, archive: Archive) -> bool:
    """Tell whether a search of a comparison needs nothing more."""
    return archive.search(name)["status"] == "finished"


def read_study(name: str, tasks: Sequence[PlannedSearch], archive: Archive) -> Study:
    """Return the comparison of these searches, as far as they are through."""
    known = set(archive.names())
    done = [task for task in tasks if task.name in known and is_finished(task.name, archive)]
    runs = [read_run(task, archive) for task in done]
    facts = archive.search(done[0].name)["facts"] if done else {}
    arms = [arm for arm in dict.fromkeys(task.arm for task in tasks) if arm != HAND_WRITTEN]
    config = tasks[0].config
    study = Study(
        name=name,
        dataset=config.dataset,
        split=str(facts.get("scored_split", "validation")),
        iterations=config.iterations,
        baseline=BASELINE if BASELINE in arms else arms[0],
        finished=len(done),
        of=len(tasks),
        isolation=str(facts.get("isolation", "")),
        rows=[],
        runs=runs,
    )
    rows = [_row(arm, study) for arm in (*arms, HAND_WRITTEN) if study.of_arm(arm)]
    return replace(study, rows=_corrected(rows))


def read_run(task: PlannedSearch, archive: Archive) -> StudyRun:
    """Return what one search found."""
    trials, counts = archive.trials(task.name), archive.counts(task.name)
    row = archive.search(task.name)
    best = archive.best_trial(task.name)
    again = {found["iteration"]: found["accuracies"] for found in archive.finalists(task.name)}
    scores = again.get(best["iteration"], {}) if best else {}
    calls = archive.calls(task.name)
    return StudyRun(
        arm=task.arm,
        seed=task.seed,
        name=task.name,
        score=scores.get(str(row["facts"]["scored_split"]), 0.0),
        test=scores.get("test", 0.0),
        best=best["accuracy"] if best else None,
        valid_rate=counts["valid"] / max(1, counts["iterations"]),
        distinct=counts["distinct_valid"],
        trainings=sum(map(trainings_in, trials)),
        seconds=row["seconds"],
        tokens=sum((c["prompt_tokens"] or 0) + (c["reply_tokens"] or 0) for c in calls),
        curve=best_so_far(trials),
        course=read_search_statistics(task.name, archive),
    )


def trainings_in(trial: TrialRow) -> int:
    """Return how often a trial trained: once, again to confirm it, and once a try to mend it."""
    if not OUTCOMES[trial["outcome"]].is_run or trial["reused_from"]:
        own = 0
    else:
        failed = trial["outcome"] != "ok" and trial["stage"] in _TRAINS
        own = len(trial["scores"]) + failed
    return own + sum(repair["stage"] in _TRAINS for repair in trial["repairs"] or [])


def best_so_far(trials: Sequence[TrialRow]) -> list[float | None]:
    """Return the best accuracy of a search after each of its trainings.

    What a trial scored counts from its last training on.
    """
    curve: list[float | None] = []
    best: float | None = None
    for trial in trials:
        n = trainings_in(trial)
        curve += [best] * (n - 1)
        if ACCURACY.beats(accuracy := ACCURACY.of(trial), best):
            best = accuracy
        curve += [best] * min(n, 1)
    return curve


def _row(arm: str, study: Study) -> StudyRow:
    runs = study.of_arm(arm)
    scores = [run.score for run in runs]
    low, high = bootstrap_interval(scores) or (None, None)
    bests = [run.best for run in runs if run.best is not None]
    excess = [run.best - run.score for run in runs if run.best is not None and run.score > 0]
    return StudyRow(
        arm=arm,
        what=ARMS[arm].what if arm in ARMS else "a hand-written ResNet-9, same recipe",
        seeds=len(runs),
        score=fmean(scores),
        score_low=low,
        score_high=high,
        test=fmean(run.test for run in runs),
        best=fmean(bests) if bests else None,
        excess=fmean(excess) if excess else None,
        valid_rate=fmean(run.valid_rate for run in runs),
        distinct=fmean(run.distinct for run in runs),
        trainings=fmean(run.trainings for run in runs),
        seconds=fmean(run.seconds for run in runs),
        tokens=fmean(run.tokens for run in runs),
        nothing=sum(run.score == 0 for run in runs),
        course=reduce(add, (run.course for run in runs)),
        difference=_difference("score", arm, study),
        test_difference=_difference("test", arm, study),
        p_holm=None,
    )


def _difference(of: str, arm: str, study: Study) -> PairedDifference | None:
    ours = {run.seed: getattr(run, of) for run in study.of_arm(arm)}
    theirs = {run.seed: getattr(run, of) for run in study.of_arm(study.baseline)}
    seeds = sorted(ours.keys() & theirs.keys())
    if arm == study.baseline or not seeds:
        return None
    return paired_difference([ours[seed] for seed in seeds], [theirs[seed] for seed in seeds])


def _corrected(rows: Sequence[StudyRow]) -> list[StudyRow]:
    """Return the rows with p-values that may be read together."""
    compared = [row.arm for row in rows if row.difference is not None]
    p_values = holm([row.difference.p for row in rows if row.difference is not None])
    by_arm = dict(zip(compared, p_values, strict=True))
    return [replace(row, p_holm=by_arm.get(row.arm)) for row in rows]
