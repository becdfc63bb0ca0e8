"""Progress and table of a comparison of methods."""

import os
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from langgraph_nas.cli.board import Event
from langgraph_nas.cli.terminal import counted, duration, one_line, score

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.status import Status

    from langgraph_nas.runs import Study, StudyRun


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


def run_line(run: "StudyRun") -> str:
    """Return what one search found, in one line."""
    return (
        f"{run.name}: {score(run.score)} trained again (best {score(run.best)}, "
        f"test {score(run.test)}), {counted(run.trainings, 'training')} in {duration(run.seconds)}"
    )


def study_text(study: "Study") -> "Iterator[RenderableType]":
    """Yield the tables of a comparison, what their columns are, and what came out."""
    from langgraph_nas.runs.study import words

    yield ""
    yield f"{study.name}: {study.iterations} iterations of each search on {study.dataset}"
    rows = [words.cells(row) for row in study.rows]
    for part in (slice(1, words.RESULTS), slice(words.RESULTS, None)):
        yield ""
        yield _table(words.HEADINGS, rows, part)
    yield ""
    yield words.legend(study)
    yield ""
    rows = [words.course_cells(row) for row in words.searched(study)]
    for part in (slice(1, words.ROUNDS), slice(words.ROUNDS, None)):
        yield _table(words.COURSE_HEADINGS, rows, part)
        yield ""
    yield words.course_legend()
    yield ""
    for line in words.study_words(study):
        yield f"- {line}"


def _table(
    headings: "Sequence[str]", rows: "Sequence[Sequence[str]]", part: slice
) -> "RenderableType":
    """Return the first and these columns as a table."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for number, heading in enumerate((headings[0], *headings[part])):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(row[0], *row[part])
    return table
