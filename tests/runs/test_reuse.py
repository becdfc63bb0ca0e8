"""Whose result stands in for a training, and under which conditions."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, resume, search
from langgraph_nas.archive import TrialRow


def run_searches(folder: Path, sandbox: FakeSandbox, **second: Any) -> list[TrialRow]:
    """Run two searches that propose the same three networks; return the trials of the second."""
    config = SearchConfig(**PLAIN, iterations=3, finalists=0, form="code", improver_form="text")
    changed = SearchConfig(**{**config.model_dump(), "reuse": "database", **second})
    replies = [program(0.3, 1), program("forward_error", 2), program("timeout", 3)]
    for name, settings in (("first", config), ("second", changed)):
        search(
            settings,
            name=name,
            database=folder / "s.db",
            sandbox=sandbox,
            generator=ScriptedChatModel(answer=lambda prompt, n: f"```python\n{replies[n]}```"),
            improver=ScriptedChatModel(answer=diagnosis),
        )
    with Archive.open(folder / "s.db", readonly=True) as archive:
        return archive.trials("second")


def test_the_result_of_another_search_stands_in_for_a_training(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    trials = run_searches(tmp_path, sandbox)
    assert [trial["outcome"] for trial in trials] == ["ok", "forward_error", "timeout"]
    assert trials[0]["accuracy"] == pytest.approx(0.3, abs=0.01)
    assert [trial["reused_from"] for trial in trials] == ["first/1", "first/2", None]
    assert "trained in search first, iteration 1" in trials[0]["message"]
    # A timeout says more about the moment than about the network: it is tried again.
    assert [job.program for job in sandbox.jobs[3:]] == [trials[2]["program"]]


def test_each_search_is_its_own_unless_asked(tmp_path: Path, sandbox: FakeSandbox) -> None:
    trials = run_searches(tmp_path, sandbox, reuse="search")
    assert [trial["reused_from"] for trial in trials] == [None] * 3
    assert len(sandbox.jobs) == 6


@pytest.mark.parametrize(
    "other",
    [
        {"dataset": "digits", "train_samples": 200},
        {"seed": 44},
        {"protocol": "paper"},
        {"epochs": 2},
        {"batch_size": 7},
        {"learning_rate": 0.02},
        {"precision": "bf16"},
        {"max_params": 1000},
        {"time_limit": 7.0},
        {"memory_mb": 512},
    ],
    ids=lambda other: " ".join(other),
)
def test_a_result_under_other_conditions_is_no_result(
    other: dict[str, Any], tmp_path: Path, sandbox: FakeSandbox
) -> None:
    trials = run_searches(tmp_path, sandbox, **other)
    assert [trial["reused_from"] for trial in trials] == [None] * 3


def test_another_torch_trains_again(tmp_path: Path, sandbox: FakeSandbox) -> None:
    newer = FakeSandbox(labels=sandbox.labels)
    newer.torch = "2.1.fake"
    run_searches(tmp_path, sandbox)
    config = SearchConfig(
        **PLAIN, iterations=1, finalists=0, form="code", improver_form="text", reuse="database"
    )
    search(
        config,
        name="newer",
        database=tmp_path / "s.db",
        sandbox=newer,
        generator=ScriptedChatModel(answer=lambda prompt, n: f"```python\n{program(0.3, 1)}```"),
        improver=ScriptedChatModel(answer=diagnosis),
    )
    assert len(newer.jobs) == 1


@pytest.mark.parametrize(("torch", "outcome"), [("2.0.fake", "duplicate"), ("2.1.fake", "ok")])
def test_a_search_that_goes_on_with_another_torch_does_not_trust_its_old_scores(
    torch: str, outcome: str, tmp_path: Path, sandbox: FakeSandbox
) -> None:
    models = {
        "generator": ScriptedChatModel(answer=lambda prompt, n: f"```python\n{program(0.3)}```"),
        "improver": ScriptedChatModel(answer=diagnosis),
    }
    config = SearchConfig(**PLAIN, iterations=1, finalists=0, form="code", improver_form="text")
    search(config, name="s", database=tmp_path / "s.db", sandbox=sandbox, **models)
    sandbox.torch = torch
    resume("s", database=tmp_path / "s.db", iterations=2, sandbox=sandbox, **models)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert [trial["outcome"] for trial in archive.trials("s")] == ["ok", outcome]


def test_after_a_duplicate_both_prompts_ask_for_another_structure(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    config = SearchConfig(**PLAIN, iterations=3, finalists=0, form="code", improver_form="text")
    search(
        config,
        name="s",
        database=tmp_path / "s.db",
        sandbox=sandbox,
        generator=ScriptedChatModel(answer=lambda prompt, n: f"```python\n{program(0.3)}```"),
        improver=ScriptedChatModel(answer=diagnosis),
    )
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        trials, triples = archive.trials("s"), archive.triples("s")
        calls = [(call["iteration"], call["role"], call["prompt"]) for call in archive.calls("s")]
    assert [trial["outcome"] for trial in trials] == ["ok", "duplicate", "duplicate"]
    assert [trial["same_as"] for trial in trials] == [None, 1, 1]
    assert (
        triples[0]["outcome"]
        == f"the same network as trial 1, accuracy {trials[0]['accuracy']:.4f}"
    )
    asked = {(n, role) for n, role, prompt in calls if "another structure" in prompt}
    assert asked == {(2, "improver"), (3, "generator"), (3, "improver")}
