"""Change a spec at random within the grammar: the step of an evolutionary search."""

import random
from collections.abc import Sequence

from langgraph_nas.spaces.blocks.grammar import MAX_BLOCKS
from langgraph_nas.spaces.blocks.parse import parse_spec
from langgraph_nas.spaces.blocks.plan import Shape
from langgraph_nas.spaces.blocks.sample import random_spec
from langgraph_nas.spaces.blocks.schema import MIN_LAYERS


def mutate_spec(spec: Sequence[str], rng: random.Random, shape: Shape) -> list[str]:
    """Return `spec` in normal form with one block replaced, inserted or deleted.

    Each change that keeps the length within bounds is equally likely, then each place. The new
    block is drawn as in `random_spec`.

    Args:
        spec: The parent, its head last.
        rng: Where chance comes from.
        shape: Of one image, [channels, height, width].
    """
    before = parse_spec(list(spec))
    body, head = before[:-1], before[-1]
    actions = ["replace"]
    actions += ["insert"] * (len(body) < MAX_BLOCKS) + ["delete"] * (len(body) > MIN_LAYERS)
    while True:
        action, drawn = rng.choice(actions), random_spec(rng, shape)
        at = rng.randrange(len(body) + (action != "delete"))
        if action == "insert":
            after = [*body[:at], drawn[0], *body[at:], head]
        elif action == "delete":
            after = [*body[:at], *body[at + 1 :], head]
        elif at == len(body):
            after = [*body, drawn[-1]]
        else:
            after = [*body[:at], drawn[0], *body[at + 1 :], head]
        if (after := parse_spec(after)) != before:
            return after
