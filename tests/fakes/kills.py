"""Kill a search with SIGKILL at a named point, and say what it did before.

A search runs in a child process (a fork, so that its start costs nothing) in which the functions
at the points are wrapped: at the n-th call the process kills itself, before or after the real
function has run. Each child writes what it finishes into a log, from which `repeated` reads what
was done twice.
"""

import contextlib
import itertools
import os
import signal
import sqlite3
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langgraph_nas.archive import Archive
from langgraph_nas.archive.store import Store
from langgraph_nas.evaluation import Sandboxed
from langgraph_nas.graph.savers import PruningSqliteSaver
from langgraph_nas.llm import ReplyJournal, Role

Action = Callable[[], Any]
FINISHED = 0
BROKEN = 9


@dataclass(frozen=True)
class Point:
    """A moment in a search: just before or after a call of a function, or within it."""

    owner: type
    name: str
    when: str

    def __str__(self) -> str:
        return f"{self.when} {self.owner.__name__}.{self.name}"


def _both(owner: type, *names: str) -> list[Point]:
    return [Point(owner, name, when) for name in names for when in ("before", "after")]


POINTS: list[Point] = [
    *_both(Role, "ask"),
    *_both(ReplyJournal, "keep"),
    *_both(
        Archive, "record_call", "record_trial", "close_triple", "record_triple", "record_finalist"
    ),
    *_both(Sandboxed, "evaluate", "train"),
    *_both(PruningSqliteSaver, "put", "put_writes"),
    Point(Store, "_put", "before the commit of"),
    Point(PruningSqliteSaver, "put", "before the commit of"),
    Point(PruningSqliteSaver, "put", "while pruning in"),
]
IN_FLIGHT: list[Point] = [*POINTS, *_both(Archive, "keep_outcome", "drop_flight")]
"""Those of a search with several trials in flight."""


def run_killed(action: Action, log: Path, point: Point, hit: int) -> bool:
    """Run `action` in a child that kills itself at the `hit`-th call; False if it ends before."""
    return _run(action, log, lambda: arm(point, hit))


def run_killed_after(action: Action, log: Path, seconds: float) -> bool:
    """Run `action` in a child that is killed after `seconds`; False if it ends before."""
    return _run(action, log, lambda: None, seconds)


def run_child(action: Action, log: Path) -> None:
    """Run `action` in a child to its end."""
    if _run(action, log, lambda: None):
        raise AssertionError("a child died that nobody killed")


def _run(action: Action, log: Path, prepare: Action, seconds: float | None = None) -> bool:
    pid = os.fork()
    if pid == 0:
        _be_child(action, log, prepare)
    if seconds is not None:
        # The child can't be reaped in between: only this thread waits for it.
        threading.Timer(seconds, _kill, (pid,)).start()
    status = os.waitpid(pid, 0)[1]
    code = os.waitstatus_to_exitcode(status)
    if code not in (FINISHED, -signal.SIGKILL):
        raise AssertionError(f"the child ended with {code}; see {log}")
    return code == -signal.SIGKILL


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _be_child(action: Action, log: Path, prepare: Action) -> None:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0)
        write_log(log)
        prepare()
        action()
    except BaseException:
        with log.open("a") as file:
            file.write(traceback.format_exc())
        os._exit(BROKEN)
    os._exit(FINISHED)


def arm(point: Point, hit: int) -> None:
    """Make this process kill itself at the `hit`-th call (from 1) of the point's function."""
    real = getattr(point.owner, point.name)
    calls = itertools.count(1)

    def wrapped(*args: Any, **keywords: Any) -> Any:
        here = next(calls) == hit
        if here and point.when == "before the commit of":
            die_at_commit(args[0])
        if here and point.when == "while pruning in":  # from now on; nothing may be old yet
            die_at_deletion(args[0])
        if here and point.when == "before":
            die()
        result = real(*args, **keywords)
        if here and point.when == "after":
            die()
        return result

    setattr(point.owner, point.name, wrapped)


def die() -> None:
    """End as a process does that the kernel kills."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def die_at_commit(store: Any) -> None:
    """Die as soon as the connection of this store or saver is about to commit."""
    saver = hasattr(store, "conn")
    connection = store.conn if saver else store._database.conn

    def trace(statement: str) -> None:
        if statement.upper().startswith("COMMIT"):
            die()

    assert isinstance(connection, sqlite3.Connection)
    # Not while another thread runs a statement: the two would wait for each other.
    with store.lock if saver else store._lock:
        connection.set_trace_callback(trace)


def die_at_deletion(saver: PruningSqliteSaver) -> None:
    """Die as soon as a checkpoint is about to be deleted."""
    saver.setup()
    with saver.lock:
        saver.conn.create_function("die", 0, die)
        saver.conn.execute(
            "CREATE TEMP TRIGGER dying BEFORE DELETE ON main.checkpoints BEGIN SELECT die(); END"
        )


def write_log(path: Path) -> None:
    """Log what this process asks, keeps, trains and records, each line as soon as it is done."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def after(owner: type, name: str, words: Callable[..., str], *, first: bool = False) -> None:
        real = getattr(owner, name)

        def wrapped(*args: Any, **keywords: Any) -> Any:
            if first:
                os.write(file, f"{words(*args, **keywords)}\n".encode())
            result = real(*args, **keywords)
            if not first:
                os.write(file, f"{words(*args, **keywords)}\n".encode())
            return result

        setattr(owner, name, wrapped)

    after(Role, "ask", lambda role, prompt, **options: f"asked {options['seed']}", first=True)
    after(ReplyJournal, "keep", lambda _, question, reply: f"kept {question.options['seed']}")
    after(
        Sandboxed,
        "evaluate",
        lambda _, network, seed=None, **__: (
            f"trained {_which(seed is not None)} {network['code']!r}"
        ),
        first=True,
    )
    after(Archive, "record_trial", _recorded)
    after(
        Archive,
        "keep_outcome",
        lambda _, search, number, program, evaluation: f"booked first {program!r}",
    )


def _recorded(_: Any, search: str, number: int, candidate: Any, outcome: Any, **__: Any) -> str:
    return f"booked {_which(len(outcome['scores']) > 1)} {candidate['code']!r}"


def _which(is_second: bool) -> str:
    """Name a training: the first of a network, or the one that confirms it."""
    return "second" if is_second else "first"


def repeated(log: Path) -> Counter[str]:
    """Return what was done again although it had been finished: `asked`, `trained`."""
    finished: set[str] = set()
    again: Counter[str] = Counter()
    for line in log.read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "kept":
            finished.add(f"reply {rest}")
        elif word == "booked":
            finished.add(f"trial {rest}")
        elif word == "asked":
            again["asked"] += f"reply {rest}" in finished
        elif word == "trained":
            again["trained"] += f"trial {rest}" in finished
    return again
