"""What `reliability` found, as tables and as Markdown."""

import re

import numpy as np

from langgraph_nas.report.reliability import (
    agreement_rows,
    pick_rows,
    regret_words,
    reliability_markdown,
    spread_rows,
)
from langgraph_nas.runs import Reliability
from langgraph_nas.statistics.proxy import judge


def measured() -> Reliability:
    rng = np.random.default_rng(0)
    worth = np.linspace(0.3, 0.8, 30)[:, None]
    short, long = worth + rng.normal(0, 0.02, (30, 3)), worth + rng.normal(0, 0.01, (30, 3))
    return Reliability(
        name="digits-1",
        epochs=(1, 5),
        seeds=3,
        split="validation",
        valid=36,
        networks=tuple(range(30)),
        left_out={},
        proxy=judge(short, long),
        warnings=("the top decile is small",),
        verdict="a 1-epoch ranking can be trusted",
        isolation="none (unsafe-subprocess)",
        database="searches.db",
    )


def test_the_tables_of_reliability_have_all_cells():
    found = measured()
    assert [row[0] for row in spread_rows(found)] == ["1", "5"]
    rows = agreement_rows(found)
    assert all(len(row) == 6 for row in rows)
    assert rows[0][0] == "ceiling: one 1-epoch training, the truth"
    assert rows[3][0].startswith("measured: one 1-epoch training")
    assert re.fullmatch(r"0\.\d\d to (0|1)\.\d\d", rows[3][4])
    assert rows[4][1] == "3"
    assert rows[4][4] == "-"  # no interval of three networks
    assert "places" in regret_words(found)


def test_what_confirming_is_worth_has_a_row_for_each_way():
    once, confirmed = pick_rows(measured())
    assert [once[0][:7], confirmed[0][:8]] == ["highest", "each new"]
    assert float(confirmed[4]) > float(once[4]) == 30
    assert all(re.fullmatch(r"[01]\.\d{3}", cell) for row in (once, confirmed) for cell in row[1:3])


def test_the_markdown_has_three_tables_and_the_words():
    text = reliability_markdown(measured())
    assert text.startswith("`digits-1`: 30 of 36 distinct networks, 3 trainings each")
    assert text.count("\n| ---") == 3
    assert {line.count("|") for line in text.splitlines() if line.startswith("|")} == {6, 7}
    assert "A 1-epoch ranking can be trusted." in text
    assert "Beware: the top decile is small." in text
    assert "Beware: candidates run WITHOUT isolation" in text
    assert "nan" not in text
