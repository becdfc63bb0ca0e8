"""Placing edits takes bounded work, counted in lines and letters, and not in seconds."""

import random
from collections.abc import Iterator

import pytest
from programs.test_edits import CASES, REFERENCE

from langgraph_nas.programs.edits import Edited, EditFailed, apply_reply, blocks, places, reasons
from langgraph_nas.programs.edits.hunks import OverworkedError
from langgraph_nas.programs.edits.likeness import likeness
from langgraph_nas.programs.edits.texts import MOST_WORK, Text, Work


class Count:
    """What was compared: letters of pairs of lines, and lines looked at for a place."""

    def __init__(self) -> None:
        self.letters = self.lines = self.pairs = 0


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    counted = Count()

    def counting(one: str, other: str) -> float:
        counted.letters += len(one) + len(other)
        return likeness(one, other)

    spend, told = Work.spend, blocks._told_as_diff

    def spending(work: Work, amount: int) -> None:
        counted.lines += amount
        spend(work, amount)

    def telling(old: list[str], new: list[str]) -> object:
        counted.pairs += len(old) * len(new)
        return told(old, new)

    monkeypatch.setattr(places, "likeness", counting)
    monkeypatch.setattr(reasons, "likeness", counting)
    monkeypatch.setattr(blocks, "_told_as_diff", telling)
    monkeypatch.setattr(Work, "spend", spending)
    return counted


def noise(letters: str, length: int) -> Iterator[str]:
    rng = random.Random(0)
    while True:
        yield "".join(rng.choices(letters, k=length))


def long_lines(hunks: int, length: int = 480) -> tuple[str, str]:
    """Return a program and edits of which each nearly fits at 20 places. These took a minute."""
    lines = noise("abcd", length)
    pairs = [f'x = "k"\ny = "{next(lines)}"\n' for _ in range(180)]
    edits = [f'@@\n x = "k"\n-y = "{next(lines)}"\n+z = {n}\n' for n in range(hunks)]
    return "".join(pairs), "".join(edits)


def equal_lines(hunks: int) -> tuple[str, str]:
    hunk = "@@\n" + " x = 1\n" * 140 + "+y = 2\n" + " z = 1\n"
    return REFERENCE + "x = 1\n" * 9_000, hunk * hunks


def equal_blocks(hunks: int) -> tuple[str, str]:
    block = "<<<<<<< SEARCH\n" + "x = 1\n" * 70 + "=======\n" + "y\nx = 1\n" * 35
    return REFERENCE + "x = 1\n" * 9_000, (block + ">>>>>>> REPLACE\n") * hunks


@pytest.mark.parametrize("make", [long_lines, equal_lines, equal_blocks])
def test_the_work_for_a_hostile_reply_has_a_bound(make, count: Count) -> None:
    program, reply = make(64)
    assert isinstance(apply_reply(reply, program), EditFailed)
    # Twice: a reply is read a second time with fences apart. A reason looks at all lines once.
    assert count.lines <= 2 * (MOST_WORK + 10_000 * 500)
    assert count.letters <= 2 * (MOST_WORK + 4 * len(program))
    assert count.pairs <= 2 * blocks.MOST_COMPARED


def test_no_reply_is_given_more_work_than_there_is() -> None:
    text = Text(["x = 1"] * 9_000, Work(most=1_000))
    text.index(0).find(["x = 1", "y = 2"] * 3)
    with pytest.raises(OverworkedError, match="answer with the whole program"):
        text.index(0).find(["x = 1"] * 10)


def test_the_work_grows_with_the_edits_and_no_faster(count: Count) -> None:
    work = []
    for hunks in (8, 16, 32, 64):
        count.letters = count.lines = 0
        apply_reply(long_lines(hunks)[1], long_lines(1)[0])
        work.append(count.letters + count.lines)
    assert all(more < 2.5 * less for less, more in zip(work, work[1:], strict=False))


def test_ordinary_edits_take_a_small_part_of_it(count: Count) -> None:
    for case in CASES:
        count.lines = 0
        apply_reply(case.reply, REFERENCE)
        assert count.lines < MOST_WORK / 50, case.name


def test_a_long_program_with_many_slightly_wrong_edits_is_edited() -> None:
    lines = [f"        self.conv{n} = nn.Conv2d({n}, {n + 1}, 3)" for n in range(1, 601)]
    program = "class Net(nn.Module):\n    def __init__(self):\n" + "\n".join(lines) + "\n"
    told = [
        f"@@\n {lines[n - 1]}\n-{lines[n].replace('3)', '3 )').replace('nn.', 'nnn.')}\n"
        f"+        self.act{n} = nn.ReLU()\n {lines[n + 1]}\n"
        for n in range(5, 600, 10)
    ]
    edited = apply_reply("".join(told), program)
    assert isinstance(edited, Edited)
    assert edited.program.count("nn.ReLU()") == len(told) == 60
    assert edited.notes[0] == "hunk 1: lines differ a little"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("", "", 1.0),
        ("abc", "abc", 1.0),
        ("abc", "", 0.0),
        ("abcd", "abXd", 0.75),
        ("abcd", "dcba", 0.25),
        ("abc", "axbxc", 0.75),
        ("é" * 4, "é" * 2, 2 / 3),
        ("x" * 501, "x" * 500, 0.0),
    ],
)
def test_lines_are_alike_by_the_letters_they_share_in_order(
    one: str, other: str, alike: float
) -> None:
    assert likeness(one, other) == pytest.approx(alike)
    assert likeness(other, one) == pytest.approx(alike)
