"""The text and the thoughts in a chat model's message, whatever form they have."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

MOST_TOKENS = 10**12
"""More than any server reads or writes."""
THOUGHTS = ("reasoning_content", "reasoning", "thinking")
"""Fields in which servers tell thoughts apart from the text."""


def text_of(message: "BaseMessage") -> str:
    """Return the text of a message: its parts joined; without any, what a tool was to be given."""
    text = str(message.text)
    calls = getattr(message, "tool_calls", [])
    return text or "\n\n".join(_given(call["args"]) for call in calls)


def thought_of(message: "BaseMessage") -> int:
    """Return how many characters of thoughts came apart from the text."""
    fields = (message.additional_kwargs.get(name) for name in THOUGHTS)
    apart = next((len(thought) for thought in fields if isinstance(thought, str) and thought), 0)
    if isinstance(message.content, str):
        return apart
    parts = [part for part in message.content if isinstance(part, dict)]
    return apart + sum(_length(part) for part in parts if part.get("type") in THOUGHTS)


def count_in(usage: Mapping[str, Any], name: str) -> int | None:
    """Return a number of tokens as a server counts them; None if it is no number of tokens."""
    found = usage.get(name)
    if isinstance(found, int | float) and 0 <= found <= MOST_TOKENS:
        return int(found)
    return None


def _given(arguments: dict[str, Any]) -> str:
    values = list(arguments.values())
    if len(values) == 1 and isinstance(values[0], str):
        return values[0]
    return json.dumps(arguments)


def _length(part: Any) -> int:
    """Return the characters of all texts in a part of type `thinking` or `reasoning`."""
    if isinstance(part, str):
        return len(part)
    if isinstance(part, list):
        return sum(map(_length, part))
    if isinstance(part, dict):
        return sum(_length(part.get(name)) for name in ("text", *THOUGHTS, "summary"))
    return 0
