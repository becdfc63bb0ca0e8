"""Find the one place in a program where a hunk belongs."""

from collections import Counter
from dataclasses import replace

from langgraph_nas.programs.edits.hunks import AmbiguousError, Hunk, Line, Place
from langgraph_nas.programs.edits.likeness import LONGEST, likeness, most_alike
from langgraph_nas.programs.edits.reasons import NotFoundError, ambiguous
from langgraph_nas.programs.edits.texts import LEVELS, Text

NEAR = 3
"""A line number decides among several places if one is this near, and no other twice as near."""
LEAST_SIMILAR = 0.9
"""Least mean `likeness` of a hunk's lines to those at a fuzzy place."""
LEAST_SIMILAR_LINE = 0.6
"""Least likeness of each of them. At least half of the lines must be there as they are."""
MAX_FUZZY_LINES = 100
MAX_PIECES = 32
MOST_CONTEXT = 3
MAX_FUZZY_PLACES = 20
_COMMON = 200
_LEAST_INK = 5


def find_places(hunk: Hunk, text: Text) -> list[tuple[Hunk, Place]]:
    """Return where a hunk goes: all of it, or each of its changes if lines between are left out.

    Tried are, in this order: the lines as they are; indentation, white space, comments aside;
    lines that differ a little (`LEAST_SIMILAR`); less context around each change.

    Raises:
        EditError: It fits nowhere, or at several places of which no line number picks one, or
            telling where takes too much work.
    """
    if place := _alike(hunk, text) or _similar(hunk, text):
        return [(hunk, place)]
    pieces = _pieces(hunk)
    if len(pieces) > MAX_PIECES:
        raise NotFoundError(hunk, text)
    placed = [at for piece in pieces if (at := _with_less_context(piece, text))]
    firsts = [place.first for _, place in placed]
    if len(placed) < len(pieces) or firsts != sorted(set(firsts)):
        raise NotFoundError(hunk, text)
    return placed


def _alike(hunk: Hunk, text: Text) -> Place | None:
    """Return the place with the same lines on the strictest level that has one."""
    for level in range(len(LEVELS)):
        if places := _matches(hunk.old, text, level):
            return _only(hunk, places, text)
    return None


def _matches(old: list[str], text: Text, level: int) -> list[Place]:
    how, index = LEVELS[level], text.index(level)
    keys = [how.key(line) for line in old]
    inked = [i for i, key in enumerate(keys) if key or not how.skips]
    if not any(keys):
        return []
    places = []
    for position in index.find([keys[i] for i in inked]):
        lines: list[int | None] = [None] * len(old)
        for offset, i in enumerate(inked):
            lines[i] = index.where[position + offset]
        places.append(Place(tuple(lines), how.note))
    return places


def _only(hunk: Hunk, places: list[Place], text: Text) -> Place:
    """Return the one place that is meant.

    Raises:
        EditError: It can't be told.
    """
    if len(places) > 1 and hunk.heading:
        places = _under_heading(hunk.heading, places, text) or places
    if len(places) > 1 and hunk.start is not None:
        start = hunk.start - 1
        by_distance = sorted(places, key=lambda place: abs(place.first - start))
        nearest, next_one = (abs(place.first - start) for place in by_distance[:2])
        if nearest == 0 != next_one or (nearest <= NEAR and next_one > 2 * NEAR):
            return by_distance[0]
    if len(places) > 1:
        raise AmbiguousError(ambiguous(hunk, [place.first for place in places]))
    return places[0]


def _under_heading(heading: str, places: list[Place], text: Text) -> list[Place]:
    """Return the places inside the function or class whose first line is the heading."""
    text.work.spend(len(text.lines))
    inside, end = set(), 0
    for at, line in enumerate(text.lines):
        if line.strip().startswith(heading):
            end = max(end, text.ends[at])
        if at < end:
            inside.add(at)
    return [place for place in places if place.first in inside]


def _similar(hunk: Hunk, text: Text) -> Place | None:
    """Return the place with lines that differ a little, if there is just one."""
    how, index = LEVELS[2], text.index(2)
    keys = [how.key(line) for line in hunk.old]
    inked = [i for i, key in enumerate(keys) if key]
    if not 2 <= len(inked) <= MAX_FUZZY_LINES:
        return None
    votes: Counter[int] = Counter()
    for offset, i in enumerate(inked):
        if len(at := index.at.get(keys[i], ())) <= _COMMON:
            votes.update(position - offset for position in at)
    good = [
        position
        for position, count in votes.most_common(MAX_FUZZY_PLACES)
        if 2 * count >= len(inked)
        and 0 <= position <= len(index.keys) - len(inked)
        and _mean_similarity([keys[i] for i in inked], position, text) >= LEAST_SIMILAR
    ]
    places = []
    for position in good:
        lines: list[int | None] = [None] * len(keys)
        for offset, i in enumerate(inked):
            lines[i] = index.where[position + offset]
        places.append(Place(tuple(lines), "lines differ a little"))
    return _only(hunk, places, text) if places else None


def _mean_similarity(keys: list[str], position: int, text: Text) -> float:
    """Return how similar the lines at a place are; 0 if any differs too much to be meant."""
    index, total = text.index(2), 0.0
    for key, there in zip(keys, index.keys[position:], strict=False):
        if key == there:
            total += 1
            continue
        # A line that stands elsewhere as it is does not mean this one.
        if key in index.at or most_alike(key, there) < LEAST_SIMILAR_LINE:
            return 0.0
        text.work.spend(min(len(key) + len(there), 2 * LONGEST))
        alike = likeness(there, key)
        if alike < LEAST_SIMILAR_LINE:
            return 0.0
        total += alike
    return total / len(keys)


def _pieces(hunk: Hunk) -> list[Hunk]:
    """Return each run of changed lines with the context before and after it.

    Where lines are taken away below lines put in, another run begins.
    """
    runs: list[tuple[int, int]] = []
    for i, line in enumerate(hunk.lines):
        if line.mark == " ":
            continue
        if runs and runs[-1][1] == i and (hunk.lines[i - 1].mark, line.mark) != ("+", "-"):
            runs[-1] = (runs[-1][0], i + 1)
        else:
            runs.append((i, i + 1))
    ends = [0, *(end for _, end in runs)]
    starts = [*(start for start, _ in runs), len(hunk.lines)]
    pieces = []
    for first, last in zip(ends[:-1], starts[1:], strict=True):
        above = sum(line.mark != "+" for line in hunk.lines[:first])
        start = None if hunk.start is None else hunk.start + above
        pieces.append(replace(hunk, lines=hunk.lines[first:last], start=start))
    return pieces


def _with_less_context(piece: Hunk, text: Text) -> tuple[Hunk, Place] | None:
    """Return the piece with the most of its context that is there, and where that is."""
    changed = [i for i, line in enumerate(piece.lines) if line.mark != " "]
    first, last = changed[0], changed[-1] + 1
    before = [line for line in piece.lines[:first] if line.text.strip()]
    after = [line for line in piece.lines[last:] if line.text.strip()]
    most = min(max(len(before), len(after)), MOST_CONTEXT)
    for above, below in [*((n, n) for n in range(most, 0, -1)), (1, 0), (0, 1), (0, 0)]:
        kept = (*before[len(before) - min(above, len(before)) :], *piece.lines[first:last])
        smaller = replace(piece, lines=(*kept, *after[:below]))
        if _says_enough(smaller.old) and (place := _alike(smaller, text)):
            is_beside = _is_beside(before, after, place, text)
            return (smaller, place._replace(note="context differs")) if is_beside else None
    return None


def _is_beside(before: list[Line], after: list[Line], place: Place, text: Text) -> bool:
    """Tell whether all context that the program has stands on its side of the place."""
    last = max(line for line in place.lines if line is not None)
    above = (at for line in before if (at := text.like(line.text)))
    below = (at for line in after if (at := text.like(line.text)))
    return all(at[0] <= last for at in above) and all(at[-1] >= place.first for at in below)


def _says_enough(old: list[str]) -> bool:
    return any(sum(map(str.isalnum, line)) >= _LEAST_INK for line in old)
