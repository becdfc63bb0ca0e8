"""Export a network: program, weights, settings and scores, ready to use elsewhere."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from langgraph_nas.archive import Archive, TrialRow
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import SandboxError, SearchStopped, UsageError
from langgraph_nas.evaluation import Sandboxed, Trained
from langgraph_nas.programs import with_imports
from langgraph_nas.runs.export_files import as_safetensors, texts_of, write_files
from langgraph_nas.runs.finals import Finals
from langgraph_nas.runs.importable import importable
from langgraph_nas.sandbox.base import OnEvent, Sandbox
from langgraph_nas.session import (
    AnyPath,
    OnProgress,
    archive_path,
    is_other_data,
    open_config_sandbox,
    prepare_data,
)


@dataclass(frozen=True)
class ExportResult:
    """What was exported."""

    folder: str
    files: tuple[str, ...]
    iteration: int
    accuracy: float | None
    """Of the exported weights, on `split`."""
    split: str
    test_accuracy: float | None
    problem: str | None = None
    """Why the weights and the program do not give this network again; None: they were loaded once
    in a sandbox, and the network scored the same."""
    needs_a_pass: bool = False
    """Whether the weights load after a first forward pass only."""
    data_changed: bool = False
    """Whether it was trained on other images than in the search, so that scores don't compare."""


@dataclass(frozen=True)
class _Check:
    """Whether exported weights can be loaded."""

    problem: str | None = None
    needs_a_pass: bool = False
    was_made: bool = True


SAME = 0.02
"""Difference of accuracy up to which a loaded network is the one that was trained: those trained
in low precision predict in full."""


def export(
    name: str,
    to: AnyPath,
    *,
    database: AnyPath | None = None,
    iteration: int | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    time_limit: float | None = None,
    sandbox: Sandbox | None = None,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    build_image: bool = True,
) -> ExportResult:
    """Train the best network (or that of `iteration`) once more and write it to a folder.

    The folder gets `network.py` (runs with torch alone; what only trains or prints is left out),
    `weights.safetensors` (a state dict), `settings.json` (the search's settings, classes, how an
    image file becomes an input), `predict.py` (classifies image files) and `scores.json`
    (accuracies of these very weights, scored on the host). The weights are loaded once, in a fresh
    sandbox, to see whether that works. Nothing that left the sandbox is unpickled: tensors cross as
    raw bytes and the host writes the file.

    Args:
        name: The search.
        to: A new or empty folder.
        database: The archive's file.
        iteration: The trial; default: the best.
        epochs: For how many it is trained; default: as many as in the search.
        seed: Of the training; default: the search's.
        time_limit: Wall seconds that it may take; default: the search's.
        sandbox: A sandbox in place of that of the settings; stays open.
        on_event: Told of stages and epochs.
        on_progress: Told what is being set up.
        stop: Set it from another thread to kill the training.
        build_image: Build the Docker image where it is missing.

    Raises:
        UsageError: No such search or trial, a folder that is not empty, or it did not train.
        StorageError: The folder can't be written.
        SandboxError: The sandbox itself failed.
        SearchStopped: `stop` was set.
    """
    tell = on_progress or (lambda line: None)
    to = Path(to)
    refuse_full(to)
    with Archive.open(archive_path(database), readonly=True) as archive:
        search = archive.search(name)
        config = SearchConfig.model_validate(search["settings"])
        trial = _trial(archive, name, iteration)
    config = _with_changes(config, epochs=epochs, time_limit=time_limit)
    program = str(trial["program"])
    with ExitStack() as stack:
        data = prepare_data(config, tell)
        place = sandbox or open_config_sandbox(stack, config, build_image, tell)
        evaluator = Sandboxed(place, data, config)
        trained = evaluator.train(
            program,
            splits=list(data.inputs),
            seed=seed,
            send_weights=True,
            on_event=on_event,
            cancel=stop,
        )
        _refuse_untrained(trial, trained, stop)
        weights = as_safetensors(trained.run.weights or {})
        tell("loading the weights in a fresh sandbox")
        network, check = _usable(importable(with_imports(program)), evaluator, trained, stop)
    _refuse_stopped(stop)
    changed = is_other_data(search, data)
    texts = texts_of(network, trial, evaluator, trained, asdict(check), is_same_data=not changed)
    return ExportResult(
        folder=str(to),
        files=write_files(to, texts, weights),
        iteration=trial["iteration"],
        accuracy=trained.accuracies.get(data.scored_split),
        split=data.scored_split,
        test_accuracy=trained.accuracies.get("test"),
        problem=check.problem,
        needs_a_pass=check.needs_a_pass,
        data_changed=changed,
    )


def _usable(
    forms: Sequence[str], evaluator: Sandboxed, trained: Trained, stop: threading.Event | None
) -> tuple[str, _Check]:
    """Return the first form of a program that gives the trained network, else the last."""
    for form in forms:
        check = _check(evaluator, form, trained, stop)
        if check.problem is None or not check.was_made:
            break
    return form, check


def _check(
    evaluator: Sandboxed, network: str, trained: Trained, stop: threading.Event | None
) -> _Check:
    """Load the weights in a fresh sandbox, the second time after a first forward pass."""
    problems = []
    for needs_a_pass in (False, True):
        try:
            loaded = evaluator.load(
                network,
                trained.run.weights or {},
                splits=list(trained.accuracies),
                after_a_pass=needs_a_pass,
                cancel=stop,
            )
        except SandboxError as error:
            return _Check(f"it was not checked, as {error}", was_made=False)
        if loaded.run.outcome == "ok":
            return _Check(_difference(trained, loaded), needs_a_pass)
        problems.append(f"{loaded.run.outcome}: {' '.join(loaded.run.message.split())}")
        if loaded.run.outcome != "build_error":
            break  # a pass makes layers, but neither time nor memory
    return _Check(f"the weights do not load into a new Net() ({problems[0]})")


def _difference(trained: Trained, loaded: Trained) -> str | None:
    """Return in words how much worse or better the loaded network is, None if it is the same."""
    for split, accuracy in trained.accuracies.items():
        found = loaded.accuracies[split]
        if abs(found - accuracy) > SAME:
            return (
                f"the weights load, but the network then scores {found:.3f} on {split} where it "
                f"scored {accuracy:.3f} when it was trained: it keeps something outside its state "
                "dict, or Net() is another network each time"
            )
    return None


def _with_changes(config: SearchConfig, **changes: float | None) -> SearchConfig:
    """Return the settings with what is not None in place of their own."""
    given = {name: value for name, value in changes.items() if value is not None}
    return config.model_copy(update=given)


def export_finalist(
    finals: Finals,
    to: AnyPath,
    *,
    sandbox: Sandbox | None = None,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    build_image: bool = True,
) -> ExportResult:
    """Write the network that `finalize` ranked first to a folder, as `export` does.

    Its first training is done once more, for the weights: on a CPU they are the ones that were
    scored.

    Args:
        finals: What `finalize` returned.
        to: A new or empty folder.
        sandbox: As in `export`.
        on_event: As in `export`.
        on_progress: As in `export`.
        stop: As in `export`.
        build_image: As in `export`.

    Raises:
        UsageError: None was ranked, or as `export`.
        StorageError: As `export`.
        SandboxError: As `export`.
        SearchStopped: As `export`.
    """
    if finals.first is None:
        raise UsageError("no network trained at each seed, so there is none to export")
    return export(
        finals.name,
        to,
        database=Path(finals.database),
        iteration=finals.first.iteration,
        epochs=finals.epochs,
        seed=finals.first.seeds[0],
        time_limit=finals.time_limit,
        sandbox=sandbox,
        on_event=on_event,
        on_progress=on_progress,
        stop=stop,
        build_image=build_image,
    )


def refuse_full(to: AnyPath) -> None:
    """Make sure that a folder is new or empty.

    Raises:
        UsageError: It is neither.
    """
    to = Path(to)
    try:
        is_full = to.exists() and (not to.is_dir() or any(to.iterdir()))
    except OSError as error:
        raise UsageError(f"{to} can't be used ({error.strerror}): give another folder") from error
    if is_full:
        raise UsageError(f"{to} is there already: give a new or empty folder")


def _refuse_stopped(stop: threading.Event | None) -> None:
    if stop is not None and stop.is_set():
        raise SearchStopped("stopped; nothing was exported: the same command begins again")


def _refuse_untrained(trial: TrialRow, trained: Trained, stop: threading.Event | None) -> None:
    _refuse_stopped(stop)
    if trained.run.outcome != "ok" or trained.run.weights is None:
        raise UsageError(
            f"trial {trial['iteration']} did not train this time "
            f"({trained.run.outcome}): {trained.run.message}"
        )


def _trial(archive: Archive, name: str, iteration: int | None) -> TrialRow:
    if iteration is None:
        best = archive.best_trial(name)
        if best is None:
            raise UsageError(f"no network of search {name!r} has trained yet")
        return best
    trial = archive.trial(name, iteration)
    if trial["program"] is None:
        raise UsageError(f"trial {iteration} of search {name!r} has no program")
    return trial
