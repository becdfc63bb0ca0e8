"""Progress of a search: a live display on a terminal, plain lines elsewhere, or nothing."""

import os
import re
import time
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from langgraph_nas.cli.board import Board, Event
from langgraph_nas.cli.lines import lasting_line, plain_row
from langgraph_nas.report.text import one_line

if TYPE_CHECKING:
    from rich.console import Console

COUNTING_SECONDS = 10.0
_NUMBERS = re.compile(r"[\d.,]+")


class Progress(Protocol):
    """What a command needs of a kind of progress."""

    board: Board

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def on_event(self, event: Event) -> None:
        """Show an event of a search."""
        ...

    def on_progress(self, line: str) -> None:
        """Show what is being set up."""
        ...

    def say(self, text: str) -> None:
        """Show lines that stay."""
        ...

    def stopping(self) -> None:
        """Show that the search is being stopped. Called in a signal handler."""
        ...

    def paused(self) -> AbstractContextManager[None]:
        """Leave the terminal to somebody else in this block."""
        ...


def open_progress(console: "Console", *, quiet: bool) -> Progress:
    """Return the kind of progress that fits the console."""
    if quiet:
        return Plain(None)
    if console.is_terminal and not console.is_dumb_terminal:
        from langgraph_nas.cli.live import Live

        return Live(console)
    return Plain(console)


class Plain:
    """One line for each thing that happened; nothing at all without a console."""

    def __init__(self, console: "Console | None") -> None:
        self.board = Board()
        self._console = console
        self._words = ""
        self._told = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def on_event(self, event: Event) -> None:
        """Print one line for an outcome, an estimate or a finalist."""
        self.board.take(event)
        if event["event"] == "outcome":
            self.say(plain_row(event, self.board.iterations))
        else:
            line = lasting_line(event, self.board.scored_split)
            if line:
                self.say(line)

    def on_progress(self, line: str) -> None:
        """Print what is being set up; of lines that differ in numbers only, one each 10 s."""
        words, now = _NUMBERS.sub("", line), time.monotonic()
        if words != self._words or now > self._told + COUNTING_SECONDS:
            self._words, self._told = words, now
            self.say(one_line(line))

    def say(self, text: str) -> None:
        """Print lines as they are."""
        if self._console is not None:
            self._console.print(text, markup=False, soft_wrap=True)

    def paused(self) -> AbstractContextManager[None]:
        """Do nothing: nothing is drawn anew."""
        return nullcontext()

    def stopping(self) -> None:
        """Say so on standard error, past Python's buffers: a signal may come in mid-write."""
        os.write(2, b"\nstopping, what is finished is kept; Ctrl-C again: stop at once\n")
