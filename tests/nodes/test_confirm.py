"""A new best is trained once more before it is one."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.context import fake_context
from fakes.loop import run

from langgraph_nas.trials import SearchContext


def searched(folder: Path, outcomes: list[Any], **settings: Any) -> SearchContext:
    def write(prompt: str, number: int) -> str:
        return f"```python\n{program(outcomes[number], number + 1)}```"

    settings = {"confirm_best": True, "iterations": len(outcomes), **settings}
    context = fake_context(folder, write, sandbox=FakeSandbox(), **settings)
    run(context)
    return context


def test_a_best_is_ranked_by_the_mean_of_two_seeds(tmp_path: Path) -> None:
    context = searched(tmp_path, ["0.9,0.5", "0.8,0.8", "0.75"])
    trials = context.archive.trials("s")
    assert [trial["scores"] for trial in trials] == [
        pytest.approx([0.9, 0.5]),
        pytest.approx([0.8, 0.8]),
        pytest.approx([0.75]),  # not above 0.8: trained once
    ]
    assert [trial["accuracy"] for trial in trials] == pytest.approx([0.7, 0.8, 0.75])
    best = context.archive.best_trial("s")
    assert best is not None
    assert best["iteration"] == 2
    seeds = [job.recipe.seed for job in context.evaluator.sandbox.jobs]  # type: ignore[attr-defined]
    assert len(set(seeds)) == 2
    assert seeds == [43, seeds[1], 43, seeds[1], 43]


def test_luck_does_not_make_a_best(tmp_path: Path) -> None:
    context = searched(tmp_path, ["0.8,0.8", "0.9,0.6"])
    best = context.archive.best_trial("s")
    assert best is not None
    assert best["iteration"] == 1
    outcome = context.archive.triples("s")[0]["outcome"]
    assert outcome is not None
    assert "0.7500" in outcome


def test_a_network_that_fails_with_another_seed_is_no_best(tmp_path: Path) -> None:
    context = searched(tmp_path, ["0.9,not_finite", "0.5,0.5"])
    first, _ = context.archive.trials("s")
    assert (first["outcome"], first["accuracy"]) == ("not_finite", None)
    assert first["message"].startswith("it scored 0.9000, but with another seed:")
    best = context.archive.best_trial("s")
    assert best is not None
    assert best["iteration"] == 2


def test_the_paper_takes_the_maximum(tmp_path: Path) -> None:
    context = searched(tmp_path, ["0.9,0.5", "0.8,0.8"], confirm_best=None, protocol="paper")
    best = context.archive.best_trial("s")
    assert best is not None
    assert (best["iteration"], best["scores"]) == (1, pytest.approx([0.9]))


def test_a_search_that_was_killed_between_both_trainings_confirms_then(tmp_path: Path) -> None:
    """What was recorded of the first training is not trained again."""
    stops: list[int] = [2]

    def die(job: Any) -> None:
        if len(sandbox.jobs) in stops:
            stops.clear()
            raise KeyboardInterrupt

    sandbox = FakeSandbox(on_run=die)
    context = fake_context(
        tmp_path,
        lambda prompt, number: f"```python\n{program('0.9,0.5,0.7', number + 1)}```",
        sandbox=sandbox,
        confirm_best=True,
        iterations=1,
    )
    with pytest.raises(KeyboardInterrupt):
        run(context)
    [recorded] = context.archive.trials("s")
    assert recorded["scores"] == pytest.approx([0.9])
    run(context)
    assert len(sandbox.jobs) == 3  # first, the one that was killed, the second once more
    assert context.archive.trials("s")[0]["scores"] == pytest.approx([0.9, 0.7])


def test_a_near_repeat_that_fails_when_confirmed_keeps_its_similarity(tmp_path: Path) -> None:
    layers = "".join(f"        x = F.relu{n}(x, self.w{n}, stride={n})\n" for n in range(12))
    end = "        return self.fc(x)\n"
    programs = [
        program(outcome, n).replace(end, f"{layers}{end}")
        for n, outcome in ((1, "0.5,0.5"), (2, "0.9,not_finite"))
    ]
    context = fake_context(
        tmp_path,
        lambda prompt, number: f"```python\n{programs[number]}```",
        sandbox=FakeSandbox(),
        confirm_best=True,
        iterations=2,
    )
    run(context)
    _, second = context.archive.trials("s")
    assert (second["outcome"], second["near"]) == ("not_finite", 1)
    assert 0.9 <= second["similarity"] < 1
