"""The command line: all commands under one name, every error in one line."""

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from langgraph_nas.cli.commands.best import best
from langgraph_nas.cli.commands.compare import compare
from langgraph_nas.cli.commands.doctor import doctor
from langgraph_nas.cli.commands.evaluate import evaluate
from langgraph_nas.cli.commands.export import export
from langgraph_nas.cli.commands.finalize import finalize
from langgraph_nas.cli.commands.list import list_searches
from langgraph_nas.cli.commands.prompts import prompts
from langgraph_nas.cli.commands.reliability import reliability
from langgraph_nas.cli.commands.replay import replay
from langgraph_nas.cli.commands.resume import resume
from langgraph_nas.cli.commands.sandbox import sandbox
from langgraph_nas.cli.commands.search import search
from langgraph_nas.cli.commands.show import show
from langgraph_nas.cli.failing import fail

PROGRAM = "langgraph-nas"
_CLIENTS = ("langchain_core", "langchain_ollama", "langchain_openai")

app = typer.Typer(
    name=PROGRAM,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.command("search")(search)
app.command("resume")(resume)
app.command("replay")(replay)
app.command("evaluate")(evaluate)
app.command("compare")(compare)
app.command("list")(list_searches)
app.command("show")(show)
app.command("best")(best)
app.command("export")(export)
app.command("finalize")(finalize)
app.command("reliability")(reliability)
app.command("prompts")(prompts)
app.command("doctor")(doctor)
app.add_typer(sandbox, name="sandbox")


def _print_version(wanted: bool) -> None:
    if wanted:
        from langgraph_nas import __version__

        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def about(
    context: typer.Context,
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            callback=_print_version,
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Search for neural networks with local LLMs: one proposes, one learns from each failure."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0: done; 1: a bug, no sandbox or model works, or `replay --check` found a difference; 2: the
    request can't be carried out as asked; 3: stopped, and `resume` goes on; 130: stopped by Ctrl-C
    or SIGTERM.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that is not UTF-8
    for client in _CLIENTS:
        # What they log would land on the screen; what matters of it is told in our words.
        logging.getLogger(client).addHandler(logging.NullHandler())
    try:
        code = app(arguments, prog_name=PROGRAM, standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # `fail` raises what it does not know
        return fail(error)
    return code if isinstance(code, int) else 0
