"""Shortcomings of a reply as such, before anybody reads it: empty, or cut."""

from collections.abc import Mapping
from typing import Any

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import EmptyRepliesError
from langgraph_nas.llm import Reply
from langgraph_nas.llm.sampling import WhyCut
from langgraph_nas.prompts import strip_thoughts

_WHY: Mapping[WhyCut, str] = {
    "limit": "the reply was cut at {reply_tokens:,} tokens",
    "repeated": "the server ended it: it repeated itself",
    "unfinished": "the server ended it early, as if it repeated itself",
    "time": "the reply was cut after {llm_timeout:g} s",
    "long": "the reply was cut: it was longer than {reply_tokens:,} tokens can be",
}
ENDED_BY_SERVER = ("repeated", "unfinished")


def shortcoming(reply: Reply, config: SearchConfig) -> str | None:
    """Return in a few words why a reply is empty or cut, None if it is neither.

    Of one that an older version recorded nothing is said, as it said nothing then.
    """
    if reply.thought is None:
        return None
    if is_empty(reply):
        return f"the reply was empty{_whereto(reply, config)}"
    if reply.why_cut is None:
        return None
    words = _WHY[reply.why_cut]
    return words.format(reply_tokens=config.reply_tokens, llm_timeout=config.llm_timeout)


def is_empty(reply: Reply) -> bool:
    """Return whether a model wrote nothing besides thoughts, and ended that itself."""
    is_ended = reply.why_cut in (*ENDED_BY_SERVER, "long")
    return not is_ended and not strip_thoughts(reply.text).strip()


def _whereto(reply: Reply, config: SearchConfig) -> str:
    """Return what became of the tokens of an empty reply."""
    if reply.why_cut == "time":
        return f": after {config.llm_timeout:g} s there were only thoughts"
    tokens = f"all {reply.reply_tokens:,} tokens" if reply.reply_tokens else "all of it"
    if reply.thought or reply.text.strip():
        return f": {tokens} went into thoughts"
    return f": {tokens} went into something else, most likely thoughts" if reply.cut else ""


def holds_nothing(reply: Reply, found: Any) -> bool:
    """Return whether nothing came of a reply: it is empty, or cut and nothing was read in it.

    Args:
        reply: The reply.
        found: What was read in it: a candidate or a suggestion, None if nothing.
    """
    is_unread = found is None or found.get("code", "") is None
    return is_empty(reply) or (reply.cut and is_unread)


class EmptyReplies:
    """Counts the replies in a row of which nothing came, of each role and of both.

    Those count that came since the search was opened.
    """

    def __init__(self) -> None:
        self._row = {"generator": 0, "improver": 0, "both": 0}

    def take(self, role: str, reply: Reply, found: Any, config: SearchConfig) -> None:
        """Count a reply that has just come; make sure that the search is not asking in vain.

        Args:
            role: Who gave it.
            reply: The reply.
            found: As `holds_nothing` takes it.
            config: The settings of the search.

        Raises:
            EmptyRepliesError: Nothing came of too many replies, this one the last. They are
                counted anew then.
        """
        is_vain = holds_nothing(reply, found)
        for name in (role, "both"):
            self._row[name] = self._row[name] + 1 if is_vain else 0
        count = max(self._row.values())
        if not config.empty_replies or count < config.empty_replies:
            return
        self._row = dict.fromkeys(self._row, 0)
        instead = _instead(reply, config)
        raise EmptyRepliesError(
            f"{count} replies in a row held nothing that can be used, the last one of "
            f"{reply.model}: {shortcoming(reply, config)}. {_advice(reply, instead)}; what is "
            "finished is kept",
            instead=instead,
        )


def _advice(reply: Reply, instead: Mapping[str, Any]) -> str:
    if instead:
        return (
            "Settings are frozen: start another search in which the model has more room or time, "
            "or thinks less, or change that at its server and go on with `langgraph-nas resume`"
        )
    if reply.cut:
        return (
            "A model that goes round in circles is mostly too small for what it is asked: start "
            "another search with another model (or a higher --temperature), or go on with "
            "`langgraph-nas resume`"
        )
    return (
        "See what the model's server says, then go on with `langgraph-nas resume`, or start "
        "another search with another model"
    )


def _instead(reply: Reply, config: SearchConfig) -> dict[str, Any]:
    """Return settings with which the model may come to an answer, none if none are known."""
    text = strip_thoughts(reply.text).strip()
    has_thoughts = bool(reply.thought or (reply.text.strip() and not text))
    is_circle = reply.why_cut in (*ENDED_BY_SERVER, "long")
    may_think = not text and (has_thoughts or (reply.cut and not is_circle))
    if may_think and reply.model.startswith("ollama:") and config.think != "off":
        return {"think": "off"}
    if is_circle or not (may_think or reply.cut):
        return {}
    if reply.why_cut == "time":
        return {"llm_timeout": 2 * config.llm_timeout}
    return {"reply_tokens": 2 * config.reply_tokens}
