"""Take the thoughts out of a reply: what a model writes before it answers."""

import re
from typing import NamedTuple

_NAMES = {
    "think": r"(?:\w+:)?think(?:ing)?|ant_?thinking|thoughts?|begin_of_thought|end_of_thought",
    "reason": r"reason(?:ing)?|scratch_?pad|reflection",
}
"""Family -> names of tags, which models mix within a family."""

_FAMILIES = "|".join(f"(?P<{family}>{names})" for family, names in _NAMES.items())
_TAG = re.compile(
    rf"(?:<\|?|◁)(?P<closes>/)?(?:{_FAMILIES})\|?(?:>|▷)"
    r"|\[(?P<slash>/)?THINK(?:ING)?\]"  # capitals only: `x[think]` is Python
    r"|<\|(?P<edge>START|END)_THINKING\|>",
    re.IGNORECASE,
)
_CHANNEL = re.compile(
    r"(?:<\|start\|>[^<]*)?<\|channel\|>(?P<name>[^<]*)(?:<\|constrain\|>[^<]*)?<\|message\|>",
    re.IGNORECASE,
)
_CHANNEL_BEGUN = "<|channel|>"
_MARK = re.compile(r"<\|(?:start|end|message|return|call|channel|constrain)\|>")
_MARKS_AT_END = ("<|end|>", "<|return|>", "<|call|>")
_BARE_CHANNEL = re.compile(r"\A\s*analysis(?=[A-Z\"'`]).*?(?:assistantfinal|\Z)", re.DOTALL)
"""Harmony of a server that leaves its marks out."""
_GEMMA = re.compile(r"<\|channel>\s*thought\b.*?(?:<channel\|>|\Z)", re.DOTALL)


class _Tag(NamedTuple):
    """One tag around a thought."""

    family: str
    closes: bool
    start: int
    end: int


def strip_thoughts(reply: str) -> str:
    """Return the reply without its thoughts; one that never opens or closes is cut, too.

    Known are `<think>` and its like (`<thinking>`, `<thought>`, `<reasoning>`, `<seed:think>`),
    `[THINK]`, and the channels of harmony, of which the final one is the reply.
    """
    text = _BARE_CHANNEL.sub("", _GEMMA.sub("", _final_channel(reply)))
    kept: list[str] = []
    at, thought = 0, ""
    for tag in _tags(text):
        if thought and (not tag.closes or tag.family != thought):
            continue  # a tag that a thought only speaks of
        if tag.closes and not thought:
            kept = []  # its opening tag was part of the prompt
        elif not tag.closes:
            kept.append(text[at : tag.start])
        thought, at = "" if tag.closes else tag.family, tag.end
    return "".join([*kept, "" if thought else text[at:]])


def _tags(text: str) -> list[_Tag]:
    tags = []
    for found in _TAG.finditer(text):
        family = next((name for name in _NAMES if found[name]), found[0].strip("[/]<|>").lower())
        if found["edge"]:
            closes, family = found["edge"].upper() == "END", "cohere"
        elif found[0].startswith("["):
            if not found[0].isupper():
                continue
            closes, family = bool(found["slash"]), "bracket"
        else:
            closes = bool(found["closes"]) or "end_of" in found[0].lower()
        tags.append(_Tag(family, closes, found.start(), found.end()))
    return tags


def _final_channel(reply: str) -> str:
    """Return the text of harmony's final channel; nothing if it was never reached."""
    heads = list(_CHANNEL.finditer(reply))
    if not heads:
        return _without_end_marks(_without_begun_channel(reply))
    ends = [*(head.start() for head in heads[1:]), len(reply)]
    parts = [
        _MARK.split(reply[head.end() : end], 1)[0]
        for head, end in zip(heads, ends, strict=True)
        if re.match(r"\s*final\b", head["name"], re.IGNORECASE)
    ]
    return parts[-1] if parts else ""


def _without_begun_channel(reply: str) -> str:
    """Return a reply without a channel that never came to its message."""
    at = reply.find(_CHANNEL_BEGUN, reply.rfind("<|message|>") + 1)
    return reply if at < 0 else reply[:at]


def _without_end_marks(reply: str) -> str:
    end, at = len(reply), len(reply.rstrip())
    while mark := next((m for m in _MARKS_AT_END if reply.endswith(m, 0, at)), None):
        end = at = at - len(mark)
        while at and reply[at - 1].isspace():
            at -= 1
    return reply[:end]
