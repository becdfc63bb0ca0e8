"""The files of an export, and how they are written."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from langgraph_nas.archive import TrialRow
from langgraph_nas.datasets import PreparedData, Reading
from langgraph_nas.errors import StorageError, UsageError
from langgraph_nas.evaluation import Sandboxed, Trained


def texts_of(
    network: str,
    trial: TrialRow,
    evaluator: Sandboxed,
    trained: Trained,
    check: Mapping[str, Any],
    *,
    is_same_data: bool,
) -> dict[str, str]:
    """Return the texts of an export by the name of their file.

    Args:
        network: The program, with all its imports.
        trial: In which it was found.
        evaluator: Which has trained it.
        trained: What came out.
        check: `problem` and `needs_a_pass`, of loading the weights.
        is_same_data: Whether it was trained on the images of the search.
    """
    return {
        "network.py": network,
        "predict.py": (files("langgraph_nas.datasets") / "pixels.py").read_text(encoding="utf-8"),
        "settings.json": _json(_settings(trial, evaluator, check)),
        "scores.json": _json(_scores(trial, trained, check, is_same_data)),
    }


def write_files(to: Path, texts: Mapping[str, str], weights: bytes) -> tuple[str, ...]:
    """Write an export and return the names of its files.

    Raises:
        StorageError: The folder can't be written.
    """
    try:
        to.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (to / file).write_text(text, encoding="utf-8")
        (to / "weights.safetensors").write_bytes(weights)
    except OSError as error:
        raise StorageError(f"can't write the export to {to}: {error}") from error
    return (*texts, "weights.safetensors")


def as_safetensors(weights: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
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


def _settings(trial: TrialRow, evaluator: Sandboxed, check: Mapping[str, Any]) -> dict[str, Any]:
    info = evaluator.data.info
    return {
        "search": trial["search"],
        "iteration": trial["iteration"],
        "input_shape": list(info.shape),
        "classes": [str(label) for label in info.classes],
        "mean": list(info.mean),
        "std": list(info.std),
        "needs_a_pass": check["needs_a_pass"],
        "preprocessing": _preprocessing(evaluator.data),
        "settings": evaluator.config.model_dump(),
    }


def _preprocessing(data: PreparedData) -> dict[str, Any]:
    """Return all that is done to an image file before the network sees it, in order."""
    info = data.info
    channels, side, _ = info.shape
    reading = data.reading or Reading("RGB" if channels == 3 else "L", side)
    return {
        "done_by": "predict.py, which takes `reading`",
        "reading": asdict(reading),
        "frame": "the first",
        "turn": "upright, by the EXIF orientation",
        "transparent": "laid on white",
        "more_than_8_bits": f"(values - {reading.low:g}) / {reading.high - reading.low:g} * 255, "
        "clipped to 0..255 and rounded",
        "values_of_a_file": f"0 to {reading.maximum}: times 255 / {reading.maximum}, rounded; "
        "a file that holds more is taken to hold 0 to 255"
        if reading.maximum < 255
        else "0 to 255",
        "mode": f"{reading.mode} (Pillow)",
        "resize": {
            "short_side": side,
            "method": "bilinear (PIL.ImageOps.fit, Image.Resampling.BILINEAR)",
            "crop": "centre",
            "size": [side, side],
        },
        "scale": "pixels / 255",
        "mean": list(info.mean),
        "std": list(info.std),
        "formula": "(pixels / 255 - mean) / std, per channel",
        "layout": f"NCHW: [batch, {channels}, {side}, {side}]",
        "dtype": "float32",
        "classes": [str(label) for label in info.classes],
    }


def _scores(
    trial: TrialRow, trained: Trained, check: Mapping[str, Any], is_same_data: bool
) -> dict[str, Any]:
    return {
        "search_accuracy": trial["accuracy"],
        "split": trial["split"],
        "exported": dict(trained.accuracies),
        "same_data": is_same_data,
        "loads": check["problem"] is None,
        "problem": check["problem"],
        "isolation": trained.run.isolation,
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"
