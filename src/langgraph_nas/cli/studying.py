"""Progress and table of a comparison of methods."""

import os
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from langgraph_nas.cli.board import Event
from langgraph_nas.report.study import run_line
from langgraph_nas.report.text import duration, one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


class StudyProgress:
    """One line for each search that is through; on a terminal, also what is going on.

    Args:
        console: Where to print; None: nowhere.
    """

    def __init__(self, console: "Console | None") -> None:
        self._console = console
        self._status: Status | None = None
        self._began = time.monotonic()
        self._done = 0

    def __enter__(self) -> Self:
        if self._console is not None and self._console.is_terminal:
            self._status = self._console.status("getting ready")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def on_event(self, event: Event) -> None:
        """Show an event of a comparison."""
        if event["event"] == "iteration_ended":
            self._show(f"{event['search']}: iteration {event['iteration']} is done")
        elif event["event"] == "compared":
            self._done += 1
            left = (time.monotonic() - self._began) / self._done * (event["of"] - event["number"])
            width = len(str(event["of"]))
            line = f"{event['number']:>{width}}/{event['of']}  {run_line(event['run'])}"
            self.say(f"{line}; about {duration(left)} left" if left else line)

    def on_progress(self, line: str) -> None:
        """Show what is being set up."""
        self._show(one_line(line))

    def say(self, text: str) -> None:
        """Print lines that stay."""
        if self._console is not None:
            self._console.print(text, markup=False, soft_wrap=True)

    def stopping(self) -> None:
        """Say so on standard error, past Python's buffers: a signal may come in mid-write."""
        os.write(2, b"\nstopping, what is finished is kept; Ctrl-C again: stop at once\n")

    def _show(self, text: str) -> None:
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(text))
