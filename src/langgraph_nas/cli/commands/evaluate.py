"""Command `evaluate`."""

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from langgraph_nas.cli.interrupt import handling
from langgraph_nas.cli.options import Json, NoBuildImage, Quiet
from langgraph_nas.cli.plan import isolation_note, paper_note
from langgraph_nas.cli.progress import open_progress
from langgraph_nas.cli.settings import GROUPS, read_settings, with_settings
from langgraph_nas.cli.terminal import one_line, open_console, score

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE.py...", help="Programs with `class Net(nn.Module)`."),
]


@with_settings(
    *("The task", "The search", "Training", "The sandbox"),
    without=set(GROUPS["The search"]) - {"seed"},
)
def evaluate(
    files: Files,
    *,
    no_build_image: NoBuildImage = False,
    json: Json = False,
    quiet: Quiet = False,
    settings: dict[str, Any],
) -> None:
    """Train and score programs in the sandbox, without any LLM."""
    config = read_settings(settings)
    from langgraph_nas.search import evaluate_files

    console = open_console(stderr=json)
    progress = open_progress(console, quiet=quiet)
    with handling(progress.stopping), progress:
        results = evaluate_files(
            files,
            config,
            on_event=progress.on_event,
            on_progress=progress.on_progress,
            build_image=not no_build_image,
        )
    if json:
        typer.echo(json_module.dumps({"results": results}))
        return
    console.print("\n".join(map(result_line, results)), markup=False, soft_wrap=True)
    notes = [paper_note(config.protocol == "paper"), isolation_note(results[0]["isolation"])]
    for note in filter(None, notes):
        console.print(f"note: {note}", markup=False, soft_wrap=True)


def result_line(result: dict[str, Any]) -> str:
    """Return one program's outcome as one line."""
    seconds = result["seconds"] or 0.0
    what = result["error"] or f"on {result['split']}"
    line = (
        f"{result['outcome']:<13} {score(result['accuracy']):>6}  {seconds:>7.1f} s  "
        f"{result['file']}  {what}"
    )
    return one_line_kept(line)


def one_line_kept(line: str) -> str:
    """Return a line without control characters or breaks, its columns kept."""
    return " ".join(one_line(part) if part else "" for part in line.split(" "))
