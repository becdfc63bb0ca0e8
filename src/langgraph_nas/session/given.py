"""The settings that a run is given: as its context, or among its configurable values."""

from collections.abc import Iterable, Mapping
from typing import Any

from langgraph_nas.config import SearchConfig, slips_in, unknown_settings
from langgraph_nas.errors import UsageError
from langgraph_nas.session.form import SettingsForm, settings_of_form


def settings_in(context: object, configurable: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a run is given.

    Those of the context go before configurable values, which count only in a run of the search's
    own graph: in one of a parent graph they are the parent's.

    Args:
        context: The run's context; that of a parent graph may hold other things.
        configurable: The run's configurable values; they hold other things in any case.

    Raises:
        UsageError: One of them holds what is almost the name of a setting.
    """
    known = SettingsForm.model_fields
    given: dict[str, Any] = {}
    if not is_nested(configurable):
        refuse_slips(configurable, "among the run's configurable values")
        given = {key: configurable[key] for key in configurable if key in known}
    if isinstance(context, SearchConfig):
        given |= context.model_dump(include=context.model_fields_set)
    elif isinstance(context, Mapping):
        refuse_slips(context, "in the run's context")
        given |= {key: context[key] for key in context if key in known}
    return settings_of_form(given)


def is_nested(configurable: Mapping[str, Any]) -> bool:
    """Return whether a run belongs to a parent graph."""
    return "|" in str(configurable.get("checkpoint_ns", ""))


def refuse_slips(names: Iterable[str], where: str) -> None:
    """Make sure that none of these names is almost that of a setting.

    Raises:
        UsageError: One is; the message names the nearest ones.
    """
    known = SettingsForm.model_fields
    slips = slips_in((name for name in names if not name.startswith("__")), known)
    if wrong := unknown_settings(slips, known):
        raise UsageError(f"{wrong} ({where})")


def refuse_unknown(names: Iterable[str], where: str) -> None:
    """Make sure that all of these names are settings.

    Raises:
        UsageError: One is none; the message names the nearest ones.
    """
    if wrong := unknown_settings(names, SettingsForm.model_fields):
        raise UsageError(f"{wrong} ({where})")
