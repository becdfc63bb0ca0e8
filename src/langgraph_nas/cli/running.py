"""The run of `search`, `resume` and `replay`: progress, Ctrl-C, last words, exit code."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from langgraph_nas.cli.anew import new_search_command
from langgraph_nas.cli.board import Event
from langgraph_nas.cli.failing import fail
from langgraph_nas.cli.interrupt import EXIT_CODE, handling
from langgraph_nas.cli.plan import plan_text
from langgraph_nas.cli.progress import Progress, open_progress
from langgraph_nas.cli.reviewing import Reviewer
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import NasError, RepliesExhaustedError, ResumableError
from langgraph_nas.report.ending import ending_text, resume_command
from langgraph_nas.report.replay import comparison_text, comparison_values

if TYPE_CHECKING:
    from rich.console import Console

    from langgraph_nas.archive import TrialRow
    from langgraph_nas.runs import Comparison, SearchResult

DIFFERS = 1
"""Exit code if `compare` finds a difference."""


def run_shown(
    run: Callable[..., "SearchResult"],
    config: SearchConfig,
    database: Path,
    default_database: Path,
    *,
    best: "TrialRow | None" = None,
    again: Callable[[str], str] | None = None,
    compare: Callable[[str], "Comparison"] | None = None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run a search with progress, print its result, and exit as it ended.

    Args:
        run: Takes `on_event`, `on_progress` and `stop`; with `review`, also `on_review`.
        config: The settings, to tell the plan.
        database: The archive's file.
        default_database: What it is when it isn't named.
        best: The best trial of a search that goes on.
        again: The command that goes on with a search of this name; default: `resume`.
        compare: Compares a search of this name, once it has ended, with what it should be.
        as_json: One JSON object on stdout; all else goes to stderr.
        quiet: No progress.
    """
    console = open_console(stderr=as_json)
    progress = open_progress(console, quiet=quiet)
    if best is not None:
        progress.board.start_from(best["iteration"], best["accuracy"])
    try:
        result = _run(run, config, progress, console)
    except NasError as error:
        code, name = fail(error), progress.board.name
        lacks_replies = again is not None and isinstance(error, RepliesExhaustedError)
        if name and lacks_replies and compare:
            _tell({}, compare(name), console, as_json=as_json, quiet=quiet)
            raise typer.Exit(DIFFERS) from error
        for line in _next(error, name, config, database, default_database, again):
            typer.echo(line, err=True)
        raise typer.Exit(code) from error
    stopped = result.stopped == "interrupted"
    if not (as_json and quiet):
        words = {"again": again(result.name)} if again else {}
        text = ending_text(result, default_database, **words)
        console.print(text, markup=False, soft_wrap=True)
    comparison = compare(result.name) if compare and not stopped else None
    _tell(asdict(result), comparison, console, as_json=as_json, quiet=quiet)
    if stopped:
        raise typer.Exit(EXIT_CODE)
    if comparison is not None and comparison.differences:
        raise typer.Exit(DIFFERS)


def _next(
    error: NasError,
    name: str | None,
    config: SearchConfig,
    database: Path,
    default_database: Path,
    again: Callable[[str], str] | None,
) -> Iterator[str]:
    """Yield the commands that go on after an error, each on a line that says what it does."""
    if not name:
        return
    if isinstance(error, ResumableError):
        command = again(name) if again else resume_command(name, database, default_database)
        lacks_replies = again is not None and isinstance(error, RepliesExhaustedError)
        yield f"{'see where it differs' if lacks_replies else 'go on'} with: {command}"
    if error.instead and again is None:
        start = _best_so_far(name, database)
        other = new_search_command(config, error.instead, start, database, default_database)
        yield f"a search keeps its settings; start another with: {other}"


def _best_so_far(name: str, database: Path) -> Path | None:
    """Return the file of the best network of a search; None if it has none, or is gone."""
    from langgraph_nas.archive import Archive
    from langgraph_nas.session import write_best

    with Archive.open(database, readonly=True) as archive:
        return write_best(name, archive, database) if name in archive.names() else None


def _tell(
    found: dict[str, Any],
    comparison: "Comparison | None",
    console: "Console",
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print a comparison, and with `as_json` all that was found as one object."""
    if comparison is not None:
        found = {**found, "check": comparison_values(comparison)}
        if not (as_json and quiet):
            text = f"\n{comparison_text(comparison)}"
            console.print(text, markup=False, soft_wrap=True)
    if as_json:
        typer.echo(json.dumps(found))


def _run(
    run: Callable[..., "SearchResult"],
    config: SearchConfig,
    progress: Progress,
    console: "Console",
) -> "SearchResult":
    """Run a search that the first Ctrl-C stops cleanly once it has begun."""
    with handling(progress.stopping) as interrupts, progress:

        def on_event(event: Event) -> None:
            if event["event"] == "search_started":
                interrupts.begun = True
                progress.say(plan_text(event, config))
            progress.on_event(event)

        reviewer = Reviewer(console, progress, interrupts)
        asking = {} if config.review == "never" else {"on_review": reviewer}
        return run(
            on_event=on_event, on_progress=progress.on_progress, stop=interrupts.stop, **asking
        )
