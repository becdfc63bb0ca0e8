"""The live display of a search: outcomes scroll by, what is going on stands below."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from langgraph_nas.cli.board import Board, Event, row
from langgraph_nas.cli.lines import lasting_line
from langgraph_nas.report.text import counted, duration, one_line, score

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

_COLUMNS = "{:>9}  {:<13} {:>8}  {:>9}  {}"
_BAR = 20
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")
_OF = re.compile(r"([\d,]+) of ([\d,]+)")
_STYLES = {"ok": "green", "duplicate": "dim", "near_duplicate": "dim"}


class Live:
    """Rows of outcomes with a few lines below that are drawn anew four times a second."""

    def __init__(self, console: "Console") -> None:
        from rich.live import Live as RichLive

        self.board = Board()
        self._console = console
        self._live = RichLive(
            get_renderable=self._draw, console=console, transient=True, refresh_per_second=4
        )
        self._has_header = False

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def on_event(self, event: Event) -> None:
        """Show an event: a row for an outcome, otherwise in the lines below."""
        before = self.board.best_iteration
        self.board.take(event)
        if event["event"] == "outcome":
            is_best = event["best_iteration"] not in (None, before)
            self._print_row(event, is_best=is_best)
            return
        line = lasting_line(event, self.board.scored_split)
        if line:
            self.say(line)

    def on_progress(self, line: str) -> None:
        """Show what is being set up: a sentence stays, the next line takes any other's place."""
        if line.endswith("."):
            self.say(one_line(line))
        else:
            self.board.do(one_line(line))

    def say(self, text: str) -> None:
        """Print lines above the live ones."""
        self._console.print(text, markup=False)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Draw nothing in this block."""
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def stopping(self) -> None:
        """Show that the search is being stopped."""
        self.board.stopping = True

    def _print_row(self, event: Event, *, is_best: bool) -> None:
        from rich.text import Text

        if not self._has_header:
            self._has_header = True
            header = _COLUMNS.format("iteration", "outcome", "accuracy", "time", "")
            self._console.print(Text(header, style="bold"))
        number, outcome, accuracy, _, seconds, what = row(event, self.board.iterations)
        cells = _COLUMNS.format(number, outcome, accuracy, seconds, what)
        style = _STYLES.get(event["outcome"], "yellow") + (" bold" if is_best else "")
        mark = "  best so far" if is_best else ""
        self._console.print(Text(cells + mark, style=style), no_wrap=True, overflow="ellipsis")

    def _draw(self) -> "RenderableType":
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        board = self.board
        if board.files_in_all:
            return Group(*self._file_lines())
        where = f"iteration {board.iteration}: " if board.iteration else ""
        if board.tally is not None and board.tally.running:
            where = f"{board.tally.running}: "
        doing = f"{where}{board.activity}  {duration(time.monotonic() - board.since)}"
        lines: list[RenderableType] = [Text(""), Text(doing, no_wrap=True, overflow="ellipsis")]
        share = counted_share(board.activity)
        if board.tally is not None:
            lines.insert(1, _bar(board.tally.progress(), board.tally.epochs, board.tally.figures()))
        elif board.name is not None:
            lines.insert(1, self._bar())
        elif share is not None:
            lines.append(ProgressBar(total=1, completed=share, width=_BAR))
        if board.stopping:
            lines.append(Text("stopping, what is finished is kept; Ctrl-C again: stop at once"))
        elif board.suggestion:
            lines.append(_dim(f"last advice: {board.suggestion}"))
        return Group(*lines)

    def _file_lines(self) -> "Iterator[Text]":
        from rich.text import Text

        board = self.board
        # Another thread may change it meanwhile.
        for file, (activity, since) in list(board.files.items()):
            line = f"{one_line(file)}: {activity}  {duration(time.monotonic() - since)}"
            yield Text(line, no_wrap=True, overflow="ellipsis")
        yield _dim(f"{board.files_done} of {counted(board.files_in_all, 'program')} done")

    def _bar(self) -> "RenderableType":
        board = self.board
        left = board.left()
        facts = f"{board.finished}/{board.iterations}  {duration(time.monotonic() - board.begun)}"
        if left is not None:
            facts += f", about {duration(left)} left"
        if board.best_accuracy is not None:
            facts += f"  best {score(board.best_accuracy)} at {board.best_iteration}"
        return _bar(board.finished, board.iterations, facts)


def _bar(completed: float, total: int, facts: str) -> "RenderableType":
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_row(ProgressBar(total=total, completed=completed, width=_BAR), facts)
    return grid


def counted_share(line: str) -> float | None:
    """Return how far a line says that it is, 0..1: `pulling: 45 %`, `decoding: 3 of 9`."""
    percent, of = _PERCENT.search(line), _OF.search(line)
    if percent:
        return min(1.0, float(percent[1]) / 100)
    if of:
        done, total = (int(number.replace(",", "") or 0) for number in of.groups())
        return min(1.0, done / total) if total else None
    return None


def _dim(text: str) -> "Text":
    from rich.text import Text

    return Text(text, style="dim", no_wrap=True, overflow="ellipsis")
