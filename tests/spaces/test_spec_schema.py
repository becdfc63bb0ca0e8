import json
import random
import re
from functools import cache
from re import _parser as regex

import pytest

from langgraph_nas.spaces import SpecError
from langgraph_nas.spaces.blocks import (
    MAX_BLOCKS,
    apply_edits,
    edit_schema,
    parse_spec,
    random_spec,
    spec_schema,
    write_reply,
)

SHAPE = (3, 32, 32)
SPEC = ["conv 32 3 relu", "maxpool", "res 64 gelu", "se 8", "head gap"]


def draw(pattern: str, rng: random.Random) -> str:
    """Return a random string that matches a pattern of literals, groups, `|` and `?`."""
    return "".join(_draw(op, value, rng) for op, value in parsed(pattern))


@cache
def parsed(pattern: str):
    return list(regex.parse(pattern))


def _draw(op, value, rng):
    name = str(op)
    if name == "LITERAL":
        return chr(value)
    if name == "AT":
        return ""
    if name == "SUBPATTERN":
        return "".join(_draw(o, v, rng) for o, v in value[-1])
    if name == "BRANCH":
        return "".join(_draw(o, v, rng) for o, v in rng.choice(value[1]))
    if name == "IN":
        return chr(rng.choice(value)[1])
    assert name == "MAX_REPEAT", name
    fewest, most, inner = value
    assert (fewest, most) == (0, 1)
    return "".join(_draw(o, v, rng) for o, v in inner) if rng.random() < 0.5 else ""


def patterns(schema) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["pattern"]] if "pattern" in schema else []
        return own + [p for value in schema.values() for p in patterns(value)]
    return []


def edit_pattern(spec, shape=SHAPE, **options) -> str:
    return edit_schema(spec, shape, **options)["properties"]["edits"]["items"]["pattern"]


@pytest.mark.parametrize(
    "schema", [spec_schema(SHAPE), spec_schema((1, 2, 2)), edit_schema(SPEC, SHAPE)]
)
def test_schemas_keep_to_what_grammar_converters_take(schema):
    assert json.loads(json.dumps(schema)) == schema
    assert set(re.findall(r'"(\w+)": ', json.dumps(schema))) <= {
        *("type", "properties", "required", "additionalProperties", "items", "pattern"),
        *("minItems", "maxItems", "layers", "head", "edits"),
    }
    for pattern in patterns(schema):
        assert re.fullmatch(r"\^(\w| |\(|\)|\||\?|\\\.)+\$", pattern)
        assert "()" not in pattern
        assert "||" not in pattern


@pytest.mark.parametrize("shape", [(1, 8, 8), SHAPE, (3, 2, 2)])
def test_every_spec_that_the_schema_allows_is_one(shape):
    rng = random.Random(5)
    properties = spec_schema(shape)["properties"]
    for _ in range(300):
        count = rng.randint(properties["layers"]["minItems"], properties["layers"]["maxItems"])
        layers = [draw(properties["layers"]["items"]["pattern"], rng) for _ in range(count)]
        head = draw(properties["head"]["pattern"], rng)
        assert parse_spec({"layers": layers, "head": head}) == [*layers, f"head {head}"]


@pytest.mark.parametrize("shape", [(1, 8, 8), SHAPE, (3, 2, 2)])
def test_random_specs_fit_the_schema(shape):
    rng = random.Random(6)
    properties = spec_schema(shape)["properties"]
    for _ in range(300):
        reply = json.loads(write_reply(random_spec(rng, shape)))
        assert properties["layers"]["minItems"] <= len(reply["layers"]) <= MAX_BLOCKS
        for layer in reply["layers"]:
            assert re.fullmatch(properties["layers"]["items"]["pattern"], layer)
        assert re.fullmatch(properties["head"]["pattern"], reply["head"])


def test_a_written_reply_is_read_back():
    assert parse_spec(json.loads(write_reply(SPEC))) == SPEC


@pytest.mark.parametrize("shape", [(1, 8, 8), SHAPE, (3, 160, 160)])
def test_every_single_edit_that_the_schema_allows_gives_a_new_spec(shape):
    rng = random.Random(7)
    for _ in range(4):
        spec, tried = random_spec(rng, shape), []
        for _ in range(5):
            edit = draw(edit_pattern(spec, shape, tried=tried), rng)
            after = apply_edits(spec, [edit])
            assert after not in [spec, *tried], edit
            tried.append(after)


def test_two_edits_that_the_schema_allows_fail_only_where_they_meet():
    rng = random.Random(8)
    for length in (1, 2, MAX_BLOCKS - 1, MAX_BLOCKS):
        spec = [*["conv 8 3 relu"] * length, "head gap"]
        schema = edit_schema(spec, SHAPE)["properties"]["edits"]
        for _ in range(200):
            edits = [draw(schema["items"]["pattern"], rng) for _ in range(schema["maxItems"])]
            assert fault(spec, edits) in ("", "two edits change block", "the edits change nothing")


def fault(spec, edits) -> str:
    """Return why the edits can't be done, without the position; nothing if they can."""
    try:
        apply_edits(spec, edits)
    except SpecError as error:
        return re.sub(r" \d+$", "", str(error))
    return ""


@pytest.mark.parametrize(
    ("edit", "offered"),
    [
        ("replace 3 res 64 gelu", False),
        ("replace 3 res 64 gelu s2", True),
        ("replace 3 res 64 silu", True),
        ("replace 2 maxpool", False),
        ("replace 2 avgpool", True),
        ("replace 5 head gap", False),
        ("replace 5 head gap 64", True),
        ("replace 5 se 4", False),
        ("replace 1 head max", False),
        ("insert 1 conv 8 1 elu none", True),
        ("insert 5 dropout 0.1", True),
        ("insert 5 dropout 0x1", False),
        ("insert 6 se 8", False),
        ("delete 4", True),
        ("delete 5", False),
    ],
)
def test_the_edits_offered_are_those_that_change_something(edit, offered):
    assert bool(re.fullmatch(edit_pattern(SPEC), edit)) is offered


def test_what_was_tried_is_not_offered_again():
    edits = ["replace 3 res 128 gelu", "replace 5 head max", "insert 2 se 4", "delete 4"]
    tried = [apply_edits(SPEC, [edit]) for edit in edits]
    for edit in edits:
        assert re.fullmatch(edit_pattern(SPEC), edit)
        assert not re.fullmatch(edit_pattern(SPEC, tried=tried), edit)
    assert re.fullmatch(edit_pattern(SPEC, tried=tried), "replace 3 res 128 gelu none")
    assert re.fullmatch(edit_pattern(SPEC, tried=tried), "insert 1 se 4")


def test_halving_is_not_offered_where_the_map_is_too_small():
    pattern = edit_pattern(["maxpool", "maxpool", "conv 8 3 relu", "head gap"], (1, 8, 8))
    assert re.fullmatch(pattern, "insert 2 maxpool")
    assert not re.fullmatch(pattern, "insert 3 maxpool")
    assert not re.fullmatch(pattern, "replace 3 conv 8 3 relu s2")


def test_blocks_are_neither_added_nor_deleted_beyond_the_bounds():
    assert "insert" not in edit_pattern([*["se 8"] * MAX_BLOCKS, "head gap"])
    assert "delete" not in edit_pattern(["se 8", "head gap"])


def test_many_tried_specs_keep_the_schema_small():
    rng, pattern = random.Random(9), edit_pattern(SPEC)
    tried = [apply_edits(SPEC, [draw(pattern, rng)]) for _ in range(200)]
    assert len(json.dumps(edit_schema(SPEC, SHAPE, tried=tried))) < 60_000


def test_a_schema_of_nonsense_is_refused():
    with pytest.raises(SpecError, match="unknown block"):
        edit_schema(["nonsense"], SHAPE)
