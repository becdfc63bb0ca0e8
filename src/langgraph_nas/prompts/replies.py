"""Read a prompt improver's reply: JSON inside prose, broken JSON, or labelled lines."""

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from langgraph_nas.prompts.thoughts import strip_thoughts

_FENCED = re.compile(r"```[ \t]*(?:json\w*)?[ \t]*\n?(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
_NAMES = {
    "problem": ("problem", "reason", "diagnosis", "analysis", "issue"),
    "inspiration": ("inspiration", "idea", "insight"),
    "gist": ("gist", "in_one_sentence", "change_in_one_sentence"),
    "modification": (
        "modification",
        "modifications",
        "suggestion",
        "suggestions",
        "improvement_suggestions",
        "change",
        "changes",
    ),
}
_MODIFICATION = _NAMES["modification"]


def read_json(reply: str) -> Any:
    """Return the last JSON object or array in a reply, repaired if need be; None without one."""
    return next(_found(reply), None)


def read_suggestion(reply: str) -> dict[str, str] | None:
    """Return problem, inspiration, modification, and gist if it has one; None without a change.

    Lists are joined, nested objects flattened; a reply without JSON is read as labelled lines.
    Of several objects (code in a reply may look like one) it is the last that asks for a change.
    """
    told = (_lowered(_object_of(found)) for found in _found(reply))
    suggested = (values for values in told if any(values.get(name) for name in _MODIFICATION))
    values = next(suggested, None) or _labelled_lines(strip_thoughts(reply))
    read = {field: _first(values, names) for field, names in _NAMES.items()}
    if not read["gist"]:
        del read["gist"]
    return read if read["modification"] else None


def explain_unread(reply: str) -> str:
    """Return why no suggestion could be read in a reply, in a few words for who wrote it."""
    text = strip_thoughts(reply).strip()
    if not text:
        return "it is empty"
    start = text.find("{")
    if start < 0:
        return "it holds no JSON object"
    try:
        json.loads(text[start : text.rfind("}") + 1] or text[start:])
    except ValueError as error:
        return f"it is not JSON: {error}"
    except RecursionError:
        return "it is nested too deep"
    return "the JSON object has no `modification`"


def read_diagnosis(
    reply: str, diagnoses: Iterable[str], changes: Iterable[str]
) -> tuple[str, str] | None:
    """Return the chosen (diagnosis, change), None if either is not one of those offered."""
    diagnoses, changes = list(diagnoses), list(changes)
    for found in _found(reply):
        values = _lowered(_object_of(found))
        diagnosis = _choice(values.get("diagnosis"), diagnoses)
        change = _choice(values.get("change"), changes)
        if diagnosis and change:
            return diagnosis, change
    return None


def _found(reply: str) -> Iterator[Any]:
    """Yield what may be the JSON of a reply, likelier first: the whole, fenced parts, the rest."""
    text = strip_thoughts(reply).strip()
    parts = [*reversed(_FENCED.findall(text)), text]
    read = (found for part in parts for found in (*_strict(part), *_repaired(part)))
    yield from (found for found in (*_loaded(text), *read) if found)


def _strict(text: str) -> Iterator[Any]:
    for part in _objects(text):
        yield from _loaded(part)


def _loaded(text: str) -> Iterator[Any]:
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(text)
        if isinstance(found, dict | list):
            yield found


def _repaired(text: str) -> Iterator[Any]:
    from json_repair import repair_json

    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    if start < 0:
        return
    with contextlib.suppress(ValueError, RecursionError):  # nested deeper than it can read
        found = repair_json(text[start:], return_objects=True)
        if isinstance(found, list):  # prose with brackets comes back as a list around the object
            found = next((item for item in reversed(found) if isinstance(item, dict)), found)
        if isinstance(found, dict | list):
            yield found


def _object_of(found: Any) -> dict[Any, Any]:
    """Return the object, the last one of a list, or an empty one."""
    items = found if isinstance(found, list) else [found]
    return next((item for item in reversed(items) if isinstance(item, dict)), {})


def _objects(text: str) -> list[str]:
    """Return the outermost {...} stretches of a text, the last first."""
    depth, start, found = 0, 0, []
    for at, character in enumerate(text):
        if character == "{":
            start = at if depth == 0 else start
            depth += 1
        elif character == "}" and depth:
            depth -= 1
            if depth == 0:
                found.append(text[start : at + 1])
    return found[::-1]


def _lowered(found: dict[Any, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in found.items():
        name = str(key).strip().lower().replace(" ", "_")
        if isinstance(value, dict) and name not in sum(_NAMES.values(), ()):
            flat |= _lowered(value)
        else:
            flat[name] = value
    return flat


def _labelled_lines(text: str) -> dict[str, Any]:
    names = "|".join(sorted(sum(_NAMES.values(), ()), key=len, reverse=True))
    label = re.compile(rf"^[\s*#>\-\d.]*({names})[\s*]*:[\s*]*(.*)$", re.IGNORECASE)
    values: dict[str, Any] = {}
    current = None
    for line in text.splitlines():
        if match := label.match(line):
            current = match[1].lower()
            values[current] = match[2].strip()
        elif current and line.strip():
            values[current] = f"{values[current]} {line.strip()}".strip()
    return values


def _first(values: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := _text(values.get(name)))), "")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "; ".join(text for item in value if (text := _text(item)))
    return "" if value is None else " ".join(str(value).split())


def _choice(value: Any, offered: Iterable[str]) -> str | None:
    text = _text(value).lower().replace(" ", "_").replace("-", "_")
    return next((name for name in offered if name == text), None)
