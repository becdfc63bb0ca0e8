import random
import re

import pytest

from langgraph_nas.programs import check_program, program_hash
from langgraph_nas.spaces import SpecError
from langgraph_nas.spaces.blocks import compile_spec, random_spec
from langgraph_nas.spaces.blocks.grammar import KINDS

SHAPES = [(1, 8, 8), (3, 32, 32), (3, 160, 160)]
OTHER_SHAPES = [(1, 28, 28), (3, 64, 64), (3, 30, 17), (1, 1, 1), (2, 3, 5)]


def step(build, spec, shape, batch=2):
    """Build the network, run it forwards and backwards, and return its output."""
    import torch

    net = build(compile_spec(spec, shape, 7))
    out = net(torch.randn(batch, *shape))
    out.sum().backward()
    assert out.shape == (batch, 7), spec
    assert torch.isfinite(out).all(), spec
    assert all(p.grad is not None for p in net.parameters()), spec
    return out


@pytest.mark.slow(seconds=1)
@pytest.mark.parametrize("shape", [*SHAPES, *OTHER_SHAPES])
def test_random_specs_build_and_learn_at_every_shape(shape, build):
    rng = random.Random(str(shape))
    for _ in range(60 if shape in SHAPES else 12):
        step(build, random_spec(rng, shape), shape)


@pytest.mark.slow(seconds=8)
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("shape", "count"), list(zip(SHAPES, (400, 200, 200), strict=True)))
def test_hundreds_of_random_specs_build_and_over_nine_tenths_are_distinct(shape, count, build):
    rng = random.Random(f"thousand {shape}")
    hashes = set()
    for _ in range(count):
        spec = random_spec(rng, shape)
        step(build, spec, shape)
        hashes.add(program_hash(compile_spec(spec, shape, 7)))
    assert len(hashes) > 0.9 * count


@pytest.mark.slow(seconds=1)
@pytest.mark.parametrize("shape", SHAPES)
def test_random_specs_are_sound_programs_and_distinct(shape):
    rng = random.Random(3)
    hashes = set()
    for i in range(300):
        program = compile_spec(random_spec(rng, shape), shape, 10)
        hashes.add(program_hash(program))
        if i < 100:
            assert check_program(program) is None
    assert len(hashes) > 270


@pytest.mark.parametrize("kind", [name for name in KINDS if name != "head"])
@pytest.mark.parametrize("first", [True, False])
def test_every_kind_works_first_and_later_and_on_the_smallest_map(kind, first, build):
    block = {"dropout": "dropout 0.5", "se": "se", "attn": "attn 8"}.get(kind, f"{kind} 48")
    block = kind if kind.endswith("pool") else block
    spec = [block, block] if first else ["conv 24 3 relu", block, block]
    step(build, spec, (3, 8, 8))
    # Even a single image: no map is smaller than 2x2.
    step(build, [*spec, "maxpool", "maxpool", block], (1, 8, 8), batch=1)


@pytest.mark.parametrize("norm", ["batch", "group", "layer", "none"])
@pytest.mark.parametrize(
    "kind", [k.name for k in KINDS.values() if any(a.name == "NORM" for a in k.args)]
)
def test_every_norm_works_in_every_block(kind, norm, build):
    for width in (32, 48, 192):
        step(build, [f"{kind} {width} leaky {norm}"], (3, 8, 8))


@pytest.mark.parametrize("hidden", ["", " 64"])
@pytest.mark.parametrize("pool", ["gap", "max", "both", "flat"])
def test_every_head_works_on_large_and_small_maps(pool, hidden, build):
    for shape in [(3, 32, 32), (1, 1, 1), (1, 4, 4), (3, 3, 9)]:
        step(build, ["conv 8 3 relu", f"head {pool}{hidden}"], shape)


def test_a_small_spec_gives_a_short_program_with_only_what_it_uses():
    program = compile_spec(["conv 32 3 relu", "maxpool", "conv 64 3 gelu"], (3, 32, 32), 10)
    assert 25 <= program.count("\n") <= 60
    assert re.findall(r"^class (\w+)", program, re.MULTILINE) == ["ConvNormAct", "Net"]
    assert "ConvNormAct(32, 64, 3, act=nn.GELU),  # 16x16" in program
    assert '"""conv 32 3 relu; maxpool; conv 64 3 gelu; head gap"""' in program


def test_programs_have_lines_of_readable_length():
    rng = random.Random(4)
    for _ in range(100):
        program = compile_spec(random_spec(rng, (3, 160, 160)), (3, 160, 160), 10)
        docstring = '    """'
        lines = [line for line in program.splitlines() if not line.startswith(docstring)]
        assert max(map(len, lines)) <= 115


def test_equal_specs_give_equal_programs_and_different_ones_differ():
    base = compile_spec(["conv 32 3 relu", "head gap"], (1, 8, 8), 10)
    assert compile_spec(["CONV 32"], (1, 8, 8), 10) == base
    for other in ("conv 32 3 gelu", "conv 32 5", "conv 48", "conv 32 none", "conv 32 s2", "res 32"):
        assert program_hash(compile_spec([other], (1, 8, 8), 10)) != program_hash(base)
    assert program_hash(compile_spec(["conv 32"], (1, 8, 8), 11)) != program_hash(base)


def test_specs_that_differ_only_in_a_pool_left_out_are_the_same_network():
    small = compile_spec(["conv 32", "maxpool", "maxpool"], (1, 8, 8), 10)
    more = compile_spec(["conv 32", "maxpool", "maxpool", "maxpool"], (1, 8, 8), 10)
    assert small != more
    assert program_hash(small) == program_hash(more)


def test_nonsense_is_not_compiled():
    with pytest.raises(SpecError, match="unknown block"):
        compile_spec(["conv 8", "nothing"], (1, 8, 8), 10)


def test_a_random_draw_repeats_with_its_seed_and_covers_all_kinds():
    shape = (3, 32, 32)
    first, again = ([random_spec(random.Random(i), shape) for i in range(200)] for _ in range(2))
    assert first == again
    assert {block.split()[0] for spec in first for block in spec} == set(KINDS)
