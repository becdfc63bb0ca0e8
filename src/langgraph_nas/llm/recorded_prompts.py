"""Texts that fitted a model whose tokenizer is not here, as far as its sent prompts show it."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import sha256

_DIGITS = re.compile(r"\d+")


class SentPrompts:
    """The prompts of a role, all of which fitted.

    A prompt that is too long loses lessons until it fits, and then texts lose their middles, by a
    bisection (see `prompts.fitting`). So the drafts of a prompt that fitted are the sent one
    and those that leave out more in the same place, under a note that tells of more lines.

    Args:
        prompts: Each prompt, and whether it was trimmed.
    """

    def __init__(self, prompts: Iterable[tuple[str, bool]]) -> None:
        self._sent: set[bytes] = set()
        self._trimmed: list[str] = []
        for prompt, trimmed in prompts:
            self._sent.add(_digest(prompt))
            if trimmed:
                self._trimmed.append(prompt)

    def show_that_it_fits(self, text: str) -> bool:
        """Return whether a text was sent, or is a sent one with more left out in one place."""
        return _digest(text) in self._sent or any(
            len(text) < len(sent) and _leaves_out_more(text, sent) for sent in self._trimmed
        )


def _leaves_out_more(text: str, sent: str) -> bool:
    """Return whether all that `text` has instead of a part of `sent` is the note within it."""
    start = _common_start(text, sent)
    end = _common_start(text[start:][::-1], sent[start:][::-1])
    note, part = text[start : len(text) - end], sent[start : len(sent) - end]
    return _DIGITS.sub("", note) in _DIGITS.sub("", part)


def _common_start(text: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    shorter = min(len(text), len(other))
    return bisect_left(range(shorter), True, key=lambda n: text[: n + 1] != other[: n + 1])


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "replace")).digest()
