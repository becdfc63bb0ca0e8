"""Make of a reply and the reference the program that is meant, or say why that can't be done."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from langgraph_nas.programs.edits.blocks import read_blocks
from langgraph_nas.programs.edits.changes import applied, changes_of
from langgraph_nas.programs.edits.diffs import is_elision, looks_like_diff, read_diffs
from langgraph_nas.programs.edits.fences import (
    Part,
    find_whole,
    parses,
    split_fences,
    syntax_problem,
    tidy,
    with_fences_apart,
)
from langgraph_nas.programs.edits.hunks import (
    MAX_HUNKS,
    MAX_LINES,
    MAX_REPLY,
    AmbiguousError,
    Change,
    Edit,
    Edited,
    EditError,
    EditFailed,
    Hunk,
    OverworkedError,
    Told,
    quote,
)
from langgraph_nas.programs.edits.texts import Text


def apply_reply(reply: str, reference: str, examples: Iterable[str] = ()) -> Edited | EditFailed:
    """Return the program that a reply makes of the reference.

    Understood are unified diffs, search/replace blocks and a whole program; where a reply holds
    edits and a program, the program counts only if the edits do not fit. Line numbers may be
    wrong, white space and comments of quoted lines too; see `find_places` for how much else. All
    hunks are applied or none, each at a place that is the only one. What comes out parses.
    Hunks that change what one of the `examples` does, diffs or blocks that the writer was shown,
    and nothing else, are passed over.

    Takes bounded time: a reply is refused above `MAX_REPLY` characters, `MAX_LINES` lines or
    `MAX_HUNKS` hunks, and where placing them takes more than `MOST_WORK` comparisons.
    """
    try:
        _check_size(reply, "reply")
        _check_size(reference, "reference")
        shown = [edit for text in examples for edit in _shown(text)]
        return _apply_either_way(tidy(reply), tidy(reference).rstrip("\n"), shown)
    except EditError as error:
        return EditFailed(str(error))


def _check_size(text: str, what: str) -> None:
    if len(text) > MAX_REPLY or text.count("\n") >= MAX_LINES:
        raise EditError(
            f"The {what} has {len(text)} characters in {text.count(chr(10)) + 1} lines; at most "
            f"{MAX_REPLY} in {MAX_LINES} are read."
        )


def _apply_either_way(reply: str, reference: str, shown: list[Edit]) -> Edited:
    """Apply a reply as it is; if that fails, with fences that end a line of code set apart."""
    try:
        return _apply(reply, reference, shown)
    except EditError:
        apart = with_fences_apart(reply)
        if apart != reply:
            with suppress(EditError):
                return _apply(apart, reference, shown)
        raise


def _shown(example: str) -> list[Edit]:
    """Return the edits in an example that the writer of a reply was shown."""
    try:
        hunks, _ = read_blocks(example)
    except EditError:  # it shows something else
        hunks = []
    hunks = hunks or read_diffs([Part(example.split("\n"), is_fenced=True)], Text([]))
    return [hunk.edit for hunk in hunks]


def _repeats(hunk: Hunk, shown: list[Edit]) -> bool:
    """Tell whether a hunk takes away and puts in nothing but what an example does."""
    taken, put = map(set, hunk.edit)
    return bool(taken or put) and any(taken <= {*old} and put <= {*new} for old, new in shown)


def _apply(reply: str, reference: str, shown: list[Edit]) -> Edited:
    text = Text(reference.split("\n"))
    blocks, rest = read_blocks(reply)
    parts = split_fences(rest)
    told: Told = "blocks" if blocks else "diff"
    hunks = blocks or read_diffs(parts, text)
    own = [hunk for hunk in hunks if not _repeats(hunk, shown)]
    whole = find_whole([part for part in parts if not looks_like_diff(part)], reference)
    if hunks:
        try:
            if not own:
                raise EditError("The reply repeats the example of the prompt, and edits nothing.")
            return _edited(own, text, told)
        except EditError:
            if whole is None or whole.strip() == reference.strip() or not parses(whole):
                raise
    if whole is None:
        raise EditError("The reply holds neither edits nor a program with `class Net`.")
    return _result(whole.strip("\n"), text, "program", 0, [])


def _edited(hunks: list[Hunk], text: Text, told: Told) -> Edited:
    if len(hunks) > MAX_HUNKS:
        raise EditError(f"The reply has {len(hunks)} hunks; at most {MAX_HUNKS} are applied.")
    if (program := _written_anew(hunks)) is not None:
        return _result(program, text, "program", 0, [])
    kept, notes = _without_repeats(hunks)
    meant, left_out = _of_the_program(kept, text)
    lines, more = _all_applied(meant, text)
    return _result("\n".join(lines), text, told, len(meant), [*notes, *left_out, *more])


def _written_anew(hunks: list[Hunk]) -> str | None:
    """Return the program if the only hunk puts in all of one and takes nothing away."""
    if len(hunks) != 1 or any(line.strip() for line in hunks[0].old):
        return None
    lines = hunks[0].new
    return "\n".join(lines) if any(line.startswith("class Net") for line in lines) else None


def _without_repeats(hunks: list[Hunk]) -> tuple[list[Hunk], list[str]]:
    """Return the hunks without those that are told twice."""
    kept: dict[object, Hunk] = {}
    notes = []
    for hunk in hunks:
        same = kept.setdefault((hunk.lines, hunk.start, hunk.heading), hunk)
        if same is not hunk:
            notes.append(f"{hunk.name}: the same as {same.name}")
    return list(kept.values()), notes


def _of_the_program(hunks: list[Hunk], text: Text) -> tuple[list[Hunk], list[str]]:
    """Return the hunks of the files that are the program, where a diff names several.

    A file of which no hunk fits is another one; one of which some fit is the program.
    """
    files = dict.fromkeys(hunk.file for hunk in hunks)
    meant = {hunk.file for hunk in hunks if len(files) < 2 or _concerns(hunk, text)}
    if not meant:
        return hunks, []
    notes = [f"{file or 'no file'}: not the program" for file in files if file not in meant]
    return [hunk for hunk in hunks if hunk.file in meant], notes


def _concerns(hunk: Hunk, text: Text) -> bool:
    """Tell whether a hunk has to do with the program: half of the lines it expects are there."""
    inked = [line for line in hunk.old if line.strip()]
    return bool(inked) and 2 * sum(map(text.has, inked)) >= len(inked)


def _all_applied(hunks: list[Hunk], text: Text) -> tuple[list[str], list[str]]:
    """Return the lines with all hunks applied, and what had to be overlooked.

    A hunk that does not fit the reference may fit what the others make of it: models often write
    one as if those before it were done.

    Raises:
        EditError: One of them fits neither.
    """
    changes: list[tuple[str, Change]] = []
    notes: list[str] = []
    later: list[tuple[Hunk, EditError]] = []
    for hunk in hunks:
        try:
            of_hunk, of_notes = changes_of(hunk, text)
        except (AmbiguousError, OverworkedError):
            raise
        except EditError as error:
            later.append((hunk, error))
            continue
        changes += [(hunk.name, change) for change in of_hunk]
        notes += of_notes
    now = applied(changes, text.lines)
    for hunk, reason in later:
        text.work.spend(len(now))
        now = _applied_later(hunk, Text(now, text.work), reason)
        notes.append(f"{hunk.name}: applied to what the others left")
    return now, notes


def _applied_later(hunk: Hunk, text: Text, error: EditError) -> list[str]:
    try:
        # Its line number was one of the reference.
        changes, _ = changes_of(replace(hunk, start=None), text)
    except OverworkedError:
        raise
    except EditError:
        raise error from None
    return applied([(hunk.name, change) for change in changes], text.lines)


def _result(program: str, text: Text, told: Told, hunks: int, notes: list[str]) -> Edited:
    lines = program.rstrip().split("\n")
    if [line.rstrip() for line in lines] == [line.rstrip() for line in text.lines]:
        raise EditError("The edit changes nothing.")
    for number, line in enumerate(lines, 1):
        if is_elision(line) and not text.has(line):
            raise EditError(f"Line {number} of the result, {quote(line)}, leaves lines out.")
    if problem := syntax_problem(program):
        raise EditError(_not_python(*problem, lines))
    return Edited("\n".join(lines) + "\n", told, hunks, tuple(notes))


def _not_python(message: str, number: int | None, lines: list[str]) -> str:
    if number is None or not 1 <= number <= len(lines):
        return f"The result is not Python: {message}."
    return f"The result is not Python: {message} on line {number}, {quote(lines[number - 1])}."
