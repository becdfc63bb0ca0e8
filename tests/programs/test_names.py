import ast
import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from langgraph_nas.programs import program_hash
from langgraph_nas.programs.names import number_names
from langgraph_nas.programs.normalise import normal_form
from langgraph_nas.programs.source import parse_program
from langgraph_nas.programs.words import MODULE_ATTRIBUTES

from .pairs import BLOCKS, swap
from .renaming import renamed


def test_every_attribute_of_the_bases_that_a_program_may_have_keeps_its_name():
    bases = (nn.Module(), nn.Sequential(), nn.ModuleList())
    defined = {name for base in bases for name in dir(base) if name[:2] != "__"}
    assert defined <= MODULE_ATTRIBUTES, f"torch {torch.__version__} has more of them"


def test_the_numbers_do_not_depend_on_the_names():
    # The order of sets of texts differs from process to process, and that of their hashes here.
    forms = {
        normal_form(parse_program(swap(BLOCKS, ("shrink", f"s{i}"), ("_pool", f"p{i}"))))
        for i in range(50)
    }
    assert len(forms) == 1


def test_numbering_is_a_renaming_and_leaves_the_rest_as_it_was():
    numbered = ast.unparse(number_names(parse_program(BLOCKS))).replace("$", "n")
    assert program_hash(numbered) == program_hash(BLOCKS)


def test_a_numbered_program_still_computes_the_same(build):
    numbered = ast.unparse(number_names(parse_program(BLOCKS))).replace("$", "n")
    images = torch.randn(2, 3, 8, 8)
    torch.manual_seed(0)
    expected = build(BLOCKS)(images)
    torch.manual_seed(0)
    assert torch.equal(build(numbered)(images), expected)


@pytest.fixture(scope="module")
def real_programs() -> list[str]:
    folder = os.environ.get("NAS_TEST_DATA")
    if not folder:
        pytest.skip("NAS_TEST_DATA is not set")
    found = sorted(Path(folder, "transcripts").glob("*.jsonl"))
    if not found:
        pytest.skip("there are no transcripts")
    rows = [json.loads(line) for path in found for line in path.read_text().splitlines()]
    assert len({row["ast_sha1"] for row in rows}) == len(rows) > 0
    return [row["code"] for row in rows]


@pytest.mark.slow
def test_real_programs_are_recognised_under_other_names(real_programs):
    for number, program in enumerate(real_programs):
        for seed in range(3):
            other = renamed(program, 3 * number + seed)
            assert program_hash(other) == program_hash(program), f"program {number}, seed {seed}"


def test_no_two_real_programs_are_taken_for_each_other(real_programs):
    assert len(set(map(program_hash, real_programs))) == len(real_programs)


@pytest.mark.slow
def test_one_other_name_or_number_in_a_real_program_makes_another_program(real_programs):
    generator = random.Random(0)
    for number, program in enumerate(real_programs):
        before = program_hash(program)
        for _ in range(4):
            changed = spoilt(program, generator)
            assert program_hash(changed) != before, f"program {number}: {changed}"


def spoilt(program: str, generator: random.Random) -> str:
    """Return the program with another number, read variable or attribute of `self` once."""
    tree = ast.parse(program)
    pool = [(node, place) for node in ast.walk(tree) for place in _places(node)]
    node, place = generator.choice(pool)
    old = getattr(node, place)
    others = {getattr(n, p) for n, p in pool if p == place and isinstance(old, str)} - {old}
    setattr(node, place, generator.choice(sorted(others)) if others else old + 1)
    return ast.unparse(tree)


def _places(node: ast.AST) -> Iterator[str]:
    # Not where a variable is set: one that is never read may have any name.
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id != "self":
        yield "id"
    elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self":
        yield "attr"
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield "value"


def test_a_program_of_6_kb_is_hashed_fast():
    program = BLOCKS + "".join(swap(BLOCKS, ("Block", f"B{i}"), ("Net", f"N{i}")) for i in range(6))
    assert len(program) > 6000
    seconds = []
    for _ in range(5):
        began = time.process_time()
        program_hash(program)
        seconds.append(time.process_time() - began)
    assert min(seconds) < 0.03  # Some 6 ms on a desktop; the machine may be slow.
