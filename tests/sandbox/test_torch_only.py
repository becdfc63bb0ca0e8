"""What of the environment is mounted into bubblewrap: torch and its needs, nothing else."""

import importlib.metadata
import sys
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from langgraph_nas.sandbox.torch_only import interpreter_folders, torch_only


def test_torch_comes_with_what_it_requires() -> None:
    names = torch_only().keys()
    assert {"torch", "numpy", "sympy", "mpmath", "typing_extensions.py"} <= names


def test_packages_that_hold_labels_or_are_ours_stay_out() -> None:
    names = {name.lower().replace("-", "_") for name in torch_only()}
    for package in ("sklearn", "scipy", "langgraph", "langgraph_nas", "pip", "pandas"):
        assert not any(name == package or name.startswith(f"{package}_") for name in names)


@pytest.mark.parametrize(("version", "comes"), [("2.14.1+cu130", True), ("2.13.0+cpu", False)])
def test_torchvision_comes_with_the_torch_it_was_built_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, comes: bool
) -> None:
    site = {"torch": version, "torchvision": "0.29.1", "numpy": "2.3.0"}
    for name, number in site.items():
        (tmp_path / name).mkdir()
        info = tmp_path / f"{name}-{number}.dist-info"
        info.mkdir()
        needs = "Requires-Dist: torch==2.14.1\n" if name == "torchvision" else ""
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n{needs}"
        )
        (info / "RECORD").write_text(f"{name}/__init__.py,,\n")
    monkeypatch.setattr(
        importlib.metadata,
        "distribution",
        lambda name: next(iter(Distribution.discover(name=name, path=[str(tmp_path)]))),
    )
    assert torch_only().keys() == site.keys() - (set() if comes else {"torchvision"})


def test_all_of_it_lies_in_site_packages() -> None:
    assert all(".." not in path.parts and path.exists() for path in torch_only().values())


def test_the_interpreter_s_own_site_packages_are_hidden() -> None:
    _, folders, hidden = interpreter_folders()
    assert folders
    for prefix in {sys.base_prefix, sys.prefix}:
        for folder in Path(prefix).glob("lib/python3*/*-packages"):
            inside = any(folder.is_relative_to(mounted) for mounted in folders)
            assert not inside or folder in hidden
