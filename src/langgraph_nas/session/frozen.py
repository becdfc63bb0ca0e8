"""The frozen settings of a search."""

from collections.abc import Mapping
from typing import Any

from langgraph_nas.archive import Archive
from langgraph_nas.config import RAISED, SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.session import changed_end, refuse_passed


def refuse_taken(name: str, config: SearchConfig, archive: Archive) -> None:
    """Make sure that a new search may have this name.

    Raises:
        UsageError: There is one of this name; the message says how its settings differ.
    """
    try:
        archive.refuse_taken(name)
    except UsageError as error:
        differ = name in archive.names() and differences(archive.search(name)["settings"], config)
        if not differ:
            raise
        raise UsageError(f"{error} (it was started with {'; '.join(differ)})") from error


def differences(frozen: Mapping[str, Any], config: SearchConfig) -> list[str]:
    """Return each setting that was given and is not what the search was started with."""
    given = config.model_dump(include=config.model_fields_set - set(RAISED))
    return unlike(frozen, {field: value for field, value in given.items() if value != "auto"})


def unlike(frozen: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Return each of these settings, in words, that is not what the search was started with."""
    return [
        f"{field} {_short(frozen.get(field))}, not {_short(value)}"
        for field, value in values.items()
        if frozen.get(field) != value
    ]


def raise_end(
    name: str, archive: Archive, given: Mapping[str, float | None]
) -> tuple[SearchConfig, dict[str, Any]]:
    """Return the settings of a search with a later end, and what was changed.

    Args:
        name: The search.
        archive: Where it is recorded.
        given: New values of `RAISED`; None: as before.

    Raises:
        UsageError: There is no such search, or it has passed that end.
        pydantic.ValidationError: A value is out of bounds.
    """
    frozen = SearchConfig.model_validate(archive.search(name)["settings"])
    update = {field: value for field, value in given.items() if value is not None}
    config = SearchConfig.model_validate(frozen.model_dump() | update)
    changed = changed_end(frozen.model_dump(), config)
    refuse_passed(name, archive, changed)
    return config, changed


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
