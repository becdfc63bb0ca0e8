"""Errors as one line on standard error, and what the program exits with."""

import errno
import sys

import typer
from pydantic import ValidationError

from langgraph_nas.cli.interrupt import EXIT_CODE
from langgraph_nas.cli.settings import explain_invalid
from langgraph_nas.errors import NasError, StorageError, UsageError
from langgraph_nas.report.text import clean

# Typer carries its own copy of Click since 0.25 and used the `click` package before; this
# finds the right base class in both.
ClickException: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)

_DISK = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your disk quota is used up; free some space",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EIO: "the disk failed to read or write it; check the disk",
    errno.EACCES: "permission denied; choose another folder or give access",
    errno.EPERM: "permission denied; choose another folder or give access",
}


def fail(error: BaseException) -> int:
    """Print one line that says what is wrong, and return the exit code.

    Raises:
        BaseException: `error` itself, if it is none of those that a user can do something about.
    """
    if isinstance(error, NasError):
        return complain(str(error), error.exit_code)
    if isinstance(error, ValidationError):
        return complain(explain_invalid(error), UsageError.exit_code)
    if isinstance(error, ClickException):
        return complain(_usage(error), UsageError.exit_code)
    if isinstance(error, typer.Abort | KeyboardInterrupt):
        return complain("stopped", EXIT_CODE)
    if isinstance(error, OSError) and error.errno in _DISK:
        return complain(f"{error.filename or 'writing'}: {_DISK[error.errno]}", _STORAGE_EXIT)
    raise error


_STORAGE_EXIT = StorageError.exit_code


def complain(message: str, exit_code: int) -> int:
    """Print `error: ` and the message on standard error; return the exit code."""
    line = " ".join(clean(message).split())
    print(f"error: {line}", file=sys.stderr)
    return exit_code


def _usage(error: Exception) -> str:
    """Return Typer's message, and the command whose help to read."""
    message = str(error.format_message())  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "langgraph-nas"
    return f"{message.rstrip('.')}; see `{path} --help`"
