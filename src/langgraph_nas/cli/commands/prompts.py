"""Command `prompts`."""

from pathlib import Path
from typing import Annotated

import typer

from langgraph_nas.cli.options import at_home
from langgraph_nas.report.text import counted

Folder = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="DIR",
        callback=at_home,
        show_default=False,
        help="Write them there, to be changed and given as `--prompts DIR`.",
    ),
]
Force = Annotated[
    bool, typer.Option("--force", metavar="", help="Write over files that are there.")
]


def prompts(*, to: Folder = None, force: Force = False) -> None:
    """Show which prompt serves which role and form, or write all of them into a folder."""
    from langgraph_nas.prompts import USES, write_prompt_folder

    if to is not None:
        files = write_prompt_folder(to, force=force)
        typer.echo(f"wrote {counted(len(files), 'prompt')} to {to}")
        return
    width = max(map(len, USES))
    for name, use in USES.items():
        model = {None: "", True: " of a base model", False: " of a chat model"}[use.completion]
        forms = " or ".join(use.forms)
        typer.echo(f"{name:<{width}}  {use.role}{model}, form {forms}: {use.when}")
