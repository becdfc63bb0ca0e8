"""Faults of a machine below a search: full and read-only disks, damaged pages, a wrong clock.

Each begins at a named moment (`strike`) and can be repaired. `Work` counts what a search asks and
trains, so that a test can say what was done twice.
"""

import itertools
import os
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fakes.kills import Point
from langgraph_nas.evaluation import Sandboxed
from langgraph_nas.llm import Role
from langgraph_nas.state import Candidate

Patch = pytest.MonkeyPatch
PAGE = 4096
"""Bytes of a page of SQLite, and of the memory below a tmpfs."""
NODES = (2, 5, 10, 13)
"""First byte of a page that is part of a table or index, and not of a long text."""


def strike(patch: Patch, point: Point, hit: int, action: Callable[[], object]) -> None:
    """Do `action` right before or after the `hit`-th call (from 1) of the point's function."""
    real, calls = getattr(point.owner, point.name), itertools.count(1)

    def wrapped(*args: Any, **keywords: Any) -> Any:
        here = next(calls) == hit
        if here and point.when == "before":
            action()
        result = real(*args, **keywords)
        if here and point.when == "after":
            action()
        return result

    patch.setattr(point.owner, point.name, wrapped)


class Work:
    """Counts the LLM calls (by seed) and the trainings of trials (by program) of this process."""

    def __init__(self, patch: Patch) -> None:
        self.asked: Counter[int] = Counter()
        self.trained: Counter[str] = Counter()
        ask, evaluate = Role.ask, Sandboxed.evaluate

        def counted_ask(role: Role, prompt: str, **options: Any) -> Any:
            self.asked[options["seed"]] += 1
            return ask(role, prompt, **options)

        def counted_evaluate(evaluator: Sandboxed, candidate: Candidate, **options: Any) -> Any:
            self.trained[candidate["code"] or ""] += 1
            return evaluate(evaluator, candidate, **options)

        patch.setattr(Role, "ask", counted_ask)
        patch.setattr(Sandboxed, "evaluate", counted_evaluate)

    def twice(self) -> tuple[int, int]:
        """Return how many calls and how many trainings were done again."""
        asked, trained = (sum(counts.values()) - len(counts) for counts in self._both())
        return asked, trained

    def clear(self) -> None:
        """Count from here."""
        for counts in self._both():
            counts.clear()

    def _both(self) -> tuple[Counter[Any], Counter[Any]]:
        return self.asked, self.trained


class SmallDisk:
    """A real file system of a few MiB, in memory, that can be filled to its last byte."""

    def __init__(self, folder: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("to mount a file system takes root")
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
        mounted = subprocess.run(mount, capture_output=True, text=True)
        if mounted.returncode:
            pytest.skip(f"can't mount a file system here: {mounted.stderr.strip()}")
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no page free."""
        with self._ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(PAGE))

    def make_room(self) -> None:
        self._ballast.unlink()

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


class Databases:
    """Gives one SQLite file of this process SQLite's own full or read-only disk."""

    FULL = "PRAGMA max_page_count = 1"
    """It can't grow any more."""
    READ_ONLY = "PRAGMA query_only = on"

    def __init__(self, patch: Patch) -> None:
        self._connections: list[sqlite3.Connection] = []
        self._faults: dict[str, str] = {}
        connect = sqlite3.connect

        def watched(*args: Any, **keywords: Any) -> sqlite3.Connection:
            connection = connect(*args, **keywords)
            self._connections.append(connection)
            self._spoil(connection)
            return connection

        patch.setattr(sqlite3, "connect", watched)
        patch.setattr(sqlite3.dbapi2, "connect", watched)

    def spoil(self, path: Path, fault: str) -> None:
        """Let all connections to a file, open and to come, meet a fault."""
        self._faults[str(path)] = fault
        for connection in self._connections:
            with suppress(sqlite3.ProgrammingError):  # closed, or another thread's own
                self._spoil(connection)

    def repair(self) -> None:
        """Spoil no connection to come."""
        self._faults.clear()

    def _spoil(self, connection: sqlite3.Connection) -> None:
        path = connection.execute("PRAGMA database_list").fetchone()[2]
        if fault := self._faults.get(path):
            connection.execute(fault)


def lock_files(folder: Path, *, on: bool) -> None:
    """Take away, or give back, the right to write the databases in a folder, for root as well."""
    if os.geteuid() != 0:
        pytest.skip("to take the right to write from an open file takes root")
    files = [str(path) for path in folder.iterdir() if path.name.endswith((".db", ".db-wal"))]
    changed = subprocess.run(
        ["chattr", "+i" if on else "-i", *files], capture_output=True, text=True
    )
    if changed.returncode:
        pytest.skip(f"this file system has no immutable files: {changed.stderr.strip()}")


def damage(path: Path, page: int, byte: bytes) -> None:
    """Overwrite a page (from 0) of a file with one byte: 0x00 is a page that was never written."""
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(byte * PAGE)


def middle_node(path: Path) -> int:
    """Return a page in the middle of a database whose damage SQLite can see."""
    content = path.read_bytes()
    nodes = [at // PAGE for at in range(PAGE, len(content), PAGE) if content[at] in NODES]
    return nodes[len(nodes) // 2]


class Clock:
    """The wall clock of this process, which can be set; time goes on as fast as it does."""

    def __init__(self, patch: Patch) -> None:
        self._ahead = 0.0
        seconds, nanoseconds = time.time, time.time_ns
        patch.setattr(time, "time", lambda: seconds() + self._ahead)
        patch.setattr(time, "time_ns", lambda: nanoseconds() + int(self._ahead * 1e9))

    def set_back(self, seconds: float) -> None:
        self._ahead -= seconds
