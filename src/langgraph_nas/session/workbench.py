"""The collaborators of the searches of one graph: opened when a node needs them, closed at the end.

`search()` opens what a search needs and passes it as the runtime context. A graph that runs
elsewhere - in a parent graph, a tool, the LangGraph server - is given settings only; its nodes
find here what they need, by the name of their search.
"""

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from langgraph_nas.archive import Archive
from langgraph_nas.config import RAISED, SearchConfig, explain_settings
from langgraph_nas.errors import UsageError
from langgraph_nas.sandbox.base import OnEvent
from langgraph_nas.session.form import settings_of_form
from langgraph_nas.session.given import settings_in
from langgraph_nas.session.objects import Objects
from langgraph_nas.session.opening import open_context, with_known_data
from langgraph_nas.session.owner import OwnedError, sole_owner
from langgraph_nas.session.paths import default_database
from langgraph_nas.session.session import Session
from langgraph_nas.session.spelling import name_of_thread, spelled
from langgraph_nas.state import SearchState
from langgraph_nas.trials import SearchContext


@dataclass
class _Open:
    """What one search has open."""

    session: Session
    stack: ExitStack
    is_busy: bool = False
    """Whether a node of it runs."""


class Workbench:
    """Where searches of one graph find their collaborators. Safe to use from several threads.

    Args:
        config: Settings of a search that says nothing else.
        database: The archive's file; default: `default_database()`.
        objects: What was given from Python; stays open.
        name: What searches are called; default: as their thread.
    """

    def __init__(
        self,
        config: SearchConfig,
        *,
        database: Path | None = None,
        objects: Objects | None = None,
        name: str | None = None,
    ) -> None:
        self._config, self._database, self._name = config, database, name
        self._objects = objects or Objects()
        self._lock = threading.Lock()
        self._open: dict[str, _Open] = {}

    @property
    def database(self) -> Path:
        """The archive's file."""
        return self._database or default_database()

    def settings_of(
        self, state: SearchState, context: object, configurable: Mapping[str, Any]
    ) -> SearchConfig:
        """Return the settings of a search: frozen in its state once it has begun.

        Before that: those given with the run (in the input, as context, else as configurable
        values), else the graph's own.
        What is given of them later, in the input of another run of its thread, may move the end.

        Raises:
            UsageError: A setting is unknown or out of bounds, or a search that has begun is given
                other ones.
        """
        told = settings_of_form(dict(state.get("settings") or {}))
        if "iteration" not in state:
            values = self._config.model_dump() | settings_in(context, configurable)
        elif told.keys() >= SearchConfig.model_fields.keys():
            values = {}
        else:
            values = self._frozen(state["search"], told)
        try:
            return SearchConfig.model_validate(values | told)
        except ValidationError as error:
            raise UsageError(explain_settings(error)) from error

    def _frozen(self, search: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a search was started with, of which `told` may change the end only."""
        with Archive.open(self.database) as archive:
            frozen = archive.search(search)["settings"]
        other = [key for key in told if key not in RAISED and told[key] != frozen.get(key)]
        if other:
            raise UsageError(
                f"search {search!r} of this thread was started with other settings "
                f"({', '.join(other)}): begin another on a new thread"
            )
        return frozen

    def begin(
        self, state: SearchState, config: SearchConfig, thread: str | None
    ) -> tuple[str, SearchContext]:
        """Return the name and the collaborators of a new search, opened and recorded.

        It is named after its thread, a number added where another search has that name, or is
        just taking it. One that was killed before its first checkpoint has recorded a name and
        nothing else.

        Raises:
            UsageError: Something that the settings name is not there.
            StorageError: The archive can't be written.
        """
        config = with_known_data(config)
        wanted = state.get("search") or self._name or name_of_thread(thread, config)
        with self._lock:
            for name in self._free_names(wanted, Path(config.dataset).name):
                with suppress(OwnedError):  # another process was faster
                    found = self._open[name] = self._start(name, config, False)
                    return name, found.session.context
        raise AssertionError("the names never end")

    def _free_names(self, wanted: str | None, dataset: str) -> Iterator[str]:
        with Archive.open(self.database) as archive:
            taken = {*archive.names(), *self._open}
            empty = wanted in taken and not archive.counts(wanted)["iterations"]
        if wanted is not None and (wanted not in taken or (empty and wanted not in self._open)):
            yield wanted
        names = (f"{wanted or spelled(dataset) or 'search'}-{n}" for n in itertools.count(1))
        yield from (name for name in names if name not in taken)

    def context(self, search: str, config: SearchConfig) -> SearchContext:
        """Return the collaborators of a search that has begun; opened where needed.

        Raises:
            UsageError: Something that the settings name is not there, or another process runs it.
            StorageError: The archive can't be written.
        """
        with self._lock:
            found = self._open.get(search)
            if found is None:
                found = self._open[search] = self._start(search, config, True)
        return found.session.context

    def move_end(self, search: str, config: SearchConfig, done: int) -> SearchContext:
        """Return the collaborators of an open search, whose end is now that of `config`.

        It is recorded before the next trial is; a search that goes through its past again, and has
        more trials than `done`, keeps the end that it has.
        """
        with self._lock:
            session = self._open[search].session
            session.move_end(config, done)
        return session.context

    def enter(self, search: str) -> None:
        """Have one node of an open search run.

        Raises:
            UsageError: One does, in another run of the same thread.
        """
        with self._lock:
            found = self._open[search]
            if found.is_busy:
                raise UsageError(
                    f"search {search!r} runs already, in another run of this thread: wait for its "
                    "end, or begin another on a new thread"
                )
            found.is_busy = True

    def leave(self, search: str) -> None:
        """Have the next node of a search run."""
        with self._lock:
            if found := self._open.get(search):
                found.is_busy = False

    def spent(self, search: str, before: float, now: float) -> None:
        """Record the seconds of an open search; see `Session.spent_on_trials`."""
        with self._lock:
            found = self._open.get(search)
        if found is not None:
            found.session.spent_on_trials(before, now)

    def finish(self, search: str, reason: str, tell: OnEvent) -> str:
        """Bring a search to its end, see `Session.finish`, and close what it has open."""
        with self._lock:
            found = self._open.get(search)
        if found is None:
            return reason
        reason = found.session.finish(reason, tell)
        self._close(search)
        return reason

    def fork(self, search: str, **shared: int) -> str:
        """Return the name of a new search that shares the beginning of another.

        `shared` as in `Archive.fork_search`. What the first has open is closed, and it stands as
        before it was opened.
        """
        self._leave(search, "interrupted", "gone on with from an earlier checkpoint")
        with Archive.open(self.database) as archive:
            return archive.fork_search(search, **shared)

    def wait(self, search: str, iteration: int) -> None:
        """Close what a search has open while it waits for an answer about an iteration.

        One that had its answer and is asked again, from an earlier checkpoint, stands as before.
        """
        with self._lock:
            found = self._open.get(search)
        archive = None if found is None else found.session.context.archive
        if archive is not None and archive.find_triple(search, iteration) is not None:
            self._leave(search, "waiting", "for an answer")
        else:
            self.release(search, "waiting", "for an answer")

    def _leave(self, search: str, status: str, stopped: str) -> None:
        """Close what a search has open; it stands as before, a new one as given."""
        with self._lock:
            found = self._open.get(search)
        before = None if found is None else found.session.before
        if before is not None:
            self.release(search, before["status"], before["stopped"])
        else:
            self.release(search, status, stopped)

    def release(self, search: str, status: str, stopped: str | None) -> None:
        """Close what a search has open and record how it stands."""
        with self._lock:
            found = self._open.get(search)
        if found is not None:
            found.session.stand(status, stopped)
        self._close(search)

    def _close(self, search: str) -> None:
        with self._lock:
            found = self._open.pop(search, None)
        if found is not None:
            found.stack.close()

    def _start(self, search: str, config: SearchConfig, begun: bool) -> _Open:
        with ExitStack() as stack:
            archive = stack.enter_context(Archive.open(self.database))
            if begun:
                self._refuse_unrecorded(search, archive)
            self._own(search, stack, begun)
            context = stack.enter_context(
                open_context(config, archive, is_new=not begun, **self._objects.keywords)
            )
            session = Session(search, replace(context, may_fork=True))
            if begun:
                session.go_on()
                return _Open(session, stack.pop_all())
            if search in archive.names():
                if archive.counts(search)["iterations"]:
                    raise OwnedError(f"there is a search {search!r} by now")
                archive.delete_search(search)
            session.record()
            return _Open(session, stack.pop_all())

    def _refuse_unrecorded(self, search: str, archive: Archive) -> None:
        if search not in archive.names():
            raise UsageError(
                f"search {search!r} has begun, but not in the database {self.database}: give the "
                "one that it is recorded in, or begin another search on a new thread"
            )

    def _own(self, search: str, stack: ExitStack, begun: bool) -> None:
        try:
            stack.enter_context(sole_owner(search, self.database))
        except OwnedError as error:
            if not begun:
                raise
            raise OwnedError(
                f"{error}. If it is another graph of this process, stopped between two nodes, go "
                "on in that one"
            ) from error
