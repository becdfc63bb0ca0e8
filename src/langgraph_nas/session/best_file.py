"""The best network of a search, as a program beside the archive."""

from pathlib import Path

from langgraph_nas.archive import Archive
from langgraph_nas.errors import StorageError
from langgraph_nas.programs import with_imports


def best_path(database: Path, name: str) -> Path:
    """Return the file in which the best network of a search lies."""
    return database.parent / name / "best.py"


def write_best(name: str, archive: Archive, database: Path) -> Path | None:
    """Write the best network so far, runnable on its own, beside the database; return its file.

    Raises:
        StorageError: It can't be written.
    """
    best = archive.best_trial(name)
    if best is None or best["program"] is None:
        return None
    path = best_path(database, name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.write_text(with_imports(best["program"]), encoding="utf-8")
        draft.replace(path)
        return path
    except OSError as error:
        raise StorageError(f"can't write the best network to {path}: {error}") from error
