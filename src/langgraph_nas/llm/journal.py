"""Finished replies, kept so that a search that was killed gets them again instead of asking twice.

The store is langchain-community's `SQLAlchemyCache`, in an SQLite file of its own beside the
archive. It is keyed by search, call number, prompt and settings: the same prompt at another call
number is another call. To read what was asked and answered, use the archive's table of calls.
"""

import hashlib
import json
import shutil
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from langgraph_nas.errors import StorageError
from langgraph_nas.llm.sampling import Reply

if TYPE_CHECKING:
    from langchain_community.cache import SQLAlchemyCache

BUSY_MILLISECONDS = 10_000
LEAST_ROOM = 1 << 17
"""Bytes that SQLite needs for its files beside the database."""
KEEP = "INSERT OR REPLACE INTO full_llm_cache (prompt, llm, idx, response) VALUES (?, '', 0, ?)"
"""Writes a row of the cache's own table."""
CACHE = r"langchain_community\.cache"


@dataclass(frozen=True)
class Question:
    """One LLM call: all that its reply depends on."""

    search: str
    number: int
    """Number of the call in the search."""
    model: str
    """The role's label."""
    prompt: str
    options: Mapping[str, Any]
    """Sampling settings, seed, schema; JSON values."""

    @property
    def key(self) -> str:
        """What the reply is kept under."""
        rest = json.dumps([self.model, self.prompt, dict(self.options)], sort_keys=True)
        digest = hashlib.sha256(rest.encode("utf-8", "replace")).hexdigest()
        return f"{self.search}/{self.number}/{digest}"


class Journal(Protocol):
    """Where finished replies are kept."""

    def find(self, question: Question) -> Reply | None:
        """Return the reply that this call had, None if it had none."""
        ...

    def keep(self, question: Question, reply: Reply) -> Reply:
        """Keep a reply, and return it as `find` will."""
        ...

    def close(self) -> None:
        """Close it. May be called twice."""
        ...


class ReplyJournal:
    """The journal of running searches. Safe to use from several threads and processes.

    Args:
        path: SQLite file; made, with its folder, when the first reply is kept or looked for.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._cache: SQLAlchemyCache | None = None
        self._writer: sqlite3.Connection | None = None
        self._is_closed = False
        self._missed: dict[str, int] = {}
        """Search -> number of the call that was not kept; those after it are new, too."""

    def find(self, question: Question) -> Reply | None:
        """Return the reply that this very call had, None if it had none.

        Raises:
            StorageError: The file can't be read.
        """
        if question.number > self._missed.get(question.search, question.number):
            return None
        with _explained(self.path):
            found = self._opened().lookup(question.key, "")
        # Without these facts it is none that was kept here: a damaged one, to be asked for again.
        if not found or not found[0].generation_info:
            self._missed[question.search] = question.number
            return None
        return Reply(text=found[0].text, **found[0].generation_info)

    def keep(self, question: Question, reply: Reply) -> Reply:
        """Keep a reply; it is on disk when this returns, and returned as `find` will.

        Raises:
            StorageError: The file can't be written, or the disk is full.
        """
        from langchain_core.load.dump import dumps
        from langchain_core.outputs import Generation

        # SQLite takes no lone surrogates.
        reply = replace(reply, text=reply.text.encode("utf-8", "replace").decode())
        facts = asdict(reply)
        kept = Generation(text=facts.pop("text"), generation_info=facts)
        with _explained(self.path):
            self._opened()
            self._write(question.key, dumps(kept))
        return reply

    def close(self) -> None:
        """Close the file. May be called twice; `find` and `keep` open it again."""
        with self._lock:
            if self._writer is not None:
                self._writer.close()
            self._cache = self._writer = None
            self._is_closed = True

    def _write(self, key: str, kept: str) -> None:
        """Write a row as the cache's own `update` does, at a third of its time.

        That opens the file anew for each reply, and asks for the row before it writes it. A reply
        that comes when the journal was closed is kept, too, and nothing stays open behind it.
        """
        with self._lock:
            writer = self._writer or sqlite3.connect(self.path.absolute(), check_same_thread=False)
            try:
                if self._writer is None:
                    _set_up(writer, None)
                with writer:
                    writer.execute(KEEP, (key, kept))
            finally:
                if self._is_closed:
                    writer.close()
                else:
                    self._writer = writer

    def _opened(self) -> "SQLAlchemyCache":
        with self._lock:
            if self._cache is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                _prepare(self.path)
                self._cache = open_cache(self.path)
            return self._cache


def open_cache(path: Path) -> "SQLAlchemyCache":
    """Return langchain-community's cache in a file, set up for readers beside a writer."""
    from sqlalchemy import URL, NullPool, create_engine, event
    from sqlalchemy.exc import OperationalError

    with warnings.catch_warnings():
        # The package announces its retirement at every import; this class is all we take of it.
        warnings.simplefilter("ignore", DeprecationWarning)
        from langchain_community.cache import SQLAlchemyCache
    # What it reads are plain generations of our own writing, which every default will allow.
    warnings.filterwarnings("ignore", "The default value of `allowed_objects`", module=CACHE)
    # Its own `SQLiteCache` writes the path into an address, where a `?` ends it.
    url = URL.create("sqlite", database=str(path.absolute()))
    # A reply that comes when the journal was closed is kept, too: nothing may stay open behind it.
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", _set_up)
    for lost in range(3):
        try:
            return SQLAlchemyCache(engine)
        except OperationalError:
            # Another process made one of the two tables between our look and our making of it.
            if lost == 2:
                raise
    raise AssertionError


def _set_up(connection: sqlite3.Connection, record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("PRAGMA synchronous = normal")


def _prepare(path: Path) -> None:
    """Raise what is wrong with the file before an LLM is asked for a reply it could not take.

    Two that open a new file at once may both want to switch it to WAL: SQLite refuses one of them
    without waiting, whatever its timeout.
    """
    with closing(sqlite3.connect(path.absolute(), timeout=BUSY_MILLISECONDS / 1000)) as connection:
        found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(found.split()))
        last = time.monotonic() + BUSY_MILLISECONDS / 1000
        while True:
            try:
                connection.execute("PRAGMA journal_mode = wal")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > last:
                    raise
                time.sleep(0.01)
            else:
                return


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn SQLAlchemy's and SQLite's errors into one clear line."""
    try:
        yield
    except Exception as error:  # SQLAlchemy's have a common base, which would have to be imported
        reason = getattr(error, "orig", error)
        if not isinstance(reason, sqlite3.Error | OSError):
            raise
        said = "the disk is full" if _is_full(path.parent) else reason
        raise StorageError(
            f"can't use the kept replies in {path}: {said}; make room or give access, or if it "
            "is damaged delete the file (a search that was killed then asks its LLM again)"
        ) from error


def _is_full(folder: Path) -> bool:
    """Tell what SQLite says only where it is a page of its own that finds no place."""
    try:
        return shutil.disk_usage(folder).free < LEAST_ROOM
    except OSError:  # there is no such folder, or it is nobody's to look at
        return False
