"""Command `replay`."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from langgraph_nas.cli.options import Database, Json, Name, NoBuildImage, Quiet
from langgraph_nas.cli.running import run_shown
from langgraph_nas.report.ending import replay_command

if TYPE_CHECKING:
    from langgraph_nas.runs import Comparison

NewName = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="NEW",
        show_default=False,
        help="Name of the replay; one of this name that was stopped goes on. Default: "
        "NAME-replay-1, or the next number that is free.",
    ),
]
Check = Annotated[
    bool,
    typer.Option(
        "--check",
        metavar="",
        help="Say whether prompts and outcomes came out the same, and where not: exit code 1.",
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        "--sandbox",
        metavar="KIND",
        show_default=False,
        help="Where candidates run: auto, docker, bubblewrap or unsafe-subprocess. Default: where "
        "those of the search ran.",
    ),
]


def replay(
    name: Name,
    *,
    new_name: NewName = None,
    check: Check = False,
    kind: Kind = None,
    database: Database = None,
    no_build_image: NoBuildImage = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a search again with the replies that it had, without any LLM."""
    from langgraph_nas.archive import Archive
    from langgraph_nas.runs import compare_searches, default_database, replay, replay_settings

    path = database or default_database()
    with Archive.open(path, readonly=True) as archive:
        config = replay_settings(name, archive, kind)

    def compare(new: str) -> "Comparison":
        with Archive.open(path, readonly=True) as archive:
            return compare_searches(archive, name, new)

    run = partial(replay, name, new_name=new_name, sandbox=kind, build_image=not no_build_image)
    run_shown(
        partial(run, database=path),
        config,
        path,
        default_database(),
        again=lambda new: replay_command(name, new, path, default_database()),
        compare=compare if check else None,
        as_json=json,
        quiet=quiet,
    )
