"""Command `best`."""

import sys

from langgraph_nas.cli.options import Database, Name
from langgraph_nas.cli.terminal import clean
from langgraph_nas.errors import UsageError


def best(name: Name, *, database: Database = None) -> None:
    """Print the best network's program, ready to run, and nothing else."""
    from langgraph_nas.archive import Archive
    from langgraph_nas.programs import with_imports
    from langgraph_nas.runs import default_database

    with Archive.open(database or default_database(), readonly=True) as archive:
        archive.search(name)
        trial = archive.best_trial(name)
    if trial is None:
        raise UsageError(
            f"no network of search {name!r} has trained yet; `langgraph-nas show {name}` says why"
        )
    program = with_imports(str(trial["program"]))
    sys.stdout.write(clean(program) if sys.stdout.isatty() else program)
