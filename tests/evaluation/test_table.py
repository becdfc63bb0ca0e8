"""Accuracies from a table: searches without torch, and tables that are none."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeSandbox
from fakes.replays import compared

from langgraph_nas import (
    Archive,
    SearchConfig,
    UsageError,
    compare_methods,
    finalize,
    replay,
    resume,
    search,
)
from langgraph_nas.datasets import prepare
from langgraph_nas.evaluation.table import Table, spec_of
from langgraph_nas.sandbox.base import Run
from langgraph_nas.spaces import user_candidate
from langgraph_nas.spaces.cells.cell import EDGES, OPERATIONS, notation

ROOT = Path(__file__).parents[2]


def all_cells() -> list[list[str]]:
    grids = np.meshgrid(*[np.arange(len(OPERATIONS))] * len(EDGES), indexing="ij")
    names = list(OPERATIONS)
    return [[names[i] for i in row] for row in np.stack(grids, -1).reshape(-1, len(EDGES))]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All cells; the more 3x3 convolutions, the better, and no two the same."""
    cells, rng = all_cells(), np.random.default_rng(0)
    score = np.array([10 * cell.count("nor_conv_3x3") + 20 for cell in cells])
    path = tmp_path_factory.mktemp("table") / "cells.npz"
    np.savez(
        path,
        arch=np.array([notation(cell) for cell in cells]),
        digits_val=score + rng.random(len(cells)),
        digits_test=score - 5.0,
        digits_latency_ms=score / 10,
    )
    return path


def settings(table: Path, **given: Any) -> SearchConfig:
    return SearchConfig.model_validate(
        {
            "dataset": "digits",
            "method": "evolution",
            "space": "cells",
            "evaluator": f"table:{table}",
            "iterations": 40,
            **given,
        }
    )


def test_evolution_finds_good_cells_and_says_what_they_are(table: Path, tmp_path: Path) -> None:
    found = search(settings(table), database=tmp_path / "s.db")
    assert (found.valid, found.isolation) == (40, "table")
    with Archive.open(found.database) as archive:
        best = archive.best_trial(found.name)
        assert best is not None
        assert best["accuracy"] == found.best_accuracy > 0.5
        assert best["scores"] == [found.best_accuracy]  # nothing to confirm
        convolutions = (best["spec"] or []).count("nor_conv_3x3")
        assert round(100 * found.best_accuracy) // 10 - 2 == convolutions
        assert found.test_accuracy == pytest.approx((10 * convolutions + 15) / 100)
        assert best["measures"]["latency_ms"] == convolutions + 2
        assert best["measures"]["macs"] > 0
        assert best["parameters"] is not None
    assert "class Net" in Path(str(found.best_program)).read_text()


def test_it_goes_on_and_replays_the_same(table: Path, tmp_path: Path) -> None:
    database = tmp_path / "s.db"
    search(settings(table, iterations=15), database=database, name="s")
    resume("s", database=database, iterations=20)
    search(settings(table, iterations=15, seed=44), database=database, name="t")
    replay("s", database=database)
    assert compared(database, "s").same


def test_a_stopped_one_goes_on(table: Path, tmp_path: Path) -> None:
    stop, database = threading.Event(), tmp_path / "s.db"

    def tell(event: dict[str, Any]) -> None:
        if event["event"] == "iteration_ended" and event["iteration"] == 7:
            stop.set()

    first = search(settings(table), database=database, name="s", stop=stop, on_event=tell)
    assert first.stopped == "interrupted"
    found = resume("s", database=database)
    whole = search(settings(table), database=database, name="t")
    assert found.best_accuracy == whole.best_accuracy


def test_budgets_hold_for_what_is_looked_up(table: Path, tmp_path: Path) -> None:
    for number, budget in enumerate(({"max_latency": 4.5}, {"max_macs": 10**7})):
        database = tmp_path / f"{number}.db"
        found = search(settings(table, method="random", **budget), database=database)
        with Archive.open(database) as archive:
            trials = archive.trials(found.name)
        over = [trial for trial in trials if trial["outcome"] == "over_budget"]
        assert over
        assert all("at most" in trial["message"] for trial in over)
        for trial in trials:
            if trial["outcome"] == "ok":
                assert trial["measures"]["latency_ms"] <= budget.get("max_latency", 100)
                assert trial["measures"]["macs"] <= budget.get("max_macs", 10**12)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dataset": "mnist"}, "no column 'mnist_val', but digits_test, digits_val"),
        ({"evaluator": "table"}, "name the file"),
        ({"evaluator": "table:missing.npz"}, "can't read the table"),
        ({"space": "blocks"}, "no row for `.*but rows such as .*another space"),
        ({"space": "programs"}, "can't be drawn"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_what_it_has(
    table: Path, tmp_path: Path, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        search(settings(table, **given), database=tmp_path / "s.db")
    with Archive.open(tmp_path / "s.db") as archive:
        assert archive.names() == []


def test_a_start_program_has_no_row(table: Path) -> None:
    evaluator = Table(table, settings(table))
    with pytest.raises(UsageError, match="no start program"):
        evaluator.evaluate(user_candidate("class Net: ..."))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"digits_val": np.ones(2)}, "no column `arch`"),
        ({"arch": np.array(["a b"]), "digits_val": np.ones(2)}, "a value for each network"),
        ({"arch": np.ones(2)}, "no column `arch` of texts"),
        ({"arch": np.array(["a b"]), "digits_val": np.ones((1, 2))}, "a value for each network"),
        ({"arch": np.array(["a b"])}, "no column 'digits_val', but none of it"),
        ({"arch": np.array(["a b"]), "digits_val": np.array(["x"])}, "must hold numbers"),
        ({"arch": np.array(["a b"]), "digits_val": np.array([1j])}, "must hold numbers"),
        ({"arch": np.array(["a b"]), "digits_val": np.array([820.0])}, "must be percent"),
        ({"arch": np.array(["a b"]), "digits_val": np.array([np.nan])}, "must be percent"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    tmp_path: Path, columns: dict[str, Any], message: str
) -> None:
    np.savez(tmp_path / "t.npz", **columns)
    with pytest.raises(UsageError, match=message):
        Table(tmp_path / "t.npz", settings(tmp_path / "t.npz"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"arch,digits_val\n"])
def test_a_file_that_is_no_npz_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.npz").write_bytes(content)
    with pytest.raises(UsageError, match=r"t\.npz"):
        Table(tmp_path / "t.npz", settings(tmp_path / "t.npz"))


def test_rows_may_be_plain_words() -> None:
    assert spec_of("  conv 3   res ") == ("conv", "3", "res")


def test_two_hundred_trials_on_nas_bench_201_need_no_torch(tmp_path: Path) -> None:
    if "NAS_TEST_DATA" not in os.environ:
        pytest.skip("needs NAS_TEST_DATA")
    table = Path(os.environ["NAS_TEST_DATA"]) / "data" / "nasbench201.npz"
    program = f"""
import sys
from langgraph_nas import SearchConfig, search
found = search(SearchConfig(dataset="cifar10", method="evolution", space="cells", iterations=200,
    evaluator="table:{table}"), database="s.db")
print(found.valid, found.best_accuracy > 0.83, "torch" in sys.modules)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "200 True False\n"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_cost_that_is_no_number_is_not_known(tmp_path: Path, value: float) -> None:
    table = tmp_path / "t.npz"
    columns = {name: np.array([50.0]) for name in ("digits_val", "digits_test")}
    np.savez(table, arch=np.array(["a b"]), parameters=np.array([value]), **columns)
    candidate = user_candidate("class Net: ...")
    found = Table(table, settings(table)).evaluate({**candidate, "spec": ["a", "b"]})
    assert (found["accuracy"], found["parameters"]) == (0.5, None)


def test_methods_are_compared_on_a_table(table: Path, tmp_path: Path) -> None:
    study = compare_methods(
        settings(table, iterations=12, finalists=1),
        arms=("random", "evolution"),
        seeds=2,
        name="c",
        database=tmp_path / "s.db",
    )
    assert [row.arm for row in study.rows] == ["random", "evolution"]


def test_finalists_of_a_table_can_be_trained_for_real(table: Path, tmp_path: Path) -> None:
    database = tmp_path / "s.db"
    search(settings(table, iterations=5), database=database, name="s")
    sandbox = FakeSandbox(labels=prepare("digits").labels)
    sandbox._result = lambda job, workload: Run(  # type: ignore[method-assign]
        "timeout", "train", "not here", isolation="fake"
    )
    found = finalize("s", top=2, epochs=2, seeds=1, database=database, sandbox=sandbox)
    assert len(sandbox.jobs) == 3  # the two, and the hand-written one
    assert {outcome for one in found.networks for outcome in one.outcomes} == {"timeout"}


def test_the_best_is_a_finalist_even_without_the_other_objective(tmp_path: Path) -> None:
    table, cells = tmp_path / "t.npz", all_cells()[:200]
    latency = np.where(np.arange(200) % 2, np.nan, 1.0 + np.arange(200))
    columns = {name: np.arange(200) / 4 for name in ("digits_val", "digits_test")}
    arch = np.array([notation(cell) for cell in cells])
    np.savez(table, arch=arch, latency_ms=latency, **columns)
    archive_file = tmp_path / "s.db"
    with Archive.open(archive_file) as archive:
        config = settings(table, objectives="accuracy,latency_ms")
        evaluator = Table(table, config)
        archive.create_search("s", config.model_dump(), {"scored_split": "validation"})
        for number, at in enumerate((3, 199, 50), start=1):
            candidate = {**user_candidate("class Net: ..."), "spec": cells[at]}
            archive.record_trial("s", number, candidate, evaluator.evaluate(candidate))
        picked = archive.picked("s", 2, config.goals)
    assert [row["iteration"] for row in picked] == [2, 3]
