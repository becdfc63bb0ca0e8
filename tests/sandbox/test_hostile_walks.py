"""The hostile programs that look at all files find what they look for, however large the image."""

import os
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile.prying import MOUNTS

M = 400


@pytest.fixture
def labels() -> np.ndarray[Any, Any]:
    return np.random.default_rng(43).integers(0, 4, M)


def look(top: Path, inputs: Path, labels: np.ndarray[Any, Any]) -> Any:
    """What the program that looks for labels finds below `top`."""
    program = MOUNTS
    known = {"TOP": top, "INPUTS": inputs, "M": M, "HEAD": labels[:24].tolist()}
    for name, value in known.items():
        program = program.replace(f"@{name}@", str(value))
    namespace: dict[str, Any] = {"torch": types.SimpleNamespace(__path__=[])}
    exec(program, namespace)
    return namespace["FOUND"]


def changed_after(first: Path, second: Path) -> bool:
    return second.stat().st_ctime > first.stat().st_ctime


def test_only_what_is_as_new_as_the_data_is_read(
    tmp_path: Path, labels: np.ndarray[Any, Any]
) -> None:
    top, old, inputs = tmp_path / "top", tmp_path / "top" / "old", tmp_path / "x.npy"
    top.mkdir()
    old.write_bytes(labels.astype("<i4").tobytes())  # as large as an image may be
    while not inputs.exists() or not changed_after(old, inputs):
        inputs.write_bytes(os.urandom(8))
    assert look(top, inputs, labels) is None
    (top / "new").write_bytes(labels.astype("<i8").tobytes())
    assert look(top, inputs, labels).tolist() == labels.tolist()


def test_a_date_of_its_own_does_not_hide_a_file(
    tmp_path: Path, labels: np.ndarray[Any, Any]
) -> None:
    top, inputs = tmp_path / "top", tmp_path / "x.npy"
    inputs.write_bytes(b"x")
    top.mkdir()
    (top / "dated").write_text(",".join(map(str, labels)))
    os.utime(top / "dated", (1, 1))
    assert look(top, inputs, labels) == labels.tolist()
