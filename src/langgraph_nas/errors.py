"""Errors that a human must fix, as exceptions that say what to do.

What a *candidate* does wrong is never an exception: it is an outcome (see `outcomes.Outcome`).
Each message is one line (the CLI prints it as it is) and names the next step.
"""

from collections.abc import Mapping
from typing import Any


class NasError(Exception):
    """Base of all errors raised by langgraph-nas.

    All are a `ValueError` or a `RuntimeError` too: of others LangGraph Server, Studio and MCP show
    "An internal error occurred" in place of the message.

    Attributes:
        exit_code: What the command line exits with.
        instead: Settings with which another search would not meet this; those of one that has
            begun are frozen.
    """

    exit_code = 1

    def __init__(self, *words: object, instead: Mapping[str, Any] | None = None) -> None:
        super().__init__(*words)
        self.instead = dict(instead or {})


class UsageError(NasError, ValueError):
    """The request can't be carried out as asked: unknown name, bad file, bad value."""

    exit_code = 2


class DatasetError(UsageError):
    """A data set is unknown, missing on disk, or not usable."""


class PromptError(UsageError):
    """A prompt template can't be read or lacks a placeholder."""


class ArchiveError(UsageError):
    """A database is not ours, from a newer version, locked by another search or unreadable."""


class SandboxUnavailableError(UsageError):
    """No sandbox works here; the message holds each reason and what to install."""


class ModelUnavailableError(UsageError):
    """A model is unknown, not pulled, or its server or package is not there at the start."""


class OtherWayError(UsageError):
    """A search that is gone through again goes another way than it went; it stays as it was."""


class ResumableError(NasError, RuntimeError):
    """The search had to stop, but everything finished so far is kept and `resume` goes on."""

    exit_code = 3


class ModelServerError(ResumableError):
    """The model server went away or kept failing, after all retries."""


class EmptyRepliesError(ResumableError):
    """A model answered with nothing, again and again."""


class PromptCutError(ResumableError):
    """The model server cut a prompt; the message names the setting to raise."""


class RepliesExhaustedError(ResumableError):
    """A file of recorded replies ran out."""


class SandboxError(ResumableError):
    """The sandbox itself failed (engine gone, image removed), after all retries."""


class StorageError(ResumableError):
    """The disk is full or read-only, or a file can't be written."""


class SearchStopped(ResumableError):
    """The search was asked to stop (Ctrl-C, a set `stop` event)."""

    exit_code = 130
