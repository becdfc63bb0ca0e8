"""The installed files of torch and its layers of vision, and no others: bubblewrap's site-packages.

Never the whole environment: scikit-learn's wheel, for one, holds the labels of the digits.
"""

import importlib.metadata
import sys
import sysconfig
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path

from langgraph_nas.sandbox.driver import driver_folders

ROOTS = ("torch", "numpy")
VISION = "torchvision"
"""Programs import its layers; of its data sets it brings the code only."""


def torch_only() -> dict[str, Path]:
    """Return name -> path of each top-level file or folder that torch and its requirements own.

    Follows the installed packages' own requirements, with their markers and extras.
    """
    found: dict[str, Path] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    roots = (*ROOTS, VISION) if fits_torch(VISION) else ROOTS
    wanted: list[tuple[str, frozenset[str]]] = [(name, frozenset()) for name in roots]
    while wanted:
        name, extras = wanted.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            package = importlib.metadata.distribution(name)
        except PackageNotFoundError:
            continue  # Not needed for `import torch`, or torch would not work here either.
        found.update(top_level(package))
        wanted += requirements(package, extras)
    return found


def fits_torch(name: str) -> bool:
    """Tell whether a package is there and was built for the torch that is there.

    One that was not can't be imported.
    """
    from packaging.requirements import Requirement

    try:
        package, torch = map(importlib.metadata.distribution, (name, "torch"))
    except PackageNotFoundError:
        return False
    wanted = [each for each in map(Requirement, package.requires or []) if each.name == "torch"]
    return all(each.specifier.contains(torch.version, prereleases=True) for each in wanted)


def requirements(package: Distribution, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """Return (name, extras) of each package that one requires here when asked for `extras`."""
    from packaging.requirements import Requirement

    needed = []
    for text in package.requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        applies = marker is None or any(
            marker.evaluate({"extra": extra}) for extra in ("", *sorted(extras))
        )
        if applies:
            needed.append((requirement.name, frozenset(requirement.extras)))
    return needed


def top_level(package: Distribution) -> dict[str, Path]:
    """Return name -> path of the top-level files and folders of a package."""
    site = Path(str(package.locate_file("")))
    names = {file.parts[0] for file in package.files or () if file.parts}
    if not names:  # Installed by a system's package manager, without a list of files.
        listed = package.read_text("top_level.txt") or package.metadata["Name"].replace("-", "_")
        names = set(listed.split())
    paths = {name: site / name for name in names if name not in ("..", "/", "__pycache__")}
    return {name: path for name, path in paths.items() if path.exists()}


def interpreter_folders() -> tuple[Path, set[Path], set[Path]]:
    """Return the Python executable, the folders it needs, and those in them to be hidden."""
    executable = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    needed = {Path(sysconfig.get_path(name, vars=base)) for name in ("stdlib", "platstdlib")}
    for prefix in {Path(sys.base_prefix), Path(sys.base_prefix).resolve()} - {Path("/usr")}:
        needed.add(prefix / "lib")
    needed = {folder for folder in needed if folder.is_dir()}
    pythons = needed | {python for folder in needed for python in folder.glob("python3*")}
    hidden = {
        python / name
        for python in pythons
        for name in ("site-packages", "dist-packages")
        if (python / name).is_dir()
    }
    return executable, needed, hidden


def system_libraries(device: str) -> list[Path]:
    """Return the folders and files by which programs find the system's shared libraries."""
    triplet = sysconfig.get_config_var("MULTIARCH") or ""
    multiarch = [Path("/lib") / triplet, Path("/usr/lib") / triplet]
    if not triplet or not any(folder.is_dir() for folder in multiarch):
        multiarch = [Path("/lib"), Path("/usr/lib")]
    others = ["/lib64", "/usr/lib64", "/nix/store", "/etc/ld.so.cache"]
    found = [path for path in [*multiarch, *map(Path, others)] if path.exists()]
    if device == "cuda":
        found += [path for path in driver_paths() if not any(map(path.is_relative_to, found))]
    return found


def driver_paths() -> list[Path]:
    """Return the folders of an NVIDIA driver's libraries, and those to which their files lead."""
    folders = driver_folders()
    real = [
        library.resolve().parent
        for folder in folders
        for name in ("libcuda*.so*", "libnvidia*.so*")
        for library in folder.glob(name)
    ]
    if (wsl := Path("/usr/lib/wsl")).exists():  # whose libraries load others of its drivers/
        folders = [wsl, *folders]
    return list(dict.fromkeys([*folders, *real]))
