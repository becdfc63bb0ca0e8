"""A check that a server read a whole prompt, by the tokens that it counts.

Servers cut a prompt that overflows their window without a word: some keep half a window of it,
some a whole one. Our own count is an estimate, so a low count is only a suspicion. It is settled
by asking for both halves of the prompt: of a prompt that was read whole they count as much as the
whole did, of one that was cut more.
"""

import math
from collections.abc import Callable

Count = Callable[[str], int | None]
"""Asks the server how many tokens it reads of a text; None if it does not say."""

SMALL = 512
"""Estimated tokens of prompts that fit in any window."""
EXPECTED = 0.8
"""Tokens of a prompt for each estimated one, on the high side: 0.67 to 0.9 were measured."""
LOWER = 0.93
"""Part of what earlier prompts gave, below which a prompt may be cut."""
FRAME = 256
"""Tokens that a chat template may add to each text."""
SPREAD = 0.03
"""Part by which the tokens of halves may differ from those of the whole."""


class PromptReading:
    """What the counts of one model's prompts say.

    Each suspicion that proves wrong lowers what is taken for usual, so that there are few.
    """

    def __init__(self) -> None:
        self._most = EXPECTED
        self._least = math.inf
        self._counts_tell = True

    def shows_a_cut(self, prompt: str, estimate: int, read: int, count: Count) -> bool:
        """Tell whether the server read less than the whole prompt.

        Args:
            prompt: What was sent.
            estimate: Its tokens, as we count them.
            read: Those that the server says it read.
            count: Asks the server; called for doubtful prompts only.
        """
        if estimate < SMALL or not self._counts_tell:
            return False
        ratio = read / estimate
        if ratio >= LOWER * min(self._most, self._least):
            self._most = max(self._most, ratio)
            return False
        is_cut = self._halves_say_so(prompt, estimate, read, count)
        if not is_cut:
            self._least = min(self._least, ratio)
        return is_cut

    def _halves_say_so(self, prompt: str, estimate: int, read: int, count: Count) -> bool:
        middle = len(prompt) // 2
        halves = [count(prompt[:middle]), count(prompt[middle:])]
        known = [tokens for tokens in halves if tokens]
        if len(known) < 2:
            return read * 2 < estimate
        if known == [read, read] and count("Hello") == read:
            self._counts_tell = False  # it counts every prompt alike
            return False
        return sum(known) > read * (1 + SPREAD) + FRAME
