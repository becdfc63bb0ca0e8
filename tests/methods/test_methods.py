"""The baselines: one role, no reference, the first prompt again, random and evolved networks."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.context import fake_context
from fakes.loop import prompts_of, run

from langgraph_nas.sandbox.base import Job, Run

OUTCOMES = [0.5, 0.75, 0.25, 0.5]


class ScoringSandbox(FakeSandbox):
    """Scores any program, by its length."""

    def _result(self, job: Job, workload: Any) -> Run:
        said = f"# outcome: 0.{len(job.program) % 90 + 10}\n"
        return super()._result(Job(said + job.program, job.recipe), workload)


def searched(folder: Path, method: str, **settings: Any) -> Any:
    context = fake_context(
        folder,
        lambda prompt, number: f"```python\n{program(OUTCOMES[number], number + 1)}```",
        **{"iterations": 4, "method": method} | settings,
    )
    run(context)
    return context


def test_one_role_is_advised_by_the_outcome_alone(tmp_path: Path) -> None:
    context = searched(tmp_path, "one_role")
    assert prompts_of(context, "improver") == []
    assert program(0.75, 2) in prompts_of(context, "generator")[3]  # the best
    assert {triple["suggestion"] for triple in context.archive.triples("s")} == {
        context.templates.phrase("fallback_ok")
    }


def test_without_a_reference_the_best_is_not_shown(tmp_path: Path) -> None:
    context = searched(tmp_path, "no_reference")
    last = prompts_of(context, "generator")[3]
    assert program(0.75, 2) not in last
    assert program(0.25, 3) in last  # the one tried last
    assert len(prompts_of(context, "improver")) == 4


def test_best_of_n_asks_the_first_prompt_again(tmp_path: Path) -> None:
    context = searched(tmp_path, "best_of_n")
    assert len(set(prompts_of(context, "generator"))) == 1
    assert prompts_of(context, "improver") == []
    seeds = [call["seed"] for call in context.archive.calls("s")]
    assert len(set(seeds)) == 4
    best = context.archive.best_trial("s")
    assert best["iteration"] == 2


@pytest.mark.parametrize("method", ["random", "evolution"])
def test_sampled_networks_ask_nobody_and_come_out_the_same(tmp_path: Path, method: str) -> None:
    programs = []
    for name in "ab":
        sandbox = ScoringSandbox()
        context = searched(tmp_path / name, method, iterations=14, sandbox=sandbox)
        assert context.archive.calls("s") == []
        assert context.archive.counts("s")["distinct_valid"] == 14
        programs.append([trial["program"] for trial in context.archive.trials("s")])
    assert programs[0] == programs[1]


def test_sampled_networks_are_fitted_into_the_budget_of_multiply_adds(tmp_path: Path) -> None:
    sandbox = ScoringSandbox()
    context = searched(tmp_path, "random", iterations=14, sandbox=sandbox, max_macs=100_000)
    assert any("halved for cost" in trial["program"] for trial in context.archive.trials("s"))


def test_evolution_changes_one_block_of_a_good_network_of_late(tmp_path: Path) -> None:
    context = searched(tmp_path, "evolution", iterations=16, sandbox=ScoringSandbox())
    trials = context.archive.trials("s")
    for number in range(5, 16):
        child = trials[number]["spec"]
        alive = trials[number - 5 : number]
        assert any(_is_one_change(parent["spec"], child) for parent in alive)


def _is_one_change(parent: list[str], child: list[str]) -> bool:
    longer, shorter = sorted((parent, child), key=len, reverse=True)
    if len(longer) == len(shorter):
        return sum(a != b for a, b in zip(parent, child, strict=True)) == 1
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
