"""The base of all tables of the archive: one connection, one lock, JSON columns."""

import json
import sqlite3
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from langgraph_nas.archive.connect import explain, open_readonly, open_writable
from langgraph_nas.archive.migrations import read_version
from langgraph_nas.errors import ArchiveError

_JSON_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "searches": ("settings", "facts"),
    "trials": ("spec", "shapes", "measures", "seconds", "conditions", "scores", "repairs"),
    "triples": (),
    "calls": ("trimmed",),
    "finalists": ("accuracies", "measures"),
    "trainings": ("accuracies", "measures"),
    "flights": ("evaluation",),
}
_SQLITE_INTEGERS = range(-(2**63), 2**63)


class Store:
    """A database of ours, safe to use from several threads."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        from sqlite_utils import Database  # a fifth of the second that LangGraph takes

        self._database = Database(connection)
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: str | Path, *, readonly: bool = False, create: bool = True) -> Self:
        """Open the archive at `path`.

        Args:
            path: SQLite file; its folder is made where missing.
            readonly: Only look: nothing is created, and a running search is not disturbed.
            create: Whether a missing file is made.

        Raises:
            ArchiveError: It is missing, not ours, damaged or from a newer version.
            StorageError: The disk is full or read-only.
        """
        path = Path(path)
        if path.is_dir():
            raise ArchiveError(f"{path} is a folder; give a file with --database")
        connection = open_readonly(path) if readonly else open_writable(path, create=create)
        return cls(connection, path)

    def close(self) -> None:
        """Close the file. May be called twice."""
        with self._lock, explain(self.path):
            self._database.conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _put(self, table: str, row: Mapping[str, Any], *, replace: bool = True) -> None:
        """Write a row, stamped with the time; one with the same primary key is replaced.

        Raises:
            sqlite3.IntegrityError: It is there already, and not to be replaced.
        """
        stamped = {**_encode(table, row), "created": time.time()}
        with self._lock, explain(self.path):
            self._database.table(table).insert(stamped, replace=replace)

    def _update(
        self, table: str, key: str | tuple[str | int, ...], changes: Mapping[str, Any]
    ) -> None:
        """Change columns of the row with this primary key.

        Raises:
            sqlite_utils.db.NotFoundError: There is no such row.
        """
        with self._lock, explain(self.path):
            self._database.table(table).update(key, _encode(table, changes))

    def flush(self) -> None:
        """Have all that was written so far survive a power failure, too.

        Raises:
            StorageError: The disk is full or fails.
        """
        with self._lock, explain(self.path):
            connection = self._database.conn
            connection.execute("PRAGMA synchronous = full")
            try:
                # Any commit will do: in WAL mode it brings those before it to the disk. The version
                # is written as it stands: a newer program may have migrated the file meanwhile.
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.execute(f"PRAGMA user_version = {read_version(connection)}")
            finally:
                connection.execute("PRAGMA synchronous = normal")

    def _rows(self, table: str, where: str, values: Mapping[str, Any]) -> list[Any]:
        """Return rows of one table, JSON decoded; `where` may end in ORDER BY and LIMIT."""
        with explain(self.path):
            rows = self._ask(f"SELECT * FROM {table} {where}", values)
            return [_decode(table, row) for row in rows]

    def _ask(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return all rows that a query gives, as they are stored."""
        with self._lock, explain(self.path):
            # `Database.query` would wrap each in a savepoint, which takes longer than the query.
            cursor = self._database.conn.execute(sql, dict(values))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]


def _encode(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    columns = _JSON_COLUMNS[table]
    return {
        name: plain(
            json.dumps(value, ensure_ascii=False)
            if name in columns and value is not None
            else value
        )
        for name, value in row.items()
    }


def plain(value: Any) -> Any:
    """Return a value that SQLite can hold.

    Replies of an LLM may hold half a surrogate pair, and a candidate may claim any number of
    parameters; neither may stop a search.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int) and value not in _SQLITE_INTEGERS:
        return None
    return value


def _decode(table: str, row: dict[str, Any]) -> dict[str, Any]:
    for name in _JSON_COLUMNS[table]:
        if row[name] is not None:
            row[name] = json.loads(row[name])
    return row
