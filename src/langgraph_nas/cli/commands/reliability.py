"""Command `reliability`."""

import json as json_module
import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from langgraph_nas.cli.commands.compare import write_text
from langgraph_nas.cli.options import Database, Json, Name, NoBuildImage, Quiet, TimeLimit
from langgraph_nas.cli.retraining import trainings_shown
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.errors import UsageError
from langgraph_nas.report.reliability import reliability_markdown, reliability_sheet

Trials = Annotated[
    int,
    typer.Option("--trials", min=3, metavar="N", help="Networks to sample, over all scores."),
]
Epochs = Annotated[
    str | None,
    typer.Option(
        "--epochs",
        metavar="A,B",
        show_default=False,
        help="Epochs of a short and of a long training. Default: the search's, and 5 times that.",
    ),
]
Seeds = Annotated[
    int, typer.Option("--seeds", min=2, metavar="N", help="Trainings of each, for each of the two.")
]
Markdown = Annotated[
    Path | None,
    typer.Option(
        "--markdown", metavar="FILE.md", show_default=False, help="Write the tables there as well."
    ),
]


def reliability(
    name: Name,
    *,
    trials: Trials = 30,
    epochs: Epochs = None,
    seeds: Seeds = 3,
    time_limit: TimeLimit = None,
    markdown: Markdown = None,
    database: Database = None,
    no_build_image: NoBuildImage = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure how far the scores of short trainings can be trusted, by training a sample again."""
    from langgraph_nas.runs import reliability

    counts = None if epochs is None else _pair(epochs)
    console = open_console(stderr=json)
    with trainings_shown(console, quiet=quiet) as shown:
        found = reliability(
            name,
            trials=trials,
            epochs=counts,
            seeds=seeds,
            time_limit=time_limit,
            database=database,
            build_image=not no_build_image,
            **shown,
        )
    if markdown is not None:
        write_text(markdown, reliability_markdown(found), "--markdown")
    if json:
        typer.echo(json_module.dumps(_finite(asdict(found))))
        return
    for part in reliability_sheet(found):
        console.print(part, markup=False, soft_wrap=isinstance(part, str))


def _pair(text: str) -> tuple[int, int]:
    try:
        short, long = map(int, text.split(","))
    except ValueError as error:
        raise UsageError(f"--epochs takes two whole numbers, e.g. 1,5, not {text!r}") from error
    return short, long


def _finite(value: Any) -> Any:
    """Return plain values in which what is no number or infinite is None: JSON has neither."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
