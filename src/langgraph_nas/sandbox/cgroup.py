"""Control groups, made by hand: a candidate's memory, processes and CPU bounded by the kernel.

Works for root, and for whoever may write to a part of the tree (cgroup v1 and v2).
"""

import contextlib
import itertools
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from langgraph_nas.sandbox.base import Limits

TREE = Path("/sys/fs/cgroup")
PREFIX = "langgraph-nas."
PERIOD_US = 100_000
V1 = ("memory", "pids", "cpu")
_numbers = itertools.count()


@dataclass(frozen=True)
class GroupParent:
    """Where cell groups are made: one parent (v2), or one for each controller (v1)."""

    version: int
    parents: tuple[Path, ...]


def find_place() -> GroupParent | None:
    """Return where groups with memory, pids and CPU limits can be made, None if nowhere."""
    own = own_groups()
    if "memory" in own:
        parents = tuple(TREE / name / own.get(name, "/").strip("/") for name in V1)
        return next((p for p in [GroupParent(1, parents)] if works(p)), None)
    parent = TREE / own.get("", "/").strip("/")
    # A group with processes of its own can't limit a child: look upwards for one that can.
    ancestors = [parent, *parent.parents]
    for folder in ancestors[: ancestors.index(TREE) + 1]:
        if works(place := GroupParent(2, (folder,))):
            return place
    return None


def own_groups(file: Path = Path("/proc/self/cgroup")) -> dict[str, str]:
    """Return controller -> this process's group; the v2 group under the name ''."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return {}
    groups = {}
    for line in lines:
        _, names, path = line.split(":", 2)
        groups.update(dict.fromkeys(names.split(","), path))
    return groups


def works(place: GroupParent) -> bool:
    """Tell whether a group can be made, limited and entered there."""
    try:
        group = Group(place, Limits())
    except OSError:
        return False
    try:
        # A child of ours enters, so that this process stays where it is.
        child = os.posix_spawn("/bin/sh", ["sh", "-c", enter_script(group)], {})
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    except OSError:
        return False
    finally:
        group.remove()


def enter_script(group: "Group") -> str:
    """Return a line of shell that moves the shell into the group."""
    return " && ".join(f"echo $$ > '{path}'" for path in group.entrances)


class Group:
    """One cell's group. Its name says who owns it, so that `sweep` can tell leftovers.

    Raises:
        OSError: It can't be made or limited.
    """

    def __init__(self, place: GroupParent, limits: Limits) -> None:
        owner = f"{pid_namespace()}.{os.getpid()}.{start_time(os.getpid())}"
        name = f"{PREFIX}{owner}.{next(_numbers)}"
        self._version = place.version
        self._folders = [parent / name for parent in place.parents]
        try:
            for folder in self._folders:
                folder.mkdir(mode=0o755)
            for file, value in self._settings(limits):
                file.write_text(str(value))
        except OSError:
            self.remove()
            raise

    @property
    def entrances(self) -> list[Path]:
        """The files that take the id of a process that enters."""
        return [folder / "cgroup.procs" for folder in self._folders]

    def out_of_memory(self) -> bool:
        """Tell whether the kernel has killed a process of the group for its memory."""
        file = "memory.oom_control" if self._version == 1 else "memory.events"
        try:
            lines = (self._folders[0] / file).read_text().splitlines()
        except OSError:
            return False
        counts = dict(line.split(maxsplit=1) for line in lines if " " in line)
        return int(counts.get("oom_kill", 0)) > 0

    def kill(self) -> None:
        """Kill all processes of the group."""
        for folder in self._folders:
            kill_all(folder)

    def remove(self) -> None:
        """Kill what is left and remove the group."""
        for folder in self._folders:
            remove_folder(folder)

    def _settings(self, limits: Limits) -> list[tuple[Path, int | str]]:
        memory = limits.memory_mb << 20
        quota = int(limits.cpus * PERIOD_US) if limits.cpus else None
        if self._version == 2:
            group = self._folders[0]
            swap = group / "memory.swap.max"
            return [
                (group / "memory.max", memory),
                *([(swap, 0)] if swap.exists() else []),
                (group / "memory.oom.group", 1),
                (group / "pids.max", limits.pids),
                (group / "cpu.max", f"{quota or 'max'} {PERIOD_US}"),
            ]
        memory_group, pids_group, cpu_group = self._folders
        with_swap = memory_group / "memory.memsw.limit_in_bytes"
        return [
            (memory_group / "memory.limit_in_bytes", memory),
            *([(with_swap, memory)] if with_swap.exists() else []),
            (pids_group / "pids.max", limits.pids),
            (cpu_group / "cpu.cfs_period_us", PERIOD_US),
            (cpu_group / "cpu.cfs_quota_us", quota or -1),
        ]


def sweep_groups() -> list[str]:
    """Remove the groups of hosts that are dead, with all that runs in them; return their names."""
    removed = []
    for folder, names, _ in os.walk(TREE):
        for name in [name for name in names if name.startswith(PREFIX)]:
            names.remove(name)
            if not owner_lives(name) and remove_folder(Path(folder) / name):
                removed.append(name)
    return sorted(set(removed))


def owner_lives(name: str) -> bool:
    """Tell whether the process that made a group still runs."""
    try:
        namespace, pid, started = map(int, name.removeprefix(PREFIX).split(".")[:3])
    except ValueError:
        return True  # Not a name of ours.
    # Owners in other namespaces can't be seen from here.
    return namespace != pid_namespace() or start_time(pid) == started


def pid_namespace() -> int:
    """Return the number of the namespace that this process's id belongs to."""
    return Path("/proc/self/ns/pid").stat().st_ino


def start_time(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[19])


def kill_all(folder: Path) -> bool:
    """Kill the processes of one group; tell whether there were any."""
    try:
        pids = [int(pid) for pid in (folder / "cgroup.procs").read_text().split()]
    except OSError:
        return False
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return bool(pids)


def remove_folder(folder: Path, patience: float = 5.0) -> bool:
    """Remove one group; tell whether it is gone. Killed processes take a moment to leave it."""
    deadline = time.monotonic() + patience
    while folder.is_dir() and time.monotonic() < deadline:
        kill_all(folder)
        try:
            folder.rmdir()
        except PermissionError:  # Another user's; waiting does not help.
            break
        except OSError:
            time.sleep(0.01)
    return not folder.is_dir()
