"""Read a spec out of what a model answered, into its normal form."""

import re
from collections.abc import Sequence
from typing import Any

from langgraph_nas.spaces.blocks.grammar import HEAD, MAX_BLOCKS, Block, parse_block
from langgraph_nas.spaces.candidates import SpecError

_KEYS = ("layers", "spec", "blocks")


def parse_spec(value: Any) -> list[str]:
    """Return the spec in normal form: one string per block, the head last and explicit.

    `value` is a list of blocks, a string of them joined by `;` or newlines, or a dict that
    holds either under `layers`, `spec` or `blocks` and maybe a `head`. Equal specs are equal
    lists. Without a head, `head gap` is meant.

    Raises:
        SpecError: Not a spec; the message names the block and what is allowed.
    """
    return [str(block) for block in parse_blocks(value)]


def parse_blocks(value: Any) -> list[Block]:
    """Return the blocks of a spec, the head last; see `parse_spec`."""
    blocks = [parse_block(text) for text in _texts(value)]
    if not blocks or blocks[-1].kind != HEAD:
        blocks.append(parse_block(HEAD))
    _check_order(blocks)
    return blocks


def _check_order(blocks: Sequence[Block]) -> None:
    body = blocks[:-1]
    if not body:
        raise SpecError("a spec needs at least one block before its head")
    if len(body) > MAX_BLOCKS:
        raise SpecError(f"{len(body)} blocks before the head; at most {MAX_BLOCKS} are allowed")
    for position, block in enumerate(body, 1):
        if block.kind == HEAD:
            raise SpecError(f"`{block}` is block {position}; the head must be the last block")


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return _dict_texts(value)
    if isinstance(value, str):
        return [t for t in (_strip_bullet(p) for p in re.split(r"[;\n]", value)) if t]
    if isinstance(value, list | tuple):
        for item in value:
            if not isinstance(item, str):
                raise SpecError(f"a block is a string such as `conv 32 3 relu`, not {item!r:.60}")
        return [text for text in map(str.strip, value) if text]
    raise SpecError(f"a spec is a list of blocks, not {type(value).__name__}")


def _strip_bullet(text: str) -> str:
    return re.sub(r"^\s*(?:[-*]|\d+[.):])\s*", "", text).strip()


def _dict_texts(value: dict[Any, Any]) -> list[str]:
    key = next((key for key in _KEYS if key in value), None)
    if key is None:
        raise SpecError("the object has no `layers`")
    texts = _texts(value[key])
    if (head := value.get(HEAD)) is not None:
        if not isinstance(head, str):
            raise SpecError(f"a head is a string such as `gap`, not {head!r:.60}")
        texts.append(head if head.lower().strip().startswith(HEAD) else f"{HEAD} {head}")
    return texts
