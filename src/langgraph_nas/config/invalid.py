"""Invalid settings in words: names that are none, values out of bounds."""

import difflib
from collections.abc import Callable, Iterable

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from langgraph_nas.config.secrets import shown_model
from langgraph_nas.registry import Registry

OURS = ("secret", "keep_alive", "unknown_setting", "unknown_name", "needs_turns")
"""Types of errors with words of our own, which stay as they are."""
ALIKE, SHORT = 0.85, 7
"""From this similarity and length on a name among others is taken for a slip of a setting's."""


def unknown_settings(names: Iterable[str], known: Iterable[str]) -> str | None:
    """Return in one sentence which names are no settings; None if all are.

    Example:
        >>> unknown_settings(["iteratons"], ["iterations", "memory"])
        "there is no setting 'iteratons': did you mean 'iterations'?"
    """
    known = list(known)
    said = [_told(name, known) for name in names if name not in known]
    return "; ".join(said) or None


def known_in(registry: Registry, name: str) -> str:
    """Return a name that a registry knows.

    Raises:
        PydanticCustomError: It does not; what it may be is said.
    """
    if wrong := registry.problem(name):
        raise PydanticCustomError("unknown_name", "{wrong}", {"wrong": wrong})
    return name


def slips_in(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the names that are no settings, but almost.

    Example:
        >>> slips_in(["iteratons", "user_id", "memory"], ["iterations", "memory"])
        ['iteratons']
    """
    known = list(known)
    return [
        name
        for name in names
        if name not in known
        and len(name) >= SHORT
        and difflib.get_close_matches(_plain(name), known, 1, ALIKE)
    ]


def _told(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(_plain(name), known, 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else "docs/settings.md lists all"
    return f"there is no setting {name!r}: {hint}"


def _plain(name: str) -> str:
    return name.strip().lower().lstrip("-").replace("-", "_")


def explain_settings(
    error: ValidationError, told: Callable[[str, object], str] = "{} {!r}".format
) -> str:
    """Return in one line which settings are wrong, and why.

    Args:
        error: What Pydantic says.
        told: Names a setting and its value.
    """
    return "; ".join(
        f"{told(str(item['loc'][0]), shown_model(item['input']))}: {_why(item)}"
        if item["loc"]
        else item["msg"]
        for item in error.errors()
    )


def _why(item: ErrorDetails) -> str:
    """Return what is wrong: in our words where a check of ours says it, else in Pydantic's."""
    raised = item.get("ctx", {}).get("error")
    if isinstance(raised, ValueError):
        return str(raised)
    return item["msg"] if item["type"] in OURS else item["msg"].lower()
