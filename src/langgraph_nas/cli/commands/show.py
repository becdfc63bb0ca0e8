"""Command `show`."""

import json as json_module
from typing import Annotated

import typer

from langgraph_nas.cli.options import Database, Json, Name
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.errors import UsageError

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


Objectives = Annotated[
    str | None,
    typer.Option(
        "--objectives",
        metavar="NAMES",
        show_default=False,
        help="Show the trials that no other one beats in all of these, e.g. accuracy,macs.",
    ),
]


def show(
    name: Name,
    *,
    iteration: Iteration = None,
    objectives: Objectives = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show a search: settings, trials, triples, LLM calls, finalists; or one trial in full."""
    from langgraph_nas.archive import Archive
    from langgraph_nas.cli.settings import flags
    from langgraph_nas.objectives import pareto_front, read_objectives
    from langgraph_nas.report.front import front_sheet
    from langgraph_nas.report.record import search_record
    from langgraph_nas.report.search import search_sheet, trial_sheet
    from langgraph_nas.runs import default_database

    wanted = None if objectives is None else read_objectives(objectives)
    if wanted and iteration is not None:
        raise UsageError("--objectives is about all trials: leave out --iteration")
    with Archive.open(database or default_database(), readonly=True) as archive:
        found = search_record(archive, name, iteration)
    front = pareto_front(found["trials"], wanted) if wanted else []
    if wanted:
        found = {"search": name, "objectives": [o.name for o in wanted], "front": front}
    if json:
        typer.echo(json_module.dumps(found))
        return
    from rich.text import Text

    console = open_console()
    if wanted:
        sheet = front_sheet(name, front, wanted)
    else:
        option = lambda field: flags(field)[0]  # noqa: E731
        sheet = search_sheet(found, option) if iteration is None else trial_sheet(found)
    for part in sheet:
        console.print(part, markup=False, soft_wrap=isinstance(part, Text))
