"""Progress of `finalize` and `reliability`, and a Ctrl-C that loses nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from langgraph_nas.cli.board import Event
from langgraph_nas.cli.interrupt import handling
from langgraph_nas.cli.progress import open_progress

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def trainings_shown(console: "Console", *, quiet: bool) -> Iterator[dict[str, Any]]:
    """Yield `on_event`, `on_progress` and `stop` for a function that trains.

    The first Ctrl-C kills the running training, once there is one; those before it are kept.
    """
    progress = open_progress(console, quiet=quiet)
    with handling(progress.stopping) as interrupts, progress:

        def on_event(event: Event) -> None:
            if event["event"] in ("trainings_planned", "stage"):
                interrupts.begun = True
            progress.on_event(event)

        yield {
            "on_event": on_event,
            "on_progress": progress.on_progress,
            "stop": interrupts.stop,
        }
