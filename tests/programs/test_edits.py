import ast
import os
import random
import re
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from programs.pairs import swap

from langgraph_nas.programs.edits import Edited, EditFailed, apply_reply
from langgraph_nas.programs.edits.diffs import is_elision

FILES = Path(__file__).parent / "files"
REFERENCE = (FILES / "reference.py.txt").read_text()
DROP, FC = "        self.drop = nn.Dropout(0.3)\n", "        self.fc = nn.Linear(64 * 8 * 8, 10)\n"
NORM = "        self.norm = nn.BatchNorm2d(64)\n"
DROPOUT = ("Dropout(0.3)", "Dropout(0.5)")
STEM = ("Conv2d(3, 32, 3, padding=1)", "Conv2d(3, 32, 5, padding=2)")
NORM_SAYS = "        # channels unchanged, so the spatial size stays the same as before\n"
NESTED = f"{NORM}        if True:\n            self.drop = nn.Dropout(0.5)\n"

GIVEN = {
    "dropout": swap(REFERENCE, DROPOUT),
    "stem": swap(REFERENCE, STEM),
    "stem and dropout": swap(REFERENCE, STEM, DROPOUT),
    "norm": swap(REFERENCE, (FC, NORM + FC)),
    "commented norm": swap(REFERENCE, (FC, NORM_SAYS + NORM + FC)),
    "norm and act": swap(REFERENCE, (FC, f"{NORM}        self.act2 = nn.GELU()\n{FC}")),
    "nested": swap(REFERENCE, (DROP, NESTED)),
    "drop last": swap(REFERENCE, ("self.fc(self.drop(x))", "self.drop(self.fc(x))")),
    "no dropout": swap(REFERENCE, (DROP, ""), ("self.fc(self.drop(x))", "self.fc(x)")),
    "twelve": swap(REFERENCE, ("8, 10)", "8, 12)")),
    "five": swap(
        REFERENCE, ("width, width, 3, padding=1)  # same size", "width, width, 5, padding=2)")
    ),
    "widen": swap(
        REFERENCE,
        ("        # second stage\n", "        # second stage\n"),
        ("Conv2d(32, 64, 1)", "Conv2d(32, 64, 3, padding=1)"),
    ),
    "gelu in Net": swap(
        REFERENCE,
        ("ReLU()\n        self.block1", "GELU()\n        self.block1"),
    ),
    "another": """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3072, 10)

    def forward(self, x):
        return self.fc(x.flatten(1))
""",
}


class Case(NamedTuple):
    name: str
    reply: str
    program: str | None
    notes: list[str]
    reason: str | None


def read_cases() -> list[Case]:
    text = (FILES / "messy_edits.txt").read_text()
    found = re.findall(
        r"^## (?!gives|fails)(.+)\n((?:(?!## ).*\n)*)"
        r"^## (?:gives ([\w ]+?)(?:: (.+))?|fails: (.+))$",
        text,
        re.MULTILINE,
    )
    return [
        Case(name, as_written(reply), GIVEN[gives] if gives else None, notes.split("; "), reason)
        for name, reply, gives, notes, reason in found
    ]


def as_written(reply: str) -> str:
    ends = "\r\n" if reply.startswith("↵") else "\n"
    return reply.strip("↵").replace("⇥", "\t").replace("·", " ").replace("\n", ends)


CASES = read_cases()


def test_every_case_of_the_table_is_read():
    titles = re.findall(r"^## (?!gives|fails)", (FILES / "messy_edits.txt").read_text(), re.M)
    assert len(CASES) == len(titles) >= 40


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_messy_edit_gives_just_the_program_that_is_meant_or_the_reason_why_not(case):
    result = apply_reply(case.reply, REFERENCE)
    if case.program is None:
        assert result == EditFailed(case.reason)
    else:
        assert isinstance(result, Edited), result
        assert result.program == case.program
        assert list(result.notes) == [note for note in case.notes if note]


@pytest.mark.parametrize(
    ("name", "told", "hunks"),
    [
        ("several hunks", "diff", 2),
        ("the same hunk twice", "diff", 1),
        ("blocks fenced all together, with a file name above", "blocks", 2),
        ("a whole program", "program", 0),
        ("a whole program as a diff of a new file", "program", 0),
    ],
)
def test_the_result_says_how_the_edit_was_told(name, told, hunks):
    reply = next(case.reply for case in CASES if case.name == name)
    result = apply_reply(reply, REFERENCE)
    assert isinstance(result, Edited)
    assert (result.told, result.hunks) == (told, hunks)


@pytest.mark.parametrize(
    ("line", "stands_for_lines"),
    [
        ("    ...", True),
        ("    # ... as before", True),
        ("# …", True),
        ("# existing code", True),
        ("# rest of the layers unchanged", True),
        ("# (rest of __init__ as before)", True),
        ("# Other methods remain the same.", True),
        ("# --- remaining layers ---", True),
        ("# all layers unchanged", True),
        ("# everything else stays the same", True),
        ("# padding 1, so the spatial size stays the same", False),
        ("# channels unchanged, more depth", False),
        ("# same width as before, twice the depth", False),
        ("# add the input back: shape unchanged", False),
        ("# unlike the existing code, normalise first", False),
        ("# the other layers use GELU", False),
        ("# fuse what the previous layers found", False),
        ("# everything in one block", False),
        ("x = ...", False),
        ("code = rest", False),
        ("#", False),
    ],
)
def test_a_comment_stands_for_lines_only_if_it_says_nothing_else(line, stands_for_lines):
    assert is_elision(line) == stands_for_lines


def test_a_program_indented_by_tabs_stays_so():
    reference = REFERENCE.replace("    ", "\t")
    reply = next(
        case.reply for case in CASES if case.name == "context lines without their leading space"
    )
    result = apply_reply(reply, reference)
    assert isinstance(result, Edited)
    assert result.program == GIVEN["norm"].replace("    ", "\t")


def test_a_reference_with_carriage_returns_is_edited_too():
    result = apply_reply(CASES[0].reply, REFERENCE.replace("\n", "\r\n"))
    assert isinstance(result, Edited)
    assert result.program == GIVEN["dropout"]


@pytest.mark.parametrize(
    "reply",
    ["x" * 200_001, "\n" * 10_000, "@@\n-import torch\n+import math\n" * 3 + "y" * 200_000],
)
def test_a_huge_reply_is_refused_by_its_size(reply):
    result = apply_reply(reply, REFERENCE)
    assert isinstance(result, EditFailed)
    assert result.reason.startswith("The reply has ")


def test_more_than_64_hunks_are_refused():
    reply = "".join(f"@@ -{i},1 +{i},1 @@\n-import torch\n+import torch{i}\n" for i in range(65))
    assert apply_reply(reply, REFERENCE) == EditFailed(
        "The reply has 65 hunks; at most 64 are applied."
    )


HOSTILE = {
    "one hunk of equal lines": "@@\n" + " x = 1\n" * 4000 + "+y = 2\n" + " x = 1\n" * 4000,
    "many changes in equal lines": "@@\n" + (" x = 1\n" * 2 + "-x = 1\n+y = 2\n") * 2000,
    "64 hunks of equal lines": ("@@\n" + " x = 1\n" * 140 + "+y = 2\n" + " z = 1\n") * 64,
    "64 hunks that nearly fit": ("@@\n" + " x = 1\n w = 2\n" * 40 + "-x = 3\n+y = 2\n") * 64,
    "64 blocks of equal lines": (
        "<<<<<<< SEARCH\n" + "x = 1\n" * 70 + "=======\n" + "y\nx = 1\n" * 35 + ">>>>>>> REPLACE\n"
    )
    * 64,
    "open thoughts": "<think>" * 25_000,
    "open tags": "<search>" * 20_000,
    "fences": "```python\nclass Net(\n" * 4_000,
    "@@": "@@ -1" * 30_000,
    "prose after prose": "class Net(nn.Module):\n    x = 1\n" + "not python\n" * 9_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_reply_takes_seconds_at_most(reply):
    reference = REFERENCE + "x = 1\n" * 9_000
    started = time.process_time()
    apply_reply(reply, reference)
    assert time.process_time() - started < 10


def test_no_reply_makes_it_raise_or_give_what_is_not_python():
    generator = random.Random(0)
    lines = [line for case in CASES for line in case.reply.split("\n")]
    applied = 0
    for _ in range(500):
        reply = "\n".join(generator.choices(lines, k=generator.randint(1, 20)))
        result = apply_reply(reply, REFERENCE)
        if isinstance(result, Edited):
            ast.parse(result.program)
            assert result.program != REFERENCE
            applied += 1
    assert applied > 10


@pytest.mark.slow
def test_edits_derived_from_real_programs_give_just_these(monkeypatch):
    if "NAS_TEST_DATA" not in os.environ:
        pytest.skip("NAS_TEST_DATA is not set")
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import edits

    pairs = edits.with_best(edits.read_rows())
    assert len(pairs) == 79
    for old, new in pairs:
        assert edits.gives(edits.as_diff(old, new), old, new)
        assert edits.gives(edits.as_blocks(old, new), old, new)
