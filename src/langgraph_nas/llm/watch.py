"""A watch on a reply that streams: what came so far, bounds on seconds and characters."""

import time
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGenerationChunk, GenerationChunk

from langgraph_nas.llm.faults import ReplyEnded, is_timeout, is_too_long, says_that_it_repeats
from langgraph_nas.llm.messages import text_of, thought_of
from langgraph_nas.llm.sampling import WhyCut

Token = str | list[str | dict[str, Any]]


class ReplyWatch(BaseCallbackHandler):
    """Keeps the words of one reply as they come, and ends it when it takes too long.

    A client's own timeout is for the pause between two records, so that a model that
    trickles would never meet it.

    Args:
        seconds: The most that it may take.
        characters: The most that it may have, thoughts included.
    """

    raise_error = True
    run_inline = True

    def __init__(self, seconds: float, characters: int) -> None:
        self._end = time.monotonic() + seconds
        self._left = characters
        self._texts: list[str] = []
        self.thought = 0
        """Characters of thoughts so far."""
        self._ended: WhyCut | None = None
        """Why we ended it; what clients make of our error is theirs."""

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._texts)

    @property
    def has_words(self) -> bool:
        """Whether anything came."""
        return bool(self._texts or self.thought)

    def on_llm_new_token(
        self,
        token: Token,
        *,
        chunk: GenerationChunk | ChatGenerationChunk | None = None,
        **kwargs: Any,
    ) -> None:
        """Keep what came; raise ReplyEnded once it is enough."""
        text, thought = _read(token, chunk)
        if text:
            self._texts.append(text)
        self.thought += thought
        self._left -= len(text) + thought
        if self._left < 0:
            self._ended = "long"
        elif time.monotonic() > self._end:
            self._ended = "time"
        if self._ended is not None:
            raise ReplyEnded(self._ended)

    def why_cut(self, error: BaseException) -> WhyCut | None:
        """Return why an error ended a reply of which there are words; None if it ended none."""
        if says_that_it_repeats(error):
            return "repeated"
        if is_too_long(error):
            return "long"
        if not self.has_words:
            return None
        return self._ended or ("time" if is_timeout(error) else None)

    @property
    def is_over(self) -> bool:
        """Whether we ended it."""
        return self._ended is not None


def _read(token: Token, chunk: GenerationChunk | ChatGenerationChunk | None) -> tuple[str, int]:
    if isinstance(chunk, ChatGenerationChunk):
        return text_of(chunk.message), thought_of(chunk.message)
    return text_of(AIMessage(token)), 0
