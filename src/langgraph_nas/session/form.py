"""The settings as a form: what Studio and the server show of a run's context."""

from typing import Any

from pydantic import Field, create_model

from langgraph_nas.config import SearchConfig
from langgraph_nas.prompts import PLACEHOLDERS, load_templates

PREFIX = "prompt_"
_NODE = {"generate": "generate", "diagnose": "diagnose", "repair": "execute"}


def _prompt_field(name: str, text: str) -> Any:
    node = _NODE[name.partition("_")[0]]
    known = ", ".join(f"${key}" for key in sorted(PLACEHOLDERS[name]))
    return (
        str,
        Field(
            default=text,
            description=f"Template {name!r} of node {node}. Placeholders: {known}.",
            json_schema_extra={"langgraph_nodes": [node], "langgraph_type": "prompt"},
        ),
    )


_OURS = load_templates().texts
_FIELDS: dict[str, Any] = {PREFIX + name: _prompt_field(name, text) for name, text in _OURS.items()}

SettingsForm: type[SearchConfig] = create_model(
    "SettingsForm",
    __base__=SearchConfig,
    __module__=__name__,
    __doc__="The settings of a search, each prompt a field of its own that Studio can edit.",
    **_FIELDS,
)


def settings_of_form(values: dict[str, Any]) -> dict[str, Any]:
    """Return settings of the form's values: prompts that were edited, and all that is no prompt."""
    prompts = {key.removeprefix(PREFIX): text for key, text in values.items() if key in _FIELDS}
    edited = {name: text for name, text in prompts.items() if text != _OURS[name]}
    rest = {key: value for key, value in values.items() if key not in _FIELDS}
    return {**rest, "prompts": {**rest.get("prompts", {}), **edited}} if edited else rest
