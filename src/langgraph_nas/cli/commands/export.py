"""Command `export`."""

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from langgraph_nas.cli.interrupt import handling
from langgraph_nas.cli.options import Database, Json, Name, NoBuildImage, Quiet
from langgraph_nas.cli.progress import open_progress
from langgraph_nas.cli.terminal import open_console, score

Folder = Annotated[Path, typer.Option("--to", metavar="DIR", help="A new or empty folder.")]
Iteration = Annotated[
    int | None,
    typer.Option(
        "--iteration",
        metavar="N",
        show_default=False,
        help="Export this trial's network. Default: the best.",
    ),
]


def export(
    name: Name,
    *,
    to: Folder,
    iteration: Iteration = None,
    database: Database = None,
    no_build_image: NoBuildImage = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the best network to a folder: program, weights trained anew, settings, scores."""
    from langgraph_nas.runs import export

    console = open_console(stderr=json)
    progress = open_progress(console, quiet=quiet)
    with handling(progress.stopping), progress:
        result = export(
            name,
            to,
            database=database,
            iteration=iteration,
            on_event=progress.on_event,
            on_progress=progress.on_progress,
            build_image=not no_build_image,
        )
    if json:
        typer.echo(json_module.dumps(asdict(result)))
        return
    lines = [
        f"iteration {result.iteration} of {name} in {result.folder}: {', '.join(result.files)}",
        f"  {result.split} {score(result.accuracy)}, test {score(result.test_accuracy)}: "
        "scores of these very weights",
        "load it with:",
        "  from network import Net; from safetensors.torch import load_file",
        '  net = Net(); net.load_state_dict(load_file("weights.safetensors")); net.eval()',
    ]
    console.print("\n".join(lines), markup=False, soft_wrap=True)
