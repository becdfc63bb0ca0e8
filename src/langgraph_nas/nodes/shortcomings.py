"""What is wrong with a reply as such, before anybody reads it: empty, or cut."""

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


class EmptyReplies:
    """Counts the empty replies in a row, of each role and of both, since the search was opened."""

    def __init__(self) -> None:
        self._row = {"generator": 0, "improver": 0, "both": 0}

    def take(self, role: str, reply: Reply) -> None:
        """Count a reply that has just come."""
        for name in (role, "both"):
            self._row[name] = self._row[name] + 1 if is_empty(reply) else 0

    def check(self, reply: Reply, config: SearchConfig) -> None:
        """Make sure that the search is not asking in vain; it starts to count anew then.

        Raises:
            EmptyRepliesError: Too many replies were empty, this one the last.
        """
        count = max(self._row.values())
        if not config.empty_replies or count < config.empty_replies:
            return
        self._row = dict.fromkeys(self._row, 0)
        instead = _instead(reply, config)
        raise EmptyRepliesError(
            f"{count} replies in a row held nothing, the last one of {reply.model}: "
            f"{shortcoming(reply, config)}. {_ADVICE[bool(instead)]}; what is finished is kept",
            instead=instead,
        )


_ADVICE = {
    True: "Settings are frozen: start another search in which the model has more room or thinks "
    "less, or change that at its server and go on with `langgraph-nas resume`",
    False: "See what the model's server says, then go on with `langgraph-nas resume`, or start "
    "another search with another model",
}


def _instead(reply: Reply, config: SearchConfig) -> dict[str, Any]:
    """Return settings with which a model that thinks all the time may come to an answer."""
    if not (reply.thought or reply.text.strip() or reply.cut):
        return {}
    if reply.model.startswith("ollama:") and config.think != "off":
        return {"think": "off"}
    return {"reply_tokens": 2 * config.reply_tokens}
