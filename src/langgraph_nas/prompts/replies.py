"""Read a prompt improver's reply: JSON inside prose, broken JSON, or labelled lines."""

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from langgraph_nas.prompts.echoes import Echoes
from langgraph_nas.prompts.templates import our_echoes
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
_MOST_REPAIRED = 20_000
"""Characters of broken JSON that are looked at."""
_DEEPEST_REPAIRED = 50
"""Levels of broken JSON; what goes deeper is no answer, and takes long."""
_CHANGE = (*_NAMES["modification"], *_NAMES["gist"])
_ALL_NAMES = tuple(name for names in _NAMES.values() for name in names)


def read_json(reply: str) -> Any:
    """Return the last JSON object or array in a reply, repaired if need be; None without one."""
    return next(_found(reply), None)


def read_suggestion(reply: str, echoes: Echoes | None = None) -> dict[str, str] | None:
    """Return problem, inspiration, modification, and gist if it has one; None without a change.

    Lists are joined, nested objects flattened; a reply without JSON is read as labelled lines.
    Of several objects (code in a reply may look like one) it is the last that asks for a change.
    What only repeats the form of the answer is read as nothing.

    Args:
        reply: The improver's reply.
        echoes: What the templates of the search say; default: ours.
    """
    echoes = echoes or our_echoes()
    with contextlib.suppress(RecursionError):  # nested deeper than can be looked at
        told = (_lowered(_object_of(found)) for found in _found(reply))
        suggested = (values for values in told if _first(values, _CHANGE, echoes))
        values = next(suggested, None) or _labelled_lines(strip_thoughts(reply))
        read = {field: _first(values, names, echoes) for field, names in _NAMES.items()}
        read["modification"] = read["modification"] or read["gist"]
        if not read["gist"]:
            del read["gist"]
        return read if read["modification"] else None
    return None


def explain_unread(reply: str) -> str:
    """Return why no suggestion could be read in a reply, in a few words for who wrote it."""
    text = strip_thoughts(reply).strip()
    if not text:
        return "it is empty"
    start = text.find("{")
    if start < 0:
        return "it holds no JSON object"
    try:
        found = json.loads(text[start : text.rfind("}") + 1] or text[start:])
        told = any(_text(_lowered(_object_of(found)).get(name)) for name in _CHANGE)
    except ValueError as error:
        return f"it is not JSON: {error}"
    except RecursionError:
        return "it is nested too deep"
    if told:
        return "it repeats the form of the answer and does not fill it in"
    return "the JSON object has no `modification`"


def read_diagnosis(
    reply: str, diagnoses: Iterable[str], changes: Iterable[str]
) -> tuple[str, str] | None:
    """Return the chosen (diagnosis, change), None if either is not one of those offered."""
    diagnoses, changes = list(diagnoses), list(changes)
    with contextlib.suppress(RecursionError):  # nested deeper than can be looked at
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
    text = text[start : start + _MOST_REPAIRED]
    if _depth(text) > _DEEPEST_REPAIRED:
        return
    with contextlib.suppress(ValueError, RecursionError):
        found = repair_json(text, return_objects=True)
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


def _depth(text: str) -> int:
    """Return how many brackets are open at once at most."""
    depth, deepest = 0, 0
    for character in text:
        depth += (character in "{[") - (character in "}]")
        deepest = max(deepest, depth)
    return deepest


def _lowered(found: dict[Any, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in found.items():
        name = str(key).strip().lower().replace(" ", "_")
        if isinstance(value, dict) and name not in _ALL_NAMES:
            flat |= _lowered(value)
        else:
            flat[name] = value
    return flat


def _labelled_lines(text: str) -> dict[str, Any]:
    names = "|".join(sorted(_ALL_NAMES, key=len, reverse=True))
    label = re.compile(rf"^[\s*#>\-\d.]*({names})[\s*]*:[\s*]*(.*)$", re.IGNORECASE)
    values: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.split("\n"):
        if match := label.match(line.rstrip()):
            current = values[match[1].lower()] = [match[2]]
        else:
            current.append(line)
    return {name: " ".join(" ".join(lines).split()) for name, lines in values.items()}


def _first(values: dict[str, Any], names: tuple[str, ...], echoes: Echoes) -> str:
    """Return the text under the first of some names that says something."""
    texts = (_text(values.get(name)) for name in names)
    return next((text for text in texts if text and not echoes.say(text, *_ALL_NAMES)), "")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "; ".join(text for item in value if (text := _text(item)))
    return "" if value is None else " ".join(str(value).split())


def _choice(value: Any, offered: Iterable[str]) -> str | None:
    text = _text(value).lower().replace(" ", "_").replace("-", "_")
    return next((name for name in offered if name == text), None)
