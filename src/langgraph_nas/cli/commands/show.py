"""Command `show`."""

import json as json_module
from typing import Annotated

import typer

from langgraph_nas.cli.options import Database, Json, Name
from langgraph_nas.cli.terminal import open_console

Iteration = Annotated[
    int | None,
    typer.Option(
        "--iteration",
        "-i",
        metavar="N",
        show_default=False,
        help="Show this trial's program, prompts and replies.",
    ),
]


def show(
    name: Name, *, iteration: Iteration = None, database: Database = None, json: Json = False
) -> None:
    """Show a search: settings, trials, triples, LLM calls, finalists; or one trial in full."""
    from langgraph_nas.archive import Archive
    from langgraph_nas.cli.record import record
    from langgraph_nas.cli.sheets import search_sheet, trial_sheet
    from langgraph_nas.runs import default_database

    with Archive.open(database or default_database(), readonly=True) as archive:
        found = record(archive, name, iteration)
    if json:
        typer.echo(json_module.dumps(found))
        return
    from rich.text import Text

    console = open_console()
    for part in search_sheet(found) if iteration is None else trial_sheet(found):
        console.print(part, markup=False, soft_wrap=isinstance(part, Text))
