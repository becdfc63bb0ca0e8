"""Download the wheels of what this project requires, but for torch.

    python tools/wheels.py FOLDER [--python-version 3.12] [--there torch torchvision scipy]

For a machine that has torch and no network, on which `make gpu-check WHEELS=FOLDER` installs them.
The versions are those that are installed here.
"""

import argparse
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path

from langgraph_nas.sandbox.torch_only import requirements

PROJECT = "langgraph-nas"
PLATFORMS = (28, 27, 24, 17)
"""Of glibc 2.x, for x86-64."""


def closure(roots: list[tuple[str, frozenset[str]]], left_out: set[str]) -> dict[str, str]:
    """Return name -> installed version of all that `roots` (name, extras) require."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    wanted = list(roots)
    while wanted:
        each = wanted.pop()
        package = installed(each[0])
        if each in seen or package is None or package.metadata["Name"] in left_out:
            continue
        seen.add(each)
        found[package.metadata["Name"]] = package.version
        wanted += requirements(package, each[1])
    return found


def installed(name: str) -> Distribution | None:
    """Return a package, None if it is not installed: its marker is another machine's."""
    try:
        return importlib.metadata.distribution(name)
    except PackageNotFoundError:
        return None


def platforms() -> Iterator[str]:
    """Yield pip's options for wheels of the machine."""
    for glibc in PLATFORMS:
        yield from ("--platform", f"manylinux_2_{glibc}_x86_64")
    for old in ("manylinux2014", "manylinux1"):
        yield from ("--platform", f"{old}_x86_64")


def main() -> int:
    """Download them; return pip's exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python-version", default=".".join(map(str, sys.version_info[:2])))
    parser.add_argument(
        "--there",
        nargs="+",
        default=["torch", "torchvision"],
        help="what the machine has, with all that these require",
    )
    given = parser.parse_args()
    there = set(closure([(name, frozenset()) for name in given.there], set()))
    ours = requirements(importlib.metadata.distribution(PROJECT), frozenset())
    needed = closure(ours, there)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    pip += ["--dest", str(given.folder), "--python-version", given.python_version]
    pip += ["--implementation", "cp", *platforms()]
    done = subprocess.run([*pip, *(f"{name}=={version}" for name, version in needed.items())])
    print(f"{len(needed)} packages in {given.folder}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
