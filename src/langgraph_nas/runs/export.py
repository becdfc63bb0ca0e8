"""Export a network: program, weights, settings and scores, ready to use elsewhere."""

import json
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from langgraph_nas.archive import Archive, TrialRow
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import SearchStopped, StorageError, UsageError
from langgraph_nas.evaluation import Evaluator, Trained
from langgraph_nas.programs import with_imports
from langgraph_nas.runs.finals import Finals
from langgraph_nas.sandbox.base import OnEvent, Sandbox
from langgraph_nas.workbench import (
    OnProgress,
    default_database,
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


def export(
    name: str,
    to: Path,
    *,
    database: Path | None = None,
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

    The folder gets `network.py` (runs with torch alone), `weights.safetensors` (a state dict),
    `settings.json` (the search's settings, input shape, classes, normalisation) and
    `scores.json` (accuracies of these very weights, scored on the host). Nothing that left the
    sandbox is unpickled: tensors cross as raw bytes and the host writes the file.

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
    refuse_full(to)
    with Archive.open(database or default_database(), readonly=True) as archive:
        config = SearchConfig.model_validate(archive.search(name)["settings"])
        trial = _trial(archive, name, iteration)
    config = _with_changes(config, epochs=epochs, time_limit=time_limit)
    program = str(trial["program"])
    with ExitStack() as stack:
        data = prepare_data(config, tell)
        place = sandbox or open_config_sandbox(stack, config, build_image, tell)
        evaluator = Evaluator(place, data, config)
        trained = evaluator.train(
            program,
            splits=list(data.inputs),
            seed=seed,
            send_weights=True,
            on_event=on_event,
            cancel=stop,
        )
    _refuse_untrained(trial, trained, stop)
    texts = {
        "network.py": with_imports(program),
        "settings.json": _json(_settings(name, trial, config, evaluator)),
        "scores.json": _json(_scores(trial, trained)),
    }
    files = _write(to, texts, trained)
    return ExportResult(
        folder=str(to),
        files=files,
        iteration=trial["iteration"],
        accuracy=trained.accuracies.get(data.scored_split),
        split=data.scored_split,
        test_accuracy=trained.accuracies.get("test"),
    )


def _with_changes(config: SearchConfig, **changes: float | None) -> SearchConfig:
    """Return the settings with what is not None in place of their own."""
    given = {name: value for name, value in changes.items() if value is not None}
    return config.model_copy(update=given)


def export_finalist(
    finals: Finals,
    to: Path,
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


def refuse_full(to: Path) -> None:
    """Make sure that a folder is new or empty.

    Raises:
        UsageError: It is neither.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} is there already: give a new or empty folder")


def _refuse_untrained(trial: TrialRow, trained: Trained, stop: threading.Event | None) -> None:
    if stop is not None and stop.is_set():
        raise SearchStopped("stopped; nothing was exported: the same command begins again")
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


def _settings(
    name: str, trial: TrialRow, config: SearchConfig, evaluator: Evaluator
) -> dict[str, Any]:
    info = evaluator.data.info
    return {
        "search": name,
        "iteration": trial["iteration"],
        "input_shape": list(info.shape),
        "classes": [str(label) for label in info.classes],
        "mean": list(info.mean),
        "std": list(info.std),
        "preprocessing": "(pixels / 255 - mean) / std, per channel",
        "settings": config.model_dump(),
    }


def _scores(trial: TrialRow, trained: Trained) -> dict[str, Any]:
    return {
        "search_accuracy": trial["accuracy"],
        "split": trial["split"],
        "exported": dict(trained.accuracies),
        "isolation": trained.run.isolation,
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"


def _write(to: Path, texts: dict[str, str], trained: Trained) -> tuple[str, ...]:
    weights = _as_safetensors(trained.run.weights or {})
    try:
        to.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (to / file).write_text(text, encoding="utf-8")
        (to / "weights.safetensors").write_bytes(weights)
    except OSError as error:
        raise StorageError(f"can't write the export to {to}: {error}") from error
    return (*texts, "weights.safetensors")


def _as_safetensors(weights: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
    """Return the content of a file of tensors.

    Raises:
        UsageError: One of them can't be kept in such a file.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save

    if "__metadata__" in weights:
        raise UsageError("a tensor of the network has a name that safetensors reserves")
    try:
        return save({key: array.copy(order="C") for key, array in weights.items()})
    except (SafetensorError, ValueError) as error:
        raise UsageError(f"the network's tensors don't fit a safetensors file: {error}") from error
