"""The CPUs that a computation can really use on this machine.

More threads than that only wait for each other: two hyperthreads share the units that multiply,
and what a control group withholds stops all threads of a step at once.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from langgraph_nas.sandbox.cgroup import own_groups

UNLIMITED = ("max", "-1")
"""A quota that is none, of cgroup v2 and v1."""


def usable_cpus(root: Path = Path("/"), affinity: Iterable[int] | None = None) -> int:
    """Return the physical cores that this process may run on, within its CPU quota; at least 1.

    Hyperthreads of one core count once. Where the system does not tell (macOS), all CPUs count.

    Args:
        root: Where `sys` and `proc` are.
        affinity: Numbers of the CPUs that this process may run on; default: as the kernel says.
    """
    cores = count_cores(root / "sys", allowed() if affinity is None else affinity)
    quotas = list(cpu_quotas(root / "sys/fs/cgroup", root / "proc/self/cgroup"))
    return max(1, int(min([cores, *quotas])))


def allowed() -> Iterable[int]:
    """Return the numbers of the CPUs that the scheduler may put this process on."""
    ask = getattr(os, "sched_getaffinity", None)  # only on Linux
    return ask(0) if ask else range(os.cpu_count() or 1)


def count_cores(sys: Path, cpus: Iterable[int]) -> int:
    """Return how many physical cores these CPUs are; one of unknown topology is its own core."""
    topology = sys / "devices/system/cpu"
    siblings = {
        _read(topology / f"cpu{cpu}/topology/thread_siblings_list") or str(cpu) for cpu in cpus
    }
    return len(siblings)


def cpu_quotas(tree: Path, membership: Path) -> Iterator[float]:
    """Yield the CPUs, e.g. 1.5, that each control group of this process grants it, v1 and v2.

    In a container the groups may lie at the top of the tree, whatever they are called outside, so
    those that can't be found are passed over and the top is looked at too.
    """
    own = own_groups(membership)
    for controller, top in (("cpu", tree / "cpu"), ("", tree), ("", tree / "unified")):
        if controller not in own:
            continue
        parts = [part for part in Path(own[controller].strip("/")).parts if part != ".."]
        for depth in range(len(parts) + 1):
            quota = _quota(top.joinpath(*parts[:depth]))
            if quota is not None:
                yield quota


def _quota(group: Path) -> float | None:
    """Return the CPUs that one group grants, None if it does not limit them."""
    v2 = _read(group / "cpu.max").split()
    v1 = [_read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")]
    time, period = v2 if len(v2) == 2 else v1
    if not time or not period or time in UNLIMITED:
        return None
    return int(time) / int(period)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
