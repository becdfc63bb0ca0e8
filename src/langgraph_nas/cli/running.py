"""What `search` and `resume` share: progress, Ctrl-C, the last words, the exit code."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from langgraph_nas.cli.board import Event
from langgraph_nas.cli.ending import ending_text, resume_command
from langgraph_nas.cli.failing import fail
from langgraph_nas.cli.interrupt import EXIT_CODE, handling
from langgraph_nas.cli.plan import plan_text
from langgraph_nas.cli.progress import Progress, open_progress
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import ResumableError

if TYPE_CHECKING:
    from langgraph_nas.archive import TrialRow
    from langgraph_nas.runs import SearchResult


def run_shown(
    run: Callable[..., "SearchResult"],
    config: SearchConfig,
    database: Path,
    default_database: Path,
    *,
    best: "TrialRow | None" = None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run a search with progress, print its result, and exit as it ended.

    Args:
        run: Takes `on_event`, `on_progress` and `stop`.
        config: The settings, to tell the plan.
        database: The archive's file.
        default_database: What it is when it isn't named.
        best: The best trial of a search that goes on.
        as_json: One JSON object on stdout; all else goes to stderr.
        quiet: No progress.
    """
    console = open_console(stderr=as_json)
    progress = open_progress(console, quiet=quiet)
    if best is not None:
        progress.board.start_from(best["iteration"], best["accuracy"])
    try:
        result = _run(run, config, progress)
    except ResumableError as error:
        code = fail(error)
        if progress.board.name:
            again = resume_command(progress.board.name, database, default_database)
            typer.echo(f"go on with: {again}", err=True)
        raise typer.Exit(code) from error
    if not (as_json and quiet):
        console.print(ending_text(result, default_database), markup=False, soft_wrap=True)
    if as_json:
        typer.echo(json.dumps(asdict(result)))
    if result.stopped == "interrupted":
        raise typer.Exit(EXIT_CODE)


def _run(
    run: Callable[..., "SearchResult"], config: SearchConfig, progress: Progress
) -> "SearchResult":
    """Run a search that the first Ctrl-C stops cleanly once it has begun."""
    with handling(progress.stopping) as interrupts, progress:

        def on_event(event: Event) -> None:
            if event["event"] == "search_started":
                interrupts.begun = True
                progress.say(plan_text(event, config))
            progress.on_event(event)

        return run(on_event=on_event, on_progress=progress.on_progress, stop=interrupts.stop)
