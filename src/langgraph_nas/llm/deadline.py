"""A bound on how long one reply may take, for every chat model that streams."""

import time
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler


class ReplyDeadline(BaseCallbackHandler):
    """Ends a call at the first token that comes too late.

    A client's own timeout is for the pause between two records, so that a model that
    trickles would never meet it.
    """

    raise_error = True
    run_inline = True

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def on_llm_new_token(self, token: str | list[str | dict[str, Any]], **kwargs: Any) -> None:
        """Raise TimeoutError once the time is over."""
        if time.monotonic() > self._end:
            raise TimeoutError(f"no whole reply within {self._seconds:g} s")
