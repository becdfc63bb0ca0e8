"""What a look at a program leaves on the disk, which the training must not find."""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


class Leftovers:
    """Tells new files from those that were there before.

    Args:
        folders: Writable ones that are this sandbox's own.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = [Path(folder) for folder in folders if Path(folder).is_dir()]
        self._before = {path for folder in self._folders for path in entries(folder)}

    def sweep(self) -> bool:
        """Remove what is new; tell whether there was anything."""
        new = [p for folder in self._folders for p in entries(folder) if p not in self._before]
        for path in new:
            with suppress(OSError):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        return bool(new)


def entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, at its top: there, all of a new one is new."""
    with suppress(OSError):
        return [Path(entry.path) for entry in os.scandir(folder)]
    return []
