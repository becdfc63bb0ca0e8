"""Command `list`."""

import json as json_module
import time

import typer

from langgraph_nas.cli.options import Database, Json
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.report.text import clean, duration, score


def list_searches(*, database: Database = None, json: Json = False) -> None:
    """List all searches."""
    from langgraph_nas.archive import Archive
    from langgraph_nas.session import default_database, status_now

    path = database or default_database()
    with Archive.open(path, readonly=True) as archive:
        searches = archive.searches()
    for row in searches:
        row["status"] = status_now(row["name"], row["status"], path)
    if json:
        typer.echo(json_module.dumps({"database": str(path), "searches": searches}))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("search", "started", "status", "valid/all", "best", "test", "time"):
        right = heading in ("valid/all", "best", "test", "time")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for row in searches:
        table.add_row(
            clean(row["name"]),
            time.strftime("%Y-%m-%d %H:%M", time.localtime(row["created"])),
            row["status"],
            f"{row['valid']}/{row['iterations']}",
            score(row["best_accuracy"]),
            score(row["test_accuracy"]),
            duration(row["seconds"]),
        )
    open_console().print(table if searches else f"no searches in {path} yet", markup=False)
