"""Command `search`."""

from functools import partial
from typing import Annotated, Any

import typer

from langgraph_nas.cli.options import Database, Json, NoBuildImage, Pull, Quiet
from langgraph_nas.cli.running import run_shown
from langgraph_nas.cli.settings import MODELS, read_settings, with_settings

Llm = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="MODEL",
        show_default=False,
        rich_help_panel="The LLM roles",
        help=f"Model of both roles, where they are not set on their own. One of: {MODELS}.",
    ),
]
SearchName = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="NAME",
        show_default=False,
        help="Name of the search. Default: data set and number.",
    ),
]


@with_settings()
def search(
    *,
    name: SearchName = None,
    llm: Llm = None,
    database: Database = None,
    pull: Pull = False,
    no_build_image: NoBuildImage = False,
    json: Json = False,
    quiet: Quiet = False,
    settings: dict[str, Any],
) -> None:
    """Search for a network: generate, execute, diagnose, remember, again."""
    both = {} if llm is None else {"generator": llm, "improver": llm}
    config = read_settings(both | settings)
    from langgraph_nas.runs import default_database, search

    path = database or default_database()
    run = partial(
        search, config, name=name, database=path, build_image=not no_build_image, pull=pull
    )
    run_shown(run, config, path, default_database(), as_json=json, quiet=quiet)
