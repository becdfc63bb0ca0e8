"""Command `export`."""

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from langgraph_nas.cli.commands.best import Where, networks_within
from langgraph_nas.cli.interrupt import handling
from langgraph_nas.cli.options import Database, Json, Name, NoBuildImage, Quiet, at_home
from langgraph_nas.cli.progress import open_progress
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.errors import UsageError
from langgraph_nas.report.exported import exported_text

Folder = Annotated[
    Path,
    typer.Option("--to", metavar="DIR", callback=at_home, help="A new or empty folder."),
]
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
    where: Where = None,
    database: Database = None,
    no_build_image: NoBuildImage = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the best network to a folder: program, weights trained anew, predict.py, scores."""
    from langgraph_nas.archive import Archive
    from langgraph_nas.runs import default_database, export

    if where and iteration is not None:
        raise UsageError("--where is about all networks: leave out --iteration")
    if where:
        with Archive.open(database or default_database(), readonly=True) as archive:
            within = networks_within(archive, name, where)
        iteration = within[0]["iteration"] if within else None
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
    else:
        console.print(exported_text(result), markup=False, soft_wrap=True)
    if result.problem is not None:
        raise typer.Exit(1)
