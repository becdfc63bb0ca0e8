"""A host thread that kills a cell whose processes hold more memory than they may.

For users without a control group of their own. It looks 20 times a second: a candidate can
overshoot in between, up to its limit on writable memory (see `bubblewrap.rlimits`). It does not see
memory that no process maps: the seccomp filter must keep that from a candidate.
"""

import threading
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.05
COUNTED = ("RssAnon:", "RssShmem:", "VmSwap:")
"""Not `RssFile`: mapped libraries and data are pages that can be dropped."""
COUNTED_ONCE = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")


class MemoryWatchdog:
    """Watches a process and its descendants.

    Args:
        pid: The process.
        limit_mb: What they may hold together, MiB.
        kill: Called, once, when they hold more.
    """

    def __init__(self, pid: int, limit_mb: int, kill: Callable[[], None]) -> None:
        self._pid, self._limit_kb, self._kill = pid, limit_mb << 10, kill
        self._stop = threading.Event()
        self.barked = False
        self._thread = threading.Thread(target=self._watch, name="memory-watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            members = family(self._pid)
            if sum(map(resident_kb, members)) <= self._limit_kb:
                continue
            # Forks share pages, which were counted for each; counting them once takes longer.
            if sum(map(shared_out_kb, members)) > self._limit_kb:
                self.barked = True
                self._kill()
                return


def family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    found = [pid]
    for member in found:
        found += children(member)
    return found


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue  # The thread has ended meanwhile.
    return found


def resident_kb(pid: int) -> int:
    """Return the KiB of memory that a process holds for itself, 0 if it has ended."""
    return sum_fields(Path(f"/proc/{pid}/status"), COUNTED) or 0


def shared_out_kb(pid: int) -> int:
    """Return the same with each page shared by n processes counted as an n-th."""
    counted = sum_fields(Path(f"/proc/{pid}/smaps_rollup"), COUNTED_ONCE)
    return resident_kb(pid) if counted is None else counted


def sum_fields(path: Path, names: tuple[str, ...]) -> int | None:
    """Return the sum of the KiB in the lines that begin so; None if the file can't be read."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    return sum(int(line.split()[1]) for line in lines if line.startswith(names))
