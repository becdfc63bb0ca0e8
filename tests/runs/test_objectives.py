"""A search with several objectives: its front steers it, and is what is shown and measured."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.context import fake_context
from fakes.loop import prompts_of, run
from pydantic import ValidationError
from typer.testing import CliRunner

from langgraph_nas import Archive, SearchConfig, search
from langgraph_nas.cli.app import app
from langgraph_nas.methods.longest import needs
from langgraph_nas.objectives import pareto_front
from langgraph_nas.spaces.cells.cell import notation

CELLS = [
    ["nor_conv_3x3"] * 6,
    ["nor_conv_1x1"] * 6,
    ["skip_connect"] * 6,
    ["avg_pool_3x3"] * 6,
]
WORDS = ["edge", ".", "pool", ".", "kernel", ".", "skip", "."]
SCORES = [90.0, 80.0, 60.0, 50.0]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "cells.npz"
    arch = np.array([notation(cell) for cell in CELLS])
    np.savez(path, arch=arch, digits_val=np.array(SCORES), digits_test=np.array(SCORES) - 1)
    return path


def settings(table: Path, **given: Any) -> SearchConfig:
    values = {"dataset": "digits", "space": "cells", "evaluator": f"table:{table}"}
    return SearchConfig.model_validate({**values, "objectives": "accuracy,macs", **given})


def searched(table: Path, order: list[int], **given: Any) -> tuple[Path, str]:
    replies = table.with_name("replies.jsonl")
    lines = []
    for at in order:
        advice = {"problem": "p", "inspiration": "i", "modification": f"Change {WORDS[len(lines)]}"}
        lines.append({"role": "generator", "reply": json.dumps({"cell": CELLS[at]})})
        lines.append({"role": "improver", "reply": json.dumps(advice)})
    replies.write_text("".join(json.dumps(line) + "\n" for line in lines))
    config = settings(
        table,
        iterations=len(order),
        generator=f"replay:{replies}",
        improver=f"replay:{replies}",
        **given,
    )
    found = search(config, database=table.with_name("s.db"))
    return Path(found.database), found.name


def test_the_front_is_shown_to_the_generator_and_told_in_lessons(table: Path) -> None:
    database, name = searched(table, [1, 3, 0, 2])
    with Archive.open(database) as archive:
        assert [row["iteration"] for row in archive.front(name, settings(table).goals)] == [3, 1, 4]
        calls = archive.calls(name, 4)
        outcomes = [triple["outcome"] for triple in archive.triples(name)]
        finalists = archive.finalists(name)
    prompt = next(call["prompt"] for call in calls if call["role"] == "generator")
    best, _, rest = prompt.partition("Best cell so far (trial 3, accuracy 0.9000, macs ")[
        2
    ].partition(" (of those tried, none is better in all of accuracy, macs than: ")
    assert int(best.replace(",", "")) > 0
    assert rest.startswith("trial 1 (accuracy 0.8000, macs ")
    assert '{"cell": ["nor_conv_1x1", ' in rest.partition(")")[2]
    assert "below the best, no trial before is better in all of accuracy, macs" in str(outcomes[0])
    assert "above the best" in str(outcomes[1])
    assert [row["iteration"] for row in finalists] == [3, 1, 4]


def test_of_a_large_front_the_finalists_are_spread_over_it(table: Path) -> None:
    database, name = searched(table, [0, 1, 2], finalists=2)
    with Archive.open(database) as archive:
        assert [row["iteration"] for row in archive.finalists(name)] == [1, 3]


def test_one_objective_changes_nothing(table: Path) -> None:
    database, name = searched(table, [1, 0, 2], objectives="accuracy")
    with Archive.open(database) as archive:
        prompts = [call["prompt"] for call in archive.calls(name)]
        assert all("macs" not in prompt.partition("Limits")[2] for prompt in prompts)
        assert archive.triples(name)[0]["outcome"].startswith("accuracy 0.9000, 0.1000 above")
        row = archive.search(name)
        assert "front" not in row


def test_a_new_member_of_the_front_counts_as_getting_on(tmp_path: Path) -> None:
    def write(prompt: str, number: int) -> str:
        return f"```python\n{PROGRAM.format(number, [0.5, 0.4, 0.3][number])}```"

    context = fake_context(
        tmp_path, write, iterations=3, widen_after=1, objectives="accuracy,parameters"
    )
    last = run(context)
    assert last["stagnation"]["rounds"] == 2  # equal parameters, so neither joins it
    assert "none is better" not in prompts_of(context, "generator")[2]


PROGRAM = """
class Net(nn.Module):  # outcome: {1}
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10 + {0} * 0)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""


def test_the_budget_of_tokens_has_room_for_the_front(tmp_path: Path) -> None:
    plain, several = (
        fake_context(tmp_path / name, lambda prompt, number: "", objectives=name)
        for name in ("accuracy", "accuracy,macs,parameters")
    )
    for one, more in zip(needs(plain), needs(several), strict=True):
        assert more.tokens > one.tokens + 100


def test_show_best_and_export_go_by_it(table: Path) -> None:
    database, name = searched(table, [0, 1, 2, 3])
    with Archive.open(database) as archive:
        trials = archive.trials(name)
        front = pareto_front(trials, settings(table).goals)
    cli = CliRunner()
    shown = cli.invoke(app, ["show", name, "--database", str(database)]).stdout
    assert "On the front of accuracy, macs" in shown
    told = json.loads(cli.invoke(app, ["show", name, "--json", "--database", str(database)]).stdout)
    assert [row["iteration"] for row in told["front"]] == [row["iteration"] for row in front]
    bound = f"macs<={trials[1]['measures']['macs']:.0f}"
    within = cli.invoke(app, ["best", name, "--where", bound, "--database", str(database)]).stdout
    assert notation(CELLS[1]) in within
    where = ["--where", "macs<=1", "--database", str(database)]
    refused = cli.invoke(app, ["export", name, "--to", str(table.parent / "e"), *where])
    assert refused.exit_code != 0
    assert "none of the 4 networks" in str(refused.exception)


@pytest.mark.parametrize(
    ("objectives", "message"),
    [
        ("macs", "must be accuracy, not macs"),
        ("accuracy,speed", "'speed' is no objective: give a list of accuracy, parameters"),
        ("accuracy,macs,macs", "named twice"),
        ("", "is no objective"),
    ],
)
def test_what_is_no_list_of_objectives_is_refused(objectives: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SearchConfig(objectives=objectives)
    assert SearchConfig(objectives=" accuracy , macs ").objectives == "accuracy,macs"
