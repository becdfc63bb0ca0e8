"""Command `best`."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from langgraph_nas.cli.options import Database, Name
from langgraph_nas.errors import UsageError
from langgraph_nas.report.text import clean

if TYPE_CHECKING:
    from langgraph_nas.archive import Archive, TrialRow

Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="BOUND",
        show_default=False,
        help="Of the networks within this bound, e.g. 'macs<=5e6'; may be given again.",
    ),
]


def networks_within(archive: "Archive", name: str, where: Sequence[str]) -> "list[TrialRow]":
    """Return the networks of a search within bounds, best first; without bounds the best one.

    Raises:
        UsageError: A bound is none, or none of the networks that trained is within.
    """
    from langgraph_nas.objectives import rank, read_bound

    archive.search(name)
    bounds = [read_bound(text) for text in where]
    ranked = rank(archive.trials(name)) if bounds else archive.top_trials(name, 1)
    within = [trial for trial in ranked if all(bound.holds(trial) for bound in bounds)]
    if ranked and not within:
        wanted = " and ".join(bound.text for bound in bounds)
        named = dict.fromkeys(["accuracy", *(bound.objective.name for bound in bounds)])
        raise UsageError(
            f"none of the {len(ranked)} networks of search {name!r} that trained has {wanted}; "
            f"`langgraph-nas show {name} --objectives {','.join(named)}` says what there is"
        )
    return within


def best(name: Name, *, where: Where = None, database: Database = None) -> None:
    """Print the best network's program, ready to run, and nothing else."""
    from langgraph_nas.archive import Archive
    from langgraph_nas.programs import with_imports
    from langgraph_nas.runs import default_database

    with Archive.open(database or default_database(), readonly=True) as archive:
        within = networks_within(archive, name, where or [])
    if not within:
        raise UsageError(
            f"no network of search {name!r} has trained yet; `langgraph-nas show {name}` says why"
        )
    program = with_imports(str(within[0]["program"]))
    sys.stdout.write(clean(program) if sys.stdout.isatty() else program)
