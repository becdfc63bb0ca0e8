"""Arguments and options that several commands have.

A switch has `metavar=""`, as typer would show it with `<bool>`, like one that takes a value.
"""

from pathlib import Path
from typing import Annotated

import typer


def at_home(path: Path | None) -> Path | None:
    """Return a path with its `~`, which a shell leaves in `--option=~/file` and in quotes."""
    return None if path is None else path.expanduser()


Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the search; see `list`.")]
Database = Annotated[
    Path | None,
    typer.Option(
        "--database",
        metavar="FILE",
        callback=at_home,
        show_default=False,
        help="The searches' database. Default: $LANGGRAPH_NAS_DB, else nas-runs/searches.db.",
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", metavar="", help="Print one JSON object on stdout and nothing else there."
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", metavar="", help="No progress, only the result.")
]
NoBuildImage = Annotated[
    bool,
    typer.Option(
        "--no-build-image", metavar="", help="Don't build the Docker image where it is missing."
    ),
]
Pull = Annotated[
    bool, typer.Option("--pull", metavar="", help="Pull Ollama models that are missing.")
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        min=1,
        metavar="SECONDS",
        show_default=False,
        help="Wall seconds that one training may take. Default: the search's, for each time its "
        "epochs.",
    ),
]
