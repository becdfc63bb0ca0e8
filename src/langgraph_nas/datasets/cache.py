"""Folders of arrays that are whole or not there: built aside, checked, swapped in.

Each folder holds `stamp.json`: the version of the layout, what it was made from, and size and
checksum of every file. A folder that does not match its stamp is built again.
"""

import fcntl
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from langgraph_nas.datasets.missing import unwritable

LAYOUT_VERSION = 2
"""Raise it when the files or their meaning change; older folders are then built again."""

_STAMP = "stamp.json"
_TEMPORARY = ".building-"
_CHUNK = 1 << 22


def default_cache() -> Path:
    """Return the folder of decoded arrays: `arrays` in NAS_CACHE or the user's cache folder."""
    return _base() / "arrays"


def default_root() -> Path:
    """Return the folder of downloaded files: `data` in NAS_CACHE or the user's cache folder."""
    return _base() / "data"


def fingerprint_of(folder: Path, others: Mapping[str, Any] | None = None) -> str:
    """Return a short checksum of all arrays of a built folder, from its stamp.

    Args:
        folder: The folder.
        others: Entries of the stamp, as `file_entry` gives them, to put in place of its own.
    """
    files = json.loads((folder / _STAMP).read_text())["files"]
    kept = {name: entry for name, entry in files.items() if name.endswith(".npy")}
    kept |= dict(others or {})
    return f"{zlib.crc32(json.dumps(kept, sort_keys=True).encode()):08x}"


def file_entry(path: Path) -> dict[str, int]:
    """Return what a stamp says of a file: its size and CRC-32."""
    return {"bytes": path.stat().st_size, "crc32": _checksum(path)}


def is_intact(folder: Path, made_from: Mapping[str, Any]) -> bool:
    """Return whether `folder` was made from this, in this layout, and no file has changed."""
    try:
        stamp = json.loads((folder / _STAMP).read_text())
        files: dict[str, dict[str, int]] = stamp["files"]
        return (
            stamp["version"] == LAYOUT_VERSION
            and stamp["made_from"] == dict(made_from)
            and all((folder / name).stat().st_size == f["bytes"] for name, f in files.items())
            and all(_checksum(folder / name) == f["crc32"] for name, f in files.items())
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Not there, cut short, or not a stamp of ours: all the same to the caller.
        return False


def build(folder: Path, made_from: Mapping[str, Any], write: Callable[[Path], None]) -> None:
    """Let `write` fill a new folder aside and put it in the place of `folder`.

    Interrupted at any moment, it leaves `folder` as it was or complete. The caller holds the
    lock. Folders get mode 0755 and files 0644: sandboxes read them as another user.

    Raises:
        StorageError: The disk is full or read-only.
    """
    with writing(folder.parent):
        temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=folder.parent))
        try:
            write(temporary)
            _seal(temporary, made_from)
            if folder.exists():
                # A folder can't replace a full one; the old one leaves with the temporary ones.
                folder.rename(Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=folder.parent)) / "old")
            temporary.rename(folder)
        finally:
            _sweep(folder.parent)


@contextmanager
def locked(folder: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of `folder` (made if missing); the system frees it if the process dies.

    Args:
        folder: Folder of one data set.
        on_wait: Called if another process holds the lock.

    Raises:
        StorageError: The folder can't be made or written to.
    """
    with writing(folder):
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
        lock = (folder / ".lock").open("a")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        # What a killed process left: nobody builds here but the holder of the lock.
        _sweep(folder)
        yield


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn any OSError of the body into a StorageError that names `folder`."""
    try:
        yield
    except OSError as error:
        raise unwritable(folder, error) from error


def write_rows(path: Path, shape: tuple[int, ...], rows: Iterable[np.ndarray[Any, Any]]) -> None:
    """Write uint8 batches, one after the other, as one .npy of `shape`, C-contiguous.

    Plain writes on purpose: a memory map of a file with holes kills the process (SIGBUS) where
    the disk is full, a write says so.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    written = 0
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for batch in rows:
            if batch.shape[1:] != shape[1:] or batch.dtype != np.uint8:
                raise ValueError(f"{path}: {batch.dtype} {batch.shape} in an array of {shape}")
            file.write(np.ascontiguousarray(batch).data)
            written += len(batch)
    if written != shape[0]:
        raise ValueError(f"{path}: {written} rows instead of {shape[0]}")


def write_labels(path: Path, labels: np.ndarray[Any, Any]) -> None:
    """Write labels as int64 .npy."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, labels.astype(np.int64), allow_pickle=False)


def write_facts(path: Path, facts: Mapping[str, Any]) -> None:
    """Write plain values beside the arrays."""
    path.write_text(json.dumps(facts, indent=1))


def read_facts(path: Path) -> dict[str, Any]:
    """Return what `write_facts` wrote."""
    facts: dict[str, Any] = json.loads(path.read_text())
    return facts


def share(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`; a copy where the disk knows no hard links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _base() -> Path:
    from platformdirs import user_cache_dir

    chosen = os.environ.get("NAS_CACHE")
    return Path(chosen).expanduser() if chosen else Path(user_cache_dir("langgraph-nas"))


def _seal(folder: Path, made_from: Mapping[str, Any]) -> None:
    """Write the stamp and make all readable."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {str(path.relative_to(folder)): file_entry(path) for path in paths}
    stamp = {"version": LAYOUT_VERSION, "made_from": dict(made_from), "files": files}
    (folder / _STAMP).write_text(json.dumps(stamp, indent=1))
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _checksum(path: Path) -> int:
    """Return the CRC-32 of a file: against damage, not against forgery."""
    value = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            value = zlib.crc32(chunk, value)
    return value


def _sweep(folder: Path) -> None:
    for leftover in folder.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(leftover, ignore_errors=True)
