"""Read search/replace blocks: conflict markers, dashes, tags."""

import re
from difflib import SequenceMatcher

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
_MOST_COMPARED = 200


def read_blocks(text: str) -> tuple[list[Hunk], str]:
    """Return the search/replace blocks in a reply, and the rest of it.

    Raises:
        EditError: A block lacks its middle or its end.
    """
    hunks: list[Hunk] = []
    rest: list[str] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        if _STARTS.match(lines[at]):
            hunk, at = _read_block(lines, at, f"block {len(hunks) + 1}")
            hunks.append(hunk)
        else:
            rest.append(lines[at])
            at += 1
    if hunks:
        return hunks, "\n".join(rest)
    return _read_tagged(text)


def _read_tagged(text: str) -> tuple[list[Hunk], str]:
    """Return the blocks told as `<search>...</search><replace>...</replace>`, and the rest."""
    tags = list(_TAG.finditer(text))
    hunks: list[Hunk] = []
    rest, at, i = [], 0, 0
    while i + 3 < len(tags):
        four = tags[i : i + 4]
        if [bool(tag[1]) for tag in four] != [False, True] * 2 or (
            [bool(tag[2]) for tag in four] != [True, True, False, False]
        ):
            i += 1
            continue
        old, new = (text[a.end() : b.start()] for a, b in (four[:2], four[2:]))
        hunks.append(_hunk(f"block {len(hunks) + 1}", _inner(old), _inner(new)))
        rest.append(text[at : four[0].start()])
        at, i = four[3].end(), i + 4
    return hunks, "".join([*rest, text[at:]])


def _inner(text: str) -> list[str]:
    """Return the lines between two tags that stand on lines of their own, or beside the text."""
    inner = text.removeprefix("\n").removesuffix("\n")
    return inner.split("\n") if inner else []


def _read_block(lines: list[str], at: int, name: str) -> tuple[Hunk, int]:
    """Return the block that starts at a line, and the first line after it."""
    middle = _next(lines, at + 1, _MIDDLES, name, "=======")
    end = _next(lines, middle + 1, _ENDS, name, ">>>>>>> REPLACE")
    base = (i for i in range(at + 1, middle) if _BASE.match(lines[i]))
    old, start = lines[at + 1 : next(base, middle)], None
    if old and (number := _LINE_NUMBER.match(old[0])):
        start = int(number[1])
        old = old[2:] if len(old) > 1 and _RULE.match(old[1]) else old[1:]
    return _hunk(name, old, lines[middle + 1 : end], start), end + 1


def _next(lines: list[str], at: int, marker: re.Pattern[str], name: str, what: str) -> int:
    for i in range(at, len(lines)):
        if marker.match(lines[i]):
            return i
        if _STARTS.match(lines[i]) or _ENDS.match(lines[i]):
            break
    raise EditError(f"{name.capitalize()} has no line `{what}`.")


def _hunk(name: str, old: list[str], new: list[str], start: int | None = None) -> Hunk:
    return Hunk(name, tuple(_told_as_diff(_bare(old), _bare(new))), start)


def _bare(lines: list[str]) -> list[str]:
    """Return the lines less fences."""
    return [line for line in lines if not is_fence(line)]


def _told_as_diff(old: list[str], new: list[str]) -> list[Line]:
    """Return a block as lines of a diff, so that what it only quotes stays as it was."""
    if max(len(old), len(new)) > _MOST_COMPARED:  # else a hostile reply could take minutes
        return [*(Line("-", line) for line in old), *(Line("+", line) for line in new)]
    lines: list[Line] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [Line(" ", line) for line in old[i:j]]
        else:
            lines += [Line("-", line) for line in old[i:j]]
            lines += [Line("+", line) for line in new[k:m]]
    return lines
