"""Memory and disk of this machine."""

import os
import shutil
from pathlib import Path

from langgraph_nas.doctor.check import Check

_ENOUGH_DISK_GB = 2.0
_GB = 1e9
_MIB = 1 << 20
_UNLIMITED_MIB = 1 << 40


def check_memory(wanted_mb: int) -> Check:
    """Compare the memory that is free with what one candidate may take."""
    free = available_mib()
    message = f"{free / 1024:.1f} GiB free, a candidate may take {wanted_mb / 1024:.1f}"
    todo = None if free >= wanted_mb else f"free some, or lower it: --memory-mb {free // 2}"
    return Check("memory", todo is None, message, todo)


def available_mib() -> int:
    """Return the memory that can still be taken, in MiB: the machine's, or this container's."""
    machine = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _MIB
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        lines = dict(line.split(":") for line in meminfo.read_text().splitlines())
        machine = int(lines["MemAvailable"].split()[0]) // 1024
    return min(machine, _container_mib(Path("/sys/fs/cgroup")))


def _container_mib(group: Path) -> int:
    """Return what a container's limit leaves, in MiB; very much where there is none."""
    try:
        limit, used = (
            (group / name).read_text().strip() for name in ("memory.max", "memory.current")
        )
    except OSError:
        return _UNLIMITED_MIB
    return (int(limit) - int(used)) // _MIB if limit.isdecimal() else _UNLIMITED_MIB


def check_disk() -> Check:
    """Look for room where data, models and searches are written."""
    from langgraph_nas.datasets import default_cache

    places = {"the cache": default_cache(), "here": Path.cwd()}
    free = {name: shutil.disk_usage(_existing(path)).free / _GB for name, path in places.items()}
    message = ", ".join(f"{gb:.1f} GB free for {name}" for name, gb in free.items())
    full = [name for name, gb in free.items() if gb < _ENOUGH_DISK_GB]
    cache = f"; NAS_CACHE moves the cache from {places['the cache']}" if "the cache" in full else ""
    return Check("disk", not full, message, f"free some{cache}" if full else None)


def _existing(path: Path) -> Path:
    return next(folder for folder in [path, *path.parents] if folder.exists())
