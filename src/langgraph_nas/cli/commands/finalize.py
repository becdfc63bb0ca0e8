"""Command `finalize`."""

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from langgraph_nas.cli.options import Database, Json, Name, NoBuildImage, Quiet, TimeLimit
from langgraph_nas.cli.retraining import trainings_shown
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.report.exported import exported_text
from langgraph_nas.report.finals import finals_sheet

Top = Annotated[int, typer.Option("--top", min=1, metavar="N", help="Networks of the search.")]
Epochs = Annotated[int, typer.Option("--epochs", min=1, metavar="N", help="Epochs of each.")]
Seeds = Annotated[int, typer.Option("--seeds", min=1, metavar="N", help="Trainings of each.")]
Export = Annotated[
    Path | None,
    typer.Option(
        "--export",
        metavar="DIR",
        show_default=False,
        help="Train the one ranked first once more and write it, with its weights, to a new or "
        "empty folder.",
    ),
]


def finalize(
    name: Name,
    *,
    top: Top = 5,
    epochs: Epochs = 50,
    seeds: Seeds = 3,
    time_limit: TimeLimit = None,
    export: Export = None,
    database: Database = None,
    no_build_image: NoBuildImage = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train the best networks for real, beside a ResNet-9: was the search worth it?"""
    from langgraph_nas.runs import export_finalist, finalize, refuse_full

    if export is not None:
        refuse_full(export)
    console = open_console(stderr=json)
    with trainings_shown(console, quiet=quiet) as shown:
        finals = finalize(
            name,
            top=top,
            epochs=epochs,
            seeds=seeds,
            time_limit=time_limit,
            database=database,
            build_image=not no_build_image,
            **shown,
        )
    if not json:
        for part in finals_sheet(finals, may_export=export is None):
            console.print(part, markup=False, soft_wrap=isinstance(part, str))
    exported = None
    try:
        if export is not None:
            with trainings_shown(console, quiet=quiet) as shown:
                exported = export_finalist(finals, export, build_image=not no_build_image, **shown)
    finally:  # an export that fails or is stopped takes nothing away from what was found
        if json:
            found = {**asdict(finals), "exported": None if exported is None else asdict(exported)}
            typer.echo(json_module.dumps(found))
    if exported is not None and not json:
        console.print(exported_text(exported), markup=False, soft_wrap=True)
    if exported is not None and exported.problem is not None:
        raise typer.Exit(1)
