"""From a hunk and its place to changed lines, and from these to the program."""

from collections import Counter
from dataclasses import replace

from langgraph_nas.programs.edits.hunks import Change, EditError, Hunk, Place
from langgraph_nas.programs.edits.places import find_places
from langgraph_nas.programs.edits.texts import Text


def changes_of(hunk: Hunk, text: Text) -> tuple[list[Change], list[str]]:
    """Return what a hunk changes in a program, and what had to be overlooked.

    Context keeps the words of the program, and new lines are indented as it is.

    Raises:
        EditError: Its place can't be told.
    """
    if not any(line.strip() for line in hunk.old):
        return [_by_line_number(hunk, text)], [f"{hunk.name}: placed by its line number alone"]
    changes: list[Change] = []
    notes: dict[str, None] = {}
    for piece, place in find_places(hunk, text):
        changes += _changes_at(piece, place, text)
        if place.note:
            notes[f"{hunk.name}: {place.note}"] = None
    return changes, list(notes)


def applied(changes: list[tuple[str, Change]], lines: list[str]) -> list[str]:
    """Return the lines after changes, each told with the name of its hunk.

    Between two lines, what belongs to the upper one comes before what belongs to the lower one.

    Raises:
        EditError: Two of them change the same line.
    """
    known: dict[Change, str] = {}
    for name, change in changes:
        known.setdefault(change, name)
    ordered = sorted(known.items(), key=lambda item: (item[0].start, item[0].end, item[0].side))
    result: list[str] = []
    at, last = 0, ""
    for change, name in ordered:
        if change.start < at:
            raise EditError(
                f"{last.capitalize()} and {name} change line {change.start + 1} in two ways."
            )
        result += [*lines[at : change.start], *change.lines]
        at, last = change.end, name
    return result + lines[at:]


def _by_line_number(hunk: Hunk, text: Text) -> Change:
    if not hunk.is_insertion or hunk.start is None or hunk.start > len(text.lines):
        raise EditError(
            f"{hunk.name.capitalize()} has no line of the program beside those it puts in: "
            "quote one above or below."
        )
    return Change(hunk.start, hunk.start, tuple(hunk.new))


def _changes_at(hunk: Hunk, place: Place, text: Text) -> list[Change]:
    """Return the changes of a hunk at its place."""
    shift = None if _is_exact(hunk, place, text) else _shift(hunk, place, text)
    changes: list[Change] = []
    targets = iter(place.lines)
    bottom = max(line for line in place.lines if line is not None)
    at, is_open = place.first, False
    for line in hunk.lines:
        if line.mark == "+":
            new = line.text if shift is None else text.indented(line.text, shift)
            side = (at <= bottom) - (at > place.first)
            last = changes.pop() if is_open else Change(at, at, (), side)
            changes.append(replace(last, lines=(*last.lines, new)))
            is_open = True
            continue
        target = next(targets)
        if target is None:
            continue
        if line.mark == "-":
            # Blank lines and comments between lines that go go with them.
            last = changes.pop() if is_open else Change(target, target, ())
            changes.append(replace(last, end=target + 1))
        is_open, at = line.mark == "-", target + 1
    return [c for c in changes if list(c.lines) != text.lines[c.start : c.end]]


def _is_exact(hunk: Hunk, place: Place, text: Text) -> bool:
    """Tell whether the hunk is written as the program is, so that new lines are right too."""
    if not text.has_tabs and any("\t" in new[: -len(new.lstrip())] for new in hunk.new):
        return False
    return all(
        target is not None and old.rstrip() == text.lines[target].rstrip()
        for old, target in zip(hunk.old, place.lines, strict=True)
    )


def _shift(hunk: Hunk, place: Place, text: Text) -> int:
    """Return by how many columns the new lines must move.

    Lines taken away are written like those put in; context may have lost its leading space,
    which says nothing about them.
    """
    moved: dict[str, Counter[int]] = {"-": Counter(), " ": Counter()}
    olds = [line for line in hunk.lines if line.mark != "+"]
    for line, target in zip(olds, place.lines, strict=True):
        if target is not None and line.text.strip():
            difference = text.width(text.lines[target]) - text.width(line.text)
            moved[line.mark][difference] += 1
    if moved["-"]:
        return moved["-"].most_common(1)[0][0]
    by_context = moved[" "].most_common(1)[0][0]
    if by_context != 1:
        return by_context
    first = next((line.text for line in hunk.lines if line.mark == "+" and line.text.strip()), "")
    return int((text.width(first) + 1) % text.unit == 0)
