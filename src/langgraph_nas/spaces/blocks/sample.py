"""Draw specs at random from the same grammar that models write in: the baseline of a search."""

import random

from langgraph_nas.spaces.blocks.grammar import BODY, HEAD, KINDS, MAX_BLOCKS, POOLS, Arg, Kind
from langgraph_nas.spaces.blocks.parse import parse_spec
from langgraph_nas.spaces.blocks.plan import Shape, can_halve
from langgraph_nas.spaces.blocks.schema import MIN_LAYERS


def random_spec(rng: random.Random, shape: Shape) -> list[str]:
    """Return a spec in normal form that `spec_schema(shape)` allows.

    The number of blocks, each kind and each argument are drawn uniformly; an optional argument
    is left out half of the time.
    """
    halve = can_halve(shape[1:])
    kinds = [kind for kind in BODY if halve or kind.name not in POOLS]
    body = [rng.choice(kinds) for _ in range(rng.randint(MIN_LAYERS, MAX_BLOCKS))]
    return parse_spec([_draw(kind, rng, halve) for kind in [*body, KINDS[HEAD]]])


def _draw(kind: Kind, rng: random.Random, halve: bool) -> str:
    args = [arg for arg in kind.args if halve or arg.name != "STRIDE"]
    return " ".join([kind.name, *(_choice(arg, rng) for arg in args)])


def _choice(arg: Arg, rng: random.Random) -> str:
    """Return one word of an argument, its default half of the time where it is optional."""
    if arg.optional and arg.default is not None and rng.random() < 0.5:
        return arg.default
    return rng.choice([c for c in arg.choices if not (arg.optional and c == arg.default)])
