import pytest

from langgraph_nas.spaces import SpecError
from langgraph_nas.spaces.blocks import describe_blocks, parse_spec
from langgraph_nas.spaces.blocks.grammar import KINDS

NORMAL = ["conv 32 3 relu", "maxpool", "res 64 gelu group s2", "head gap"]


@pytest.mark.parametrize(
    "value",
    [
        NORMAL,
        tuple(NORMAL),
        {"layers": NORMAL},
        {"spec": "; ".join(NORMAL)},
        {"blocks": NORMAL[:-1]},
        {"layers": NORMAL[:-1], "head": "gap"},
        {"layers": NORMAL[:-1], "head": "Head GAP"},
        "conv 32 3 relu; maxpool; res 64 gelu group s2; head gap;",
        "1. conv 32 3 relu\n2) maxpool\n- res 64 gelu group s2\n* head gap\n",
        ["Conv( 32, 3x3, ReLU )", " maxpool ", "res s2 group gelu 64", "head"],
        ["conv 32 batch s1", "maxpool", "res 64 gelu group s2", ""],
    ],
)
def test_the_same_spec_in_any_writing_has_one_normal_form(value):
    assert parse_spec(value) == NORMAL


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["transformer 8"], ["`transformer 8`", "conv", "mbconv", "head"]),
        (["conv"], ["`conv` lacks W", "8|16|24"]),
        (["conv 100 3 relu"], ["`100`", "`conv 100 3 relu`", "W 8|16|24"]),
        (["conv 32 3 3 relu"], ["`3`", "conv W K ACT [NORM] [s2]"]),
        (["bottleneck 16 relu"], ["`16`", "W 32|48"]),
        (["maxpool 2"], ["`2`", "maxpool"]),
        (["dropout 0.9"], ["0.9", "0.1|0.2"]),
        (["head gap", "conv 8"], ["`head gap`", "block 1", "last"]),
        (["conv 8", "head gap", "head max"], ["block 2", "last"]),
        ({"layers": ["conv 8", "head gap"], "head": "max"}, ["block 2", "last"]),
        (["head gap"], ["at least one block"]),
        ([], ["at least one block"]),
        ("", ["at least one block"]),
        (["maxpool"] * 13, ["13 blocks", "at most 12"]),
        ({"net": []}, ["no `layers`"]),
        ({"layers": ["conv 8"], "head": 3}, ["head", "3"]),
        ([{"kind": "conv"}], ["string", "kind"]),
        (None, ["NoneType"]),
        (7, ["int"]),
    ],
)
def test_nonsense_is_refused_with_the_block_and_the_rule(value, words):
    with pytest.raises(SpecError) as refused:
        parse_spec(value)
    for word in words:
        assert word in str(refused.value)
    assert "\n" not in str(refused.value)


def test_parsing_does_not_change_a_normal_form():
    assert parse_spec(parse_spec(NORMAL)) == NORMAL


def test_there_are_at_least_twelve_kinds_and_each_is_described_once():
    lines = describe_blocks().splitlines()
    assert len(KINDS) >= 12
    assert [line.split(":")[0].split()[0] for line in lines[: len(KINDS)]] == list(KINDS)
    assert "conv W K ACT [NORM] [s2]: plain KxK convolution; K 1|3|5|7" in lines
    assert max(map(len, lines)) < 200


def test_no_word_fits_two_arguments_of_one_kind():
    # Else words in any order would be ambiguous.
    for kind in KINDS.values():
        words = [choice for arg in kind.args for choice in arg.choices]
        assert len(words) == len(set(words)), kind.name
