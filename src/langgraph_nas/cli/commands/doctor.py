"""Command `doctor`."""

import json as json_module
from dataclasses import asdict
from typing import Annotated, Any

import typer

from langgraph_nas.cli.options import Database, Json
from langgraph_nas.cli.settings import GROUPS, MODELS, read_settings, with_settings
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.report.text import one_line

LOOKED_AT = (
    *("data_root", "image", "memory_mb"),
    *("temperature", "top_p", "reply_tokens", "prompt_tokens", "think", "num_ctx", "llm_timeout"),
)
TOPICS = ("The task", "The LLM roles", "The sandbox")

Tried = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="MODEL",
        show_default=False,
        rich_help_panel="The LLM roles",
        help="Try this model with a prompt as long as the settings allow, and tell what came "
        f"through. One of: {MODELS}.",
    ),
]


@with_settings(
    *TOPICS, without={field for topic in TOPICS for field in GROUPS[topic]} - set(LOOKED_AT)
)
def doctor(
    *,
    llm: Tried = None,
    database: Database = None,
    json: Json = False,
    settings: dict[str, Any],
) -> None:
    """Tell for each part whether it works here, and what to do if it doesn't."""
    from langgraph_nas.doctor import Check, can_search, iterate_checks

    console = open_console()
    checks: list[Check] = []
    for check in iterate_checks(read_settings(settings), database, llm):
        checks.append(check)
        if not json:
            _print(console, check)
    able = can_search(checks)
    if json:
        found = {"can_search": able, "checks": [asdict(check) for check in checks]}
        typer.echo(json_module.dumps(found))
    elif able:
        console.print("\nA search can run here.")
    else:
        console.print(
            "\nNo search can run here: it needs one sandbox and one model that work, and folders "
            "that can be written."
        )
    raise typer.Exit(0 if able else 1)


def _print(console: Any, check: Any) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3)
    grid.add_column(width=15)
    mark = Text("ok", style="green") if check.works else Text("no", style="yellow")
    grid.add_row(mark, Text(check.part, style="bold"), Text(one_line(check.message)))
    if check.todo:
        grid.add_row("", "", Text(f"to do: {one_line(check.todo)}"))
    console.print(grid)
