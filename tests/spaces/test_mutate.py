"""Random changes of a spec stay within the grammar."""

import random

from langgraph_nas.spaces import SpecError
from langgraph_nas.spaces.blocks import (
    MAX_BLOCKS,
    compile_spec,
    mutate_spec,
    parse_spec,
    random_spec,
)

SHAPE = (3, 16, 16)


def test_a_changed_spec_is_another_one_in_normal_form() -> None:
    rng = random.Random(1)
    compiled = 0
    for _ in range(200):
        spec = random_spec(rng, SHAPE)
        changed = mutate_spec(spec, rng, SHAPE)
        assert changed != spec
        assert changed == parse_spec(changed)
        assert abs(len(changed) - len(spec)) <= 1
        assert 2 <= len(changed) <= MAX_BLOCKS + 1
        try:
            compile_spec(changed, SHAPE, 10)
            compiled += 1
        except SpecError:
            pass  # too many poolings for such images; a sampler draws again
    assert compiled > 100


def test_equal_chance_gives_equal_changes() -> None:
    spec = random_spec(random.Random(1), SHAPE)
    one, other = (mutate_spec(spec, random.Random(7), SHAPE) for _ in range(2))
    assert one == other
