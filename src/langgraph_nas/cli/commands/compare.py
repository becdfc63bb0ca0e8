"""Command `compare`."""

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from langgraph_nas.cli.commands.search import Llm
from langgraph_nas.cli.failing import fail
from langgraph_nas.cli.interrupt import EXIT_CODE, handling
from langgraph_nas.cli.options import Database, Json, NoBuildImage, Quiet
from langgraph_nas.cli.settings import read_settings, with_settings
from langgraph_nas.cli.studying import StudyProgress
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.errors import ResumableError, StorageError

if TYPE_CHECKING:
    from rich.console import Console

    from langgraph_nas.runs import Study

Arms = Annotated[
    str | None,
    typer.Option(
        "--arms",
        metavar="A,B,...",
        show_default=False,
        help="Of full, as_published, no_memory, one_role, no_reference, best_of_n, random, "
        "evolution (default: these), no_lessons, no_redirect, no_structured, no_reasks, "
        "no_widening, no_confirming, two_repairs.",
    ),
]
Seeds = Annotated[
    int,
    typer.Option("--seeds", min=1, metavar="N", help="Seeds, the same for each arm; from --seed."),
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        min=1,
        metavar="N",
        help="Searches at a time, each in a process; CPUs are divided between them unless --cpus "
        "says what each has.",
    ),
]
StudyName = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="NAME",
        show_default=False,
        help="Name of the comparison; its searches are NAME-ARM-SEED, and those that are there "
        "are not run again. Default: compare- and the data set.",
    ),
]
Markdown = Annotated[
    Path | None,
    typer.Option(
        "--markdown", metavar="FILE.md", show_default=False, help="Write the table there as well."
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        metavar="FILE.png",
        show_default=False,
        help="Write a plot of the best score so far over the trainings. Needs matplotlib.",
    ),
]


@with_settings(without=("method", "review", "start_program"))
def compare(
    *,
    arms: Arms = None,
    seeds: Seeds = 10,
    jobs: Jobs = 1,
    name: StudyName = None,
    llm: Llm = None,
    database: Database = None,
    markdown: Markdown = None,
    plot: Plot = None,
    no_build_image: NoBuildImage = False,
    json: Json = False,
    quiet: Quiet = False,
    settings: dict[str, Any],
) -> None:
    """Search by each method with the same seeds and budget, and say which is better."""
    both = {} if llm is None else {"generator": llm, "improver": llm}
    config = read_settings({"finalists": 1} | both | settings)
    from langgraph_nas.report.plot import refuse_unplottable
    from langgraph_nas.runs import compare_methods
    from langgraph_nas.runs.study import DEFAULT_ARMS

    if plot is not None:
        refuse_unplottable(plot)
    console = open_console(stderr=json)
    progress = StudyProgress(None if quiet else console)
    try:
        with handling(progress.stopping) as interrupts, progress:
            interrupts.begun = True  # from the first search on, all can be gone on with
            study = compare_methods(
                config,
                arms=[part.strip() for part in arms.split(",")] if arms else DEFAULT_ARMS,
                seeds=seeds,
                jobs=jobs,
                name=name,
                database=database,
                on_event=progress.on_event,
                on_progress=progress.on_progress,
                stop=interrupts.stop,
                build_image=not no_build_image,
            )
    except ResumableError as error:
        code = fail(error)
        typer.echo("go on with: the same command again", err=True)
        raise typer.Exit(code) from error
    _tell(study, None if json and quiet else console, markdown, plot, as_json=json)
    if not study.complete:
        typer.echo(
            f"stopped: {study.finished} of {study.of} searches are through; go on with: the same "
            "command again",
            err=True,
        )
        raise typer.Exit(EXIT_CODE)


def _tell(
    study: "Study",
    console: "Console | None",
    markdown: Path | None,
    plot: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print and write what came out; as far as something has."""
    from langgraph_nas.report.plot import plot_study
    from langgraph_nas.report.study import study_markdown, study_text, study_words

    if console is not None and study.rows:
        for part in study_text(study):
            console.print(part, markup=False)
    if markdown is not None:
        write_text(markdown, study_markdown(study), "--markdown")
    if plot is not None and study.rows:
        plot_study(study, plot)
    if as_json:
        text = {"words": study_words(study), "markdown": study_markdown(study)}
        typer.echo(json_module.dumps(asdict(study) | text))


def write_text(file: Path, text: str, flag: str) -> None:
    """Write a file that the user named.

    Raises:
        StorageError: It can't be written.
    """
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"can't write {flag} {file}: {error.strerror or error}") from error
