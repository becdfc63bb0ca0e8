"""Read search/replace blocks: conflict markers, dashes, tags."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

from langgraph_nas.programs.edits.fences import is_fence
from langgraph_nas.programs.edits.hunks import EditError, Hunk, Line

_STARTS = re.compile(
    r"^\s*(?:<{3,}\s*(?:SEARCH|ORIGINAL|HEAD|OLD|BEFORE)?|-{3,}\s*SEARCH)\b.*$|^\s*<{5,}\s*$", re.I
)
_MIDDLES = re.compile(r"^\s*={3,}\s*$")
_ENDS = re.compile(
    r"^\s*(?:>{3,}\s*(?:REPLACE|UPDATED|NEW|AFTER)?|\+{3,}\s*REPLACE)\b.*$|^\s*>{5,}\s*$", re.I
)
_BASE = re.compile(r"^\s*\|{3,}")
_LINE_NUMBER = re.compile(r"^\s*:start_line:\s*(\d+)\s*$")
_RULE = re.compile(r"^\s*-{5,}\s*$")
_TAG = re.compile(r"<(/?)(?:(search|old|before|find)|replace|new|after)>", re.I)
MOST_COMPARED = 40_000
"""Pairs of lines, one old and one new, that are compared in the blocks of one reply."""


class _Block(NamedTuple):
    """A block as it was told."""

    old: list[str]
    new: list[str]
    start: int | None = None


def read_blocks(text: str) -> tuple[list[Hunk], str]:
    """Return the search/replace blocks in a reply, and the rest of it.

    Raises:
        EditError: A block lacks its middle or its end.
    """
    blocks: list[_Block] = []
    rest: list[str] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        if _STARTS.match(lines[at]):
            block, at = _read_block(lines, at, f"block {len(blocks) + 1}")
            blocks.append(block)
        else:
            rest.append(lines[at])
            at += 1
    if blocks:
        return _hunks(blocks), "\n".join(rest)
    blocks, without = _read_tagged(text)
    return _hunks(blocks), without


def _read_tagged(text: str) -> tuple[list[_Block], str]:
    """Return the blocks told as `<search>...</search><replace>...</replace>`, and the rest."""
    tags = list(_TAG.finditer(text))
    blocks: list[_Block] = []
    rest, at, i = [], 0, 0
    while i + 3 < len(tags):
        four = tags[i : i + 4]
        if [bool(tag[1]) for tag in four] != [False, True] * 2 or (
            [bool(tag[2]) for tag in four] != [True, True, False, False]
        ):
            i += 1
            continue
        old, new = (text[a.end() : b.start()] for a, b in (four[:2], four[2:]))
        blocks.append(_Block(_inner(old), _inner(new)))
        rest.append(text[at : four[0].start()])
        at, i = four[3].end(), i + 4
    return blocks, "".join([*rest, text[at:]])


def _inner(text: str) -> list[str]:
    """Return the lines between two tags that stand on lines of their own, or beside the text."""
    inner = text.removeprefix("\n").removesuffix("\n")
    return inner.split("\n") if inner else []


def _read_block(lines: list[str], at: int, name: str) -> tuple[_Block, int]:
    """Return the block that starts at a line, and the first line after it."""
    middle = _next(lines, at + 1, _MIDDLES, name, "=======")
    end = _next(lines, middle + 1, _ENDS, name, ">>>>>>> REPLACE")
    base = (i for i in range(at + 1, middle) if _BASE.match(lines[i]))
    old, start = lines[at + 1 : next(base, middle)], None
    if old and (number := _LINE_NUMBER.match(old[0])):
        start = int(number[1])
        old = old[2:] if len(old) > 1 and _RULE.match(old[1]) else old[1:]
    return _Block(old, lines[middle + 1 : end], start), end + 1


def _next(lines: list[str], at: int, marker: re.Pattern[str], name: str, what: str) -> int:
    for i in range(at, len(lines)):
        if marker.match(lines[i]):
            return i
        if _STARTS.match(lines[i]) or _ENDS.match(lines[i]):
            break
    raise EditError(f"{name.capitalize()} has no line `{what}`.")


def _hunks(blocks: list[_Block]) -> list[Hunk]:
    """Return blocks as hunks, so that what they only quote stays as it was.

    Where that would take long, all of a block's lines are taken away and put in.
    """
    hunks, left = [], MOST_COMPARED
    for number, block in enumerate(blocks, 1):
        old, new = _bare(block.old), _bare(block.new)
        left -= len(old) * len(new)
        lines = _told_as_diff(old, new) if left >= 0 else _told_anew(old, new)
        hunks.append(Hunk(f"block {number}", tuple(lines), block.start))
    return hunks


def _bare(lines: list[str]) -> list[str]:
    """Return the lines less fences."""
    return [line for line in lines if not is_fence(line)]


def _told_as_diff(old: list[str], new: list[str]) -> list[Line]:
    lines: list[Line] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [Line(" ", line) for line in old[i:j]]
        else:
            lines += _told_anew(old[i:j], new[k:m])
    return lines


def _told_anew(old: list[str], new: list[str]) -> list[Line]:
    return [*(Line("-", line) for line in old), *(Line("+", line) for line in new)]
