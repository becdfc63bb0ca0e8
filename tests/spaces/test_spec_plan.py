import random

import pytest

from langgraph_nas.spaces.blocks import compile_spec, random_spec
from langgraph_nas.spaces.blocks.grammar import BODY, POOLS, parse_block
from langgraph_nas.spaces.blocks.plan import FLOAT_BUDGET, MAC_BUDGET, MARGIN, can_halve, plan

WIDE = [kind for kind in BODY if kind.args and kind.args[0].name == "W"]
EXAMPLES = [*(f"{kind.name} 64" for kind in WIDE), *("se 8", "attn 4", "maxpool", "dropout 0.1")]
STRIDED = [f"{k.name} 64 s2" for k in WIDE if any(arg.name == "STRIDE" for arg in k.args)]


def steps_of(text, shape):
    return plan([parse_block(block) for block in text.split("; ")], shape)


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 64, 64), (3, 160, 160)])
def test_every_random_spec_stays_within_the_budget_and_keeps_its_maps(shape):
    rng = random.Random(1)
    for _ in range(100):
        steps = plan([parse_block(b) for b in random_spec(rng, shape)[:-1]], shape)
        assert sum(step.cost.macs for step in steps) <= MAC_BUDGET
        assert sum(step.cost.floats for step in steps) <= FLOAT_BUDGET
        assert min(min(step.out_size) for step in steps) >= 2


@pytest.mark.parametrize("max_macs", [1, 3e6, 10e6, 50e6])
def test_a_budget_of_the_users_is_kept_where_that_can_be(max_macs):
    rng = random.Random(2)
    for _ in range(60):
        body = [parse_block(b) for b in random_spec(rng, (1, 28, 28))[:-1]]
        steps = plan(body, (1, 28, 28), max_macs)
        kept = sum(step.cost.macs for step in steps) <= MARGIN * max_macs
        at_the_end = not any(can_halve(step.size) for step in steps if step.block.kind not in POOLS)
        assert kept or at_the_end
    assert sum(step.cost.macs for step in plan(body, (1, 28, 28), 1e12)) <= MAC_BUDGET


def test_pools_and_strides_past_the_smallest_map_do_nothing():
    steps = steps_of("maxpool; avgpool; maxpool; conv 8 3 relu s2; maxpool", (1, 8, 8))
    assert [step.out_size for step in steps] == [(4, 4), (2, 2), (2, 2), (2, 2), (2, 2)]
    assert [step.left_out for step in steps] == [False, False, True, False, True]
    assert steps[3].block == parse_block("conv 8 3 relu")


def test_odd_and_oblong_maps_are_followed():
    steps = steps_of("conv 8 3 relu s2; maxpool; avgpool", (3, 13, 9))
    assert [step.out_size for step in steps] == [(7, 5), (3, 2), (3, 2)]


def test_cheap_specs_are_left_as_they_are():
    steps = steps_of("conv 32 3 relu; maxpool; res 64 relu; maxpool; res 128 relu", (3, 32, 32))
    assert not any(step.by_budget for step in steps)


def test_large_images_are_halved_in_the_first_block_that_can():
    steps = steps_of("conv 32 3 relu; maxpool; mbconv 64 6 gelu; se 8", (3, 160, 160))
    assert [step.out_size for step in steps] == [(80, 80), (40, 40), (40, 40), (40, 40)]
    assert [step.by_budget for step in steps] == [True, False, False, False]


def test_a_block_without_a_stride_of_its_own_gets_a_pool_before_it():
    steps = steps_of("dense 64 4 relu; conv 8 3 relu", (3, 160, 160))
    assert steps[0].block.kind == "avgpool"
    assert steps[0].by_budget


def test_the_budget_is_used_not_saved():
    # A spec that had to be halved keeps the largest maps it can afford.
    steps = steps_of("conv 256 3 relu", (3, 160, 160))
    assert all(step.by_budget for step in steps)
    assert FLOAT_BUDGET / 4 < sum(step.cost.floats for step in steps) <= FLOAT_BUDGET


def test_what_the_budget_changed_stands_in_the_program():
    program = compile_spec(["conv 64 5 relu", "dense 64 3 relu"], (3, 160, 160), 10)
    assert "stride=2),  # 80x80, halved for cost" in program
    program = compile_spec(["maxpool", "maxpool", "maxpool"], (1, 8, 8), 10)
    assert "# maxpool left out: the map is only 2x2" in program


@pytest.mark.parametrize("block", [*EXAMPLES, *STRIDED])
def test_estimated_multiply_adds_are_those_of_the_network(block, build):
    import torch

    shape = (32, 16, 16)
    (step,) = steps_of(block, shape)
    net = build(compile_spec([block], shape, 10)).blocks
    macs = 0

    def count(module, inputs, output):
        nonlocal macs
        macs += module.weight[0].numel() * output.numel()

    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(count)
    net.eval()(torch.randn(1, *shape))
    if block.startswith("attn"):
        macs += 2 * 32 * 256 * 64
    assert step.cost.macs == pytest.approx(macs, rel=0.03, abs=1000)
