"""Cells of NAS-Bench-201: read, written, changed, and what their networks cost."""

import json
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.data import tiny_task

from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation.table import spec_of
from langgraph_nas.programs import check_program
from langgraph_nas.prompts import load_templates
from langgraph_nas.prompts.templates import PLACEHOLDERS, REQUIRED
from langgraph_nas.spaces import SpecError, Wish
from langgraph_nas.spaces.cells.cell import (
    EDGES,
    OPERATIONS,
    cell_cost,
    cell_program,
    cross_cells,
    draw_cell,
    edit_cell,
    mutate_cell,
    notation,
    parse_cell,
)
from langgraph_nas.spaces.cells.space import Cells, edits_schema, whole_schema
from langgraph_nas.state import Best

CIFAR = (3, 32, 32)
HEAVY = ["nor_conv_3x3"] * 6
CELL = ["nor_conv_3x3", "skip_connect", "none", "avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3"]


@pytest.fixture
def space() -> Cells:
    return Cells(tiny_task(), SearchConfig())


def wish(space: Cells, **given: Any) -> Wish:
    return Wish(templates=load_templates(texts=space.texts, phrases=space.phrases), **given)


def best(cell: list[str]) -> Best:
    return Best(iteration=1, accuracy=0.5, code="", spec=cell)


@pytest.mark.parametrize(
    "value",
    [
        CELL,
        {"cell": CELL},
        " ".join(CELL),
        ", ".join(word.upper() for word in CELL),
        [word.removeprefix("nor_") for word in CELL],
        notation(CELL),
    ],
)
def test_a_cell_is_read_however_it_is_written(value: Any) -> None:
    assert parse_cell(value) == CELL


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (CELL[:5], "six operations, one for each edge, not 5"),
        ({"layers": CELL}, "no `cell`"),
        ([*CELL[:5], "conv_5x5"], "'conv_5x5' is no operation"),
        ([*CELL[:5], 3], "3 is no operation"),
        (7, "not int"),
        (None, "not NoneType"),
        ("", "not 1"),
    ],
)
def test_what_is_no_cell_is_said_with_the_rule(value: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        parse_cell(value)


def test_edits_replace_operations_by_the_edges_number() -> None:
    after = edit_cell(CELL, ["replace 3 nor_conv_1x1", "6 none"])
    assert after == [*CELL[:2], "nor_conv_1x1", *CELL[3:5], "none"]
    assert edit_cell(CELL, "replace 3: conv_1x1; replace 6 none") == after


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([], "no edits"),
        (["replace 7 none"], "an edit is such as"),
        (["delete 2"], "an edit is such as"),
        (["replace 1 none", "replace 1 skip_connect"], "two edits change edge 1"),
        ([f"replace 1 {CELL[0]}"], "change nothing"),
        ([3], "an edit is such as"),
    ],
)
def test_edits_that_are_none_are_refused(edits: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        edit_cell(CELL, edits)


def test_the_notation_is_that_of_the_benchmark() -> None:
    assert notation(CELL) == (
        "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|avg_pool_3x3~0|nor_conv_1x1~1|nor_conv_3x3~2|"
    )
    assert spec_of(notation(CELL)) == tuple(CELL)


def test_draws_mutations_and_crossings_stay_cells() -> None:
    rng = random.Random(0)
    for _ in range(50):
        one, other = draw_cell(rng), draw_cell(rng)
        child = mutate_cell(one, rng)
        assert sum(a != b for a, b in zip(one, child, strict=True)) == 1
        crossed = cross_cells(one, other, rng)
        assert all(c in pair for c, *pair in zip(crossed, one, other, strict=True))
        assert parse_cell(child) == child
    assert {word for _ in range(20) for word in draw_cell(rng)} == set(OPERATIONS)


@pytest.mark.parametrize("shape", [CIFAR, (1, 28, 28), (3, 33, 17)])
@pytest.mark.parametrize("cell", [HEAVY, CELL, ["none"] * 6, ["skip_connect"] * 6])
def test_the_cost_is_what_torch_counts(cell: list[str], shape: tuple[int, int, int]) -> None:
    torch = pytest.importorskip("torch")
    from torch import nn

    program = cell_program(cell, shape, 10)
    assert check_program(program) is None
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": nn.functional}
    exec(program, names)
    net, macs = names["Net"](), 0

    def count(module: Any, inputs: Any, output: Any) -> None:
        nonlocal macs
        macs += module.weight.numel() // module.weight.shape[0] * output.numel()

    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(count)
    with torch.no_grad():
        logits = net.eval()(torch.zeros(1, *shape))
    parameters = sum(p.numel() for p in net.parameters())
    assert logits.shape == (1, 10)
    assert cell_cost(cell, shape, 10) == {"parameters": parameters, "macs": macs}


def test_the_heaviest_cell_has_the_published_size() -> None:
    cost = cell_cost(HEAVY, CIFAR, 10)
    assert cost["parameters"] == pytest.approx(1.53e6, rel=0.01)
    assert cost["macs"] == pytest.approx(220e6, rel=0.01)


def test_all_cells_of_the_table_are_cells_here() -> None:
    if "NAS_TEST_DATA" not in os.environ:
        pytest.skip("needs NAS_TEST_DATA")
    with np.load(Path(os.environ["NAS_TEST_DATA"]) / "data" / "nasbench201.npz") as file:
        rows = file["arch"].tolist()
    cells = {tuple(parse_cell(row)) for row in rows}
    assert len(cells) == len(OPERATIONS) ** len(EDGES)
    assert all(notation(parse_cell(row)) == row for row in rows)


def test_a_reply_is_a_cell_or_edits_of_the_best(space: Cells) -> None:
    whole = space.read(json.dumps({"cell": CELL}), wish(space))
    assert (whole["spec"], whole["form"], whole["source"]) == (CELL, "spec", "llm")
    assert notation(CELL) in str(whole["code"])
    edited = space.read(
        '{"edits": ["replace 1 none"]}', wish(space, reference=best(CELL), change="x")
    )
    assert edited["spec"] == ["none", *CELL[1:]]


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ('{"edits": ["replace 1 none"]}', "there is none yet"),
        ('{"cell": ["edge 1", "edge 2", "edge 3", "edge 4", "edge 5", "edge 6"]}', "example"),
        ("I would use more convolutions.", ""),
        ("[" * 3000, ""),
    ],
)
def test_a_reply_that_is_none_says_why(space: Cells, reply: str, problem: str) -> None:
    candidate = space.read(reply, wish(space))
    assert candidate["code"] is None
    assert problem in str(candidate["problem"])


def test_what_is_asked_for_holds_a_base_model_to_a_whole_cell_or_edits(space: Cells) -> None:
    known = wish(space, reference=best(CELL), change="Use an average pool on one edge.")
    assert space.schema(wish(space)) == whole_schema()
    assert space.schema(known) == {"anyOf": [whole_schema(), edits_schema()]}
    small = wish(space, reference=best(CELL), change=known.change, is_completion=True)
    assert space.schema(small) == edits_schema()
    assert "Request: Use an average pool" in str(space.values(small)["examples"])
    anew = wish(space, reference=best(CELL), change="Start from a new cell.", is_completion=True)
    assert space.schema(anew) == whole_schema()


def test_its_templates_and_phrases_are_whole(space: Cells) -> None:
    templates = wish(space).templates
    for name, text in space.texts.items():
        used = templates.placeholders(name)
        assert REQUIRED[name] <= used <= PLACEHOLDERS[name], text
    changes = templates.phrases_of("change_")
    assert set(templates.phrases_of("example_edit_")) == set(changes) - {"new_structure"}
    assert "inception" not in str(templates.phrases)  # the words of blocks are not mixed in
    assert len(templates.phrases_of("direction_")) == 6
    for number, text in templates.phrases_of("example_trial_").items():
        answer = json.loads(text.rpartition("Answer: ")[2])
        assert answer["change"] in changes, number
        assert f"diagnosis_{answer['diagnosis']}" in templates.phrases
    for text in templates.phrases_of("example_new_").values():
        parse_cell(json.loads(text.removeprefix("Answer: ")))
    for text in templates.phrases_of("example_edit_").values():
        edits = json.loads(text.removeprefix("Answer: "))["edits"]
        edit_cell(HEAVY if edits[0].split()[-1] != HEAVY[0] else ["none"] * 6, edits)
