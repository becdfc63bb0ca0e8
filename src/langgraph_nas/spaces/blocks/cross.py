"""Cross two specs: the beginning of one, the end of the other."""

import random
from collections.abc import Sequence

from langgraph_nas.spaces.blocks.grammar import MAX_BLOCKS
from langgraph_nas.spaces.blocks.parse import parse_spec
from langgraph_nas.spaces.blocks.schema import MIN_LAYERS


def cross_specs(one: Sequence[str], other: Sequence[str], rng: random.Random) -> list[str]:
    """Return the first blocks of one spec and the last ones of another, with its head.

    Each pair of cuts that keeps the number of blocks within bounds is equally likely.

    Args:
        one: A spec, its head last.
        other: Another one.
        rng: Where chance comes from.
    """
    first, last = parse_spec(list(one)), parse_spec(list(other))
    front, back, head = first[:-1], last[:-1], last[-1]
    cuts = [
        (i, j)
        for i in range(1, len(front) + 1)
        for j in range(len(back) + 1)
        if MIN_LAYERS <= i + len(back) - j <= MAX_BLOCKS
    ]
    if not cuts:  # two specs of a single block each
        return [*front, *back, head]
    i, j = rng.choice(cuts)
    return [*front[:i], *back[j:], head]
