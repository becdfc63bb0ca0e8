"""Command `evaluate`."""

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from langgraph_nas.cli.board import Event
from langgraph_nas.cli.interrupt import handling
from langgraph_nas.cli.options import Json, NoBuildImage, Quiet
from langgraph_nas.cli.progress import Progress, open_progress
from langgraph_nas.cli.settings import GROUPS, read_settings, with_settings
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.config import SearchConfig
from langgraph_nas.report.notes import isolation_note, paper_note
from langgraph_nas.report.text import one_line, score

_PLACE = ("event", "number", "of")
"""What an event `evaluated` has besides the result."""

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE.py...", help="Programs with `class Net(nn.Module)`."),
]
Parallel = Annotated[
    int,
    typer.Option(
        "--parallel",
        min=1,
        metavar="N",
        help="Sandboxes at a time. CPUs and GPU memory are divided between them, unless --cpus "
        "and --device-memory-mb say what each has; each may use --memory-mb.",
    ),
]


@with_settings(
    *("The task", "The search", "Training", "Budgets", "The sandbox"),
    without=set(GROUPS["The search"]) - {"seed"},
)
def evaluate(
    files: Files,
    *,
    parallel: Parallel = 1,
    no_build_image: NoBuildImage = False,
    json: Json = False,
    quiet: Quiet = False,
    settings: dict[str, Any],
) -> None:
    """Train and score programs in the sandbox, without any LLM."""
    config = read_settings(settings)
    from langgraph_nas.runs import evaluate_files

    console = open_console(stderr=json)
    progress = open_progress(console, quiet=quiet)
    finished: dict[int, dict[str, Any]] = {}

    def on_event(event: Event) -> None:
        progress.on_event(event)
        if event["event"] == "evaluated":
            finished[event["number"]] = {k: v for k, v in event.items() if k not in _PLACE}
            progress.say(result_line(event))

    try:
        with handling(progress.stopping), progress:
            evaluate_files(
                files,
                config,
                parallel=parallel,
                on_event=on_event,
                on_progress=progress.on_progress,
                build_image=not no_build_image,
            )
    finally:  # what is finished is not lost when the sandbox fails, or by Ctrl-C
        results = [finished[number] for number in sorted(finished)]
        if results:
            _tell(results, progress, config, as_json=json, quiet=quiet)


def _tell(
    results: list[dict[str, Any]],
    progress: Progress,
    config: SearchConfig,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print how to read the results, and where no progress did, the results themselves."""
    isolation = next((result["isolation"] for result in results if result["isolation"]), "")
    notes = [paper_note(config.protocol == "paper"), isolation_note(isolation)]
    for note in filter(None, notes):
        progress.say(f"note: {note}")
    if as_json:
        typer.echo(json_module.dumps({"results": results}))
    elif quiet:
        typer.echo("\n".join(map(result_line, results)))


def result_line(result: dict[str, Any]) -> str:
    """Return one program's outcome as one line."""
    what = result["error"] or f"on {result['split']}"
    return (
        f"{result['outcome']:<13} {score(result['accuracy']):>6}  "
        f"{result['seconds'] or 0.0:>7.1f} s  {one_line(result['file'])}  {one_line(what)}"
    )
