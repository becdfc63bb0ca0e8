"""Edits of a spec: replace, insert or delete a block at a position."""

import re
from collections.abc import Sequence
from typing import Any

from langgraph_nas.spaces.blocks.grammar import HEAD, parse_block
from langgraph_nas.spaces.blocks.parse import parse_spec
from langgraph_nas.spaces.candidates import SpecError

_EDIT = re.compile(r"(replace|insert|delete)\s+(\d+)\b:?\s*(.*)", re.IGNORECASE | re.DOTALL)


def apply_edits(spec: Sequence[str], edits: Any) -> list[str]:
    """Return `spec` in normal form with the edits applied.

    An edit is `replace 3 res 64 gelu`, `insert 1 maxpool` (before block 1) or `delete 2`.
    Positions count from 1 and are those of `spec`, whatever the other edits do. `edits` is a
    list of them, one string, or a dict that holds either under `edits`.

    Raises:
        SpecError: An edit can't be read or done, two edits change the same block, or nothing
            changes.
    """
    before = parse_spec(list(spec))
    inserted: dict[int, list[str]] = {}
    changed: dict[int, str | None] = {}
    for text in edit_texts(edits):
        action, position, block = _read_edit(text, before)
        if action == "insert":
            inserted.setdefault(position, []).append(str(block))
        elif changed.setdefault(position, block) != block:
            raise SpecError(f"two edits change block {position}")
    after: list[str] = []
    for position, old in enumerate(before, 1):
        new = changed.get(position, old)
        after += inserted.get(position, []) + ([] if new is None else [new])
    after = parse_spec(after)
    if after == before:
        raise SpecError("the edits change nothing")
    return after


def edit_texts(edits: Any) -> list[Any]:
    """Return the edits in an answer, a text each where they are ones; see `apply_edits`.

    Raises:
        SpecError: There are none.
    """
    if isinstance(edits, dict):
        edits = edits.get("edits")
    if isinstance(edits, str):
        edits = [text for text in re.split(r"[;\n]", edits) if text.strip()]
    if not isinstance(edits, list | tuple) or not edits:
        raise SpecError("the reply holds no edits")
    return list(edits)


def _read_edit(text: Any, before: list[str]) -> tuple[str, int, str | None]:
    """Return action, position and block (None for a deletion) of one edit."""
    match = _EDIT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise SpecError(f"an edit is such as `replace 2 res 64 gelu`, not {text!r:.60}")
    action, position, rest = match[1].lower(), int(match[2][:9]), match[3]
    if not 1 <= position <= len(before):
        raise SpecError(f"there is no block {position}; the spec has {len(before)}")
    is_head = position == len(before)
    if action == "delete":
        if is_head:
            raise SpecError("the head can't be deleted, only replaced")
        return action, position, None
    block = parse_block(rest)
    if (block.kind == HEAD) != (is_head and action == "replace"):
        raise SpecError(f"`{block}` can't stand at {position}: the head is the last block")
    return action, position, str(block)
