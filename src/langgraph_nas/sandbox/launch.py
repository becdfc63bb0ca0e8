"""The start of every kind of sandbox: the same files, arguments and environment.

Labels of the scored splits can't enter: only the named `.npy` files are mounted, one by one,
never the folders they lie in.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from langgraph_nas.sandbox.base import Limits, Workload
from langgraph_nas.sandbox.machine import usable_cpus

HARNESS = Path(__file__).parent / "harness"
SPINS = "10000"
"""How often a thread of OpenMP looks for work before it sleeps. By default it does so for some
20 ms, which gains nothing alone, and makes all of them up to ten times slower where two candidates,
or one and an LLM, share the CPUs."""
INSIDE = "/nas"
"""Where harness and data are mounted."""


@dataclass(frozen=True)
class Launch:
    """How to start the harness for one workload."""

    binds: tuple[tuple[Path, str], ...]
    """(path on the host, path inside) of all that is mounted, read-only; one folder (the
    harness), else single files."""
    arguments: tuple[str, ...]
    """What follows the Python interpreter on the command line."""
    environment: dict[str, str]
    """The whole environment, nothing of the host's."""


def plan_launch(
    workload: Workload,
    limits: Limits,
    *,
    mounted: bool = True,
    rlimits: Mapping[str, int] | None = None,
    scratch: Sequence[str] = ("/tmp", "/dev/shm"),
) -> Launch:
    """Return what to mount and run; with `mounted` false, by the host's own paths.

    Args:
        workload: The data inside.
        limits: Bounds of the candidate.
        mounted: Whether the process sees the mounts, or the host's file system.
        rlimits: Names of `resource` -> limit, which the harness sets for good at its start.
        scratch: Writable folders that are the sandbox's own: what a look at a program leaves
            there is removed before the program is trained.
    """
    files = [(workload.train / "x.npy", "train/x.npy"), (workload.train / "y.npy", "train/y.npy")]
    inputs: dict[str, str] = {}
    for number, (split, folder) in enumerate(sorted(workload.inputs.items())):
        files.append((folder / "x.npy", f"inputs/{number}/x.npy"))
        inputs[split] = f"inputs/{number}/x.npy"
    binds = [(HARNESS, f"{INSIDE}/harness")]
    binds += [(path.absolute(), f"{INSIDE}/data/{inside}") for path, inside in files]
    if not mounted:
        binds = [(path, str(path)) for path, _ in binds]
    harness, x_train, y_train, *rest = [inside for _, inside in binds]
    setup = {
        "x_train": x_train,
        "y_train": y_train,
        "inputs": dict(zip(inputs, rest, strict=True)),
        "shape": list(workload.shape),
        "n_classes": workload.n_classes,
        "device": workload.device,
        "device_memory_mb": limits.device_memory_mb,
        "threads": threads(limits),
        "scratch": list(scratch),
        "rlimits": dict(rlimits or {}),
    }
    arguments = ("-P", "-s", f"{harness}/__main__.py", json.dumps(setup))
    return Launch(tuple(binds), arguments, environment(limits, workload.device))


def threads(limits: Limits) -> int:
    """Return how many threads a candidate computes with."""
    return usable_cpus() if limits.cpus is None else max(1, int(limits.cpus))


def environment(limits: Limits, device: str = "cpu") -> dict[str, str]:
    """Return the environment of the process inside."""
    count = str(threads(limits))
    # A GPU that is only asked whether it is there can't be used in a fork from then on, unless NVML
    # is asked.
    gpus = (
        {"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {"PYTORCH_NVML_BASED_CUDA_CHECK": "1"}
    )
    return gpus | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        # torch asks for a user name to place its caches; there may be no password file.
        "USER": "nobody",
        "LOGNAME": "nobody",
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "GOMP_SPINCOUNT": SPINS,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    }
