"""Traces that a look at a program leaves on the disk, which the training must not find."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from os import _exit  # bound before a candidate can put something else in its place
from pathlib import Path
from typing import Any

PLACES = tuple({f"{place}/" for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm")})
"""Where programs leave files."""
_CHANGES = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "sqlite3.connect")
"""Names under which Python reports changes to the disk, besides `open`."""


class Leftovers:
    """Knows new files from those that were there before the program.

    Args:
        folders: Writable ones that are this sandbox's own; all that is new in them is swept.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = [Path(folder) for folder in folders]
        self._before = {path for folder in self._folders for path in entries(folder)}
        self._made: set[Path] = set()

    def add(self, path: object) -> None:
        """Take the path of a file or folder that a scout has made, wherever it lies."""
        if isinstance(path, str) and path.startswith(PLACES):
            self._made.add(Path(path))

    def sweep(self) -> bool:
        """Remove what is new; tell whether there was anything."""
        new = {path for folder in self._folders for path in entries(folder)} - self._before
        new |= {path for path in self._made if os.path.lexists(path)}
        for path in new:
            with suppress(OSError):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        self._made.clear()
        return bool(new)


def entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, at its top: there, all of a new one is new."""
    with suppress(OSError):
        return [Path(entry.path) for entry in os.scandir(folder)]
    return []


def tell_of_new_files(tell: Callable[[str], None]) -> None:
    """From now on, tell the path of each file and folder before this process makes it."""
    owner = os.getpid()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if is_change(event, arguments) and os.getpid() == owner:
            path = str(Path(os.fsdecode(arguments[0])).absolute())
            if path.startswith(PLACES) and not os.path.lexists(path):
                tell(path)

    sys.addaudithook(hook)


def end_at_changes() -> None:
    """From now on, end this process before it changes a file."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if is_change(event, arguments):
            _exit(0)

    sys.addaudithook(hook)


def is_change(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether an audit event is of a change to a file that has a name."""
    if not arguments or not isinstance(arguments[0], str | bytes | os.PathLike):
        return False
    if event == "open":
        flags = arguments[2] if len(arguments) > 2 else 0
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    return event in _CHANGES
