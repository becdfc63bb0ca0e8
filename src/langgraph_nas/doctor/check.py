"""A finding about a part of the installation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """What one part is found to be."""

    part: str
    works: bool
    message: str
    """What was found, in one line."""
    todo: str | None = None
    """What to do to make it work, where that is not in the message; None if it works."""
