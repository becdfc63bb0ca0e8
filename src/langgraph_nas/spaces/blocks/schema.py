"""JSON schemas that hold a model's reply to the grammar of specs.

Only what llama.cpp's and Ollama's conversion to a grammar takes is used: objects, arrays with
minItems and maxItems, and strings with an anchored `pattern`. Each block is one short string,
so that a small model needs few tokens: about 50 for a spec, 15 for an edit.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from langgraph_nas.spaces.blocks.grammar import HEAD, KINDS, MAX_BLOCKS, POOLS, Block
from langgraph_nas.spaces.blocks.parse import parse_blocks
from langgraph_nas.spaces.blocks.patterns import block_of, body_block, either, head_words
from langgraph_nas.spaces.blocks.plan import Shape, can_halve, plan

MIN_LAYERS = 2
"""Fewest blocks that a model is asked for; a user's spec may have one."""


def spec_schema(shape: Shape) -> dict[str, Any]:
    """Return the schema of a whole spec for images of `shape`: `{"layers": [...], "head": "gap"}`.

    `parse_spec` reads such a reply. The head stands apart so that it is always there, and last.
    """
    layers = _strings(body_block(can_halve(shape[1:])), MIN_LAYERS, MAX_BLOCKS)
    return _object({"layers": layers, "head": _string(head_words())})


def edit_schema(
    spec: Sequence[str], shape: Shape, *, tried: Iterable[Sequence[str]] = ()
) -> dict[str, Any]:
    """Return the schema of one or two edits of `spec`: `{"edits": ["replace 2 res 64 gelu"]}`.

    `apply_edits` reads such a reply. Left out are single edits that give `spec` again or one of
    `tried`, pools and strides where the map can't be halved, and edits that would break the
    bounds on the number of blocks.

    Raises:
        SpecError: `spec` is not one.
    """
    before = parse_blocks(list(spec))
    known = [parse_blocks(list(other)) for other in tried]
    body = len(before) - 1
    halving = _halving(before[:-1], shape)
    edits = [_replace(before, i, halving[i], known) for i in range(body + 1)]
    if body < MAX_BLOCKS:
        edits += _insertions(before, halving, known)
    if body > 1:
        edits += [
            f"delete {i + 1}" for i in range(body) if before[:i] + before[i + 1 :] not in known
        ]
    # Two insertions or two deletions at a bound would cross it.
    most = 1 if body in (2, MAX_BLOCKS - 1) else 2
    return _object({"edits": _strings(either(filter(None, edits)), 1, most)})


def write_reply(spec: Sequence[str]) -> str:
    """Return `spec` as a reply that fits `spec_schema`, e.g. for examples in a prompt."""
    *body, head = map(str, parse_blocks(list(spec)))
    return json.dumps({"layers": body, "head": head.removeprefix(f"{HEAD} ")})


def _halving(body: Sequence[Block], shape: Shape) -> list[bool]:
    """Return for each block, and for the head, whether a map that comes in can be halved."""
    steps = plan(body, shape)
    own = [step for step in steps if not (step.by_budget and step.block.kind in POOLS)]
    return [can_halve(size) for size in [*(step.size for step in own), steps[-1].out_size]]


def _replace(before: list[Block], i: int, halve: bool, known: list[list[Block]]) -> str | None:
    """Return the pattern of replacing block `i` by any but itself and what was tried there."""
    left, right = before[:i], before[i + 1 :]
    same_length = [other for other in known if len(other) == len(before)]
    there = [other[i] for other in same_length if other[:i] == left and other[i + 1 :] == right]
    if before[i].kind == HEAD:
        block = block_of(KINDS[HEAD], halve, [before[i], *there])
    else:
        block = body_block(halve, [before[i], *there])
    return None if block is None else f"replace {i + 1} {block}"


def _insertions(before: list[Block], halving: list[bool], known: list[list[Block]]) -> list[str]:
    """Return the patterns of insertions before each block, places alike taken together."""
    places: dict[str, list[str]] = {}
    longer = [other for other in known if len(other) == len(before) + 1]
    for i, halve in enumerate(halving):
        there = [other[i] for other in longer if other[:i] + other[i + 1 :] == before]
        places.setdefault(body_block(halve, there), []).append(str(i + 1))
    return [f"insert {either(numbers)} {block}" for block, numbers in places.items()]


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _strings(pattern: str, fewest: int, most: int) -> dict[str, Any]:
    return {"type": "array", "items": _string(pattern), "minItems": fewest, "maxItems": most}


def _string(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern}$"}
