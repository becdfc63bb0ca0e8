"""The command line: thin over the Python API."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code (see `app.main`)."""
    from langgraph_nas.cli.app import main as run

    return run(arguments)
