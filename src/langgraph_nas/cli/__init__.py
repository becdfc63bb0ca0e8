"""The command line: thin over the Python API."""

import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code (see `app.main`)."""
    from langgraph_nas.cli.app import main as run
    from langgraph_nas.cli.interrupt import given_back

    with given_back():
        return run(arguments)


def program() -> NoReturn:
    """Run the command line as a program of its own, which ends with it.

    Until then it keeps the signals that it has taken: a second Ctrl-C ends it at once.
    """
    from langgraph_nas.cli.app import main as run

    sys.exit(run())
