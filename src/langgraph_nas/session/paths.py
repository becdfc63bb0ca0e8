"""Paths of a database: the archive's file, and those beside it."""

import os
from pathlib import Path

DATABASE = Path("nas-runs/searches.db")
AnyPath = str | os.PathLike[str]
"""A path as users give it."""


def default_database() -> Path:
    """Return the archive's file: $LANGGRAPH_NAS_DB, else nas-runs/searches.db."""
    return Path(os.environ.get("LANGGRAPH_NAS_DB") or DATABASE).expanduser()


def archive_path(given: AnyPath | None) -> Path:
    """Return the archive's file, as given or the default one."""
    return default_database() if given is None else Path(given).expanduser()


def replies_path(database: Path) -> Path:
    """Return the file that keeps the replies of the searches in `database`."""
    return database.absolute().with_name(f"{database.stem}.replies.db")
