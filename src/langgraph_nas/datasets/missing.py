"""Words for a person whose data is not there, or whose disk is full."""

import errno
from pathlib import Path

from langgraph_nas.datasets.table import Row
from langgraph_nas.errors import DatasetError, StorageError

_DISK_ERRORS = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG))


def missing(row: Row, root: Path, error: Exception, *, tried_download: bool) -> DatasetError:
    """Return the error for files that torchvision can't read.

    It names the folder that was searched, what torchvision said, and the choices without a
    network: put the files there, `digits`, or the user's own images.
    """
    tried = "and can't be downloaded" if tried_download else "and downloading is off"
    return DatasetError(
        f"{row.name} is not usable in {root} {tried} (torchvision: {_short(error)}). "
        f"Put its official files there: {row.files}; or, offline, take --dataset digits, which "
        "needs no download, or --dataset folder:PATH with your own images."
    )


def raise_if_disk(error: BaseException, folder: Path) -> None:
    """Raise StorageError if `error`, or what it came from, says that the disk is full."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _DISK_ERRORS:
            raise unwritable(folder, cause) from error
        cause = cause.__cause__ or cause.__context__


def unwritable(folder: Path, error: OSError) -> StorageError:
    """Return the error for a folder that can't be written to."""
    return StorageError(
        f"Can't write to {folder}: {error.strerror or error}. Make room or give access there, or "
        "set NAS_CACHE to another folder."
    )


def _short(error: Exception) -> str:
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= 200 else words[:197] + "..."
