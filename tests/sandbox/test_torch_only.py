"""What of the environment is mounted into bubblewrap: torch and its needs, nothing else."""

import sys
from pathlib import Path

from langgraph_nas.sandbox.torch_only import interpreter_folders, torch_only


def test_torch_comes_with_what_it_requires() -> None:
    names = torch_only().keys()
    assert {"torch", "numpy", "sympy", "mpmath", "typing_extensions.py"} <= names


def test_packages_that_hold_labels_or_are_ours_stay_out() -> None:
    names = {name.lower().replace("-", "_") for name in torch_only()}
    for package in ("sklearn", "scipy", "torchvision", "langgraph", "langgraph_nas", "pip", "PIL"):
        assert not any(name == package or name.startswith(f"{package}_") for name in names)


def test_all_of_it_lies_in_site_packages() -> None:
    assert all(".." not in path.parts and path.exists() for path in torch_only().values())


def test_the_interpreter_s_own_site_packages_are_hidden() -> None:
    _, folders, hidden = interpreter_folders()
    assert folders
    for prefix in {sys.base_prefix, sys.prefix}:
        for folder in Path(prefix).glob("lib/python3*/*-packages"):
            inside = any(folder.is_relative_to(mounted) for mounted in folders)
            assert not inside or folder in hidden
