import pytest

from langgraph_nas.spaces import SpecError
from langgraph_nas.spaces.blocks import apply_edits

SPEC = ["conv 32 3 relu", "maxpool", "res 64 gelu", "head gap"]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        (["replace 1 conv 64 3 relu"], ["conv 64 3 relu", *SPEC[1:]]),
        ({"edits": ["delete 2"]}, [SPEC[0], *SPEC[2:]]),
        ("insert 4 se 8", [*SPEC[:3], "se 8", SPEC[3]]),
        (["Insert 1: Dropout 0.1", "insert 1 avgpool"], ["dropout 0.1", "avgpool", *SPEC]),
        (["replace 4 head flat 64"], [*SPEC[:3], "head flat 64"]),
        # Positions are those of the spec before any edit.
        (["delete 1", "replace 3 res 96 gelu"], ["maxpool", "res 96 gelu", "head gap"]),
        (["delete 2", "delete 2"], [SPEC[0], *SPEC[2:]]),
        ("insert 2 attn 4; delete 2", [SPEC[0], "attn 4", *SPEC[2:]]),
    ],
)
def test_edits_apply_to_the_positions_of_the_given_spec(edits, expected):
    assert apply_edits(SPEC, edits) == expected


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        (["replace 1 conv 32 relu"], "change nothing"),
        (["insert 2 maxpool", "delete 2"], "change nothing"),
        (["replace 1 conv 64", "delete 1"], "two edits change block 1"),
        (["delete 4"], "head can't be deleted"),
        (["delete 5"], "no block 5; the spec has 4"),
        (["delete 0"], "no block 0"),
        (["delete 99999999999999999999"], "no block"),
        (["replace 4 se 8"], "head is the last block"),
        (["replace 1 head gap"], "head is the last block"),
        (["insert 4 head gap"], "head is the last block"),
        (["delete 1", "delete 2", "delete 3"], "at least one block"),
        (["insert 1 se 8"] * 10, "at most 12"),
        (["replace 1 convolve 3"], "unknown block `convolve 3`"),
        (["widen 3"], "an edit is such as"),
        ([{"replace": 3}], "an edit is such as"),
        ([], "no edits"),
        ({}, "no edits"),
        (None, "no edits"),
    ],
)
def test_edits_that_can_not_be_done_say_why(edits, reason):
    with pytest.raises(SpecError, match=reason):
        apply_edits(SPEC, edits)


def test_the_spec_given_is_left_as_it_is():
    spec = list(SPEC)
    apply_edits(spec, ["delete 1"])
    assert spec == SPEC
