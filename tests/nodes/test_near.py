"""Programs that are almost an earlier one: trained and recorded, refused, or asked for again."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.context import fake_context
from fakes.loop import prompts_of, run

from langgraph_nas.sandbox.base import Job, Run

ACTIVATIONS = "relu gelu silu selu elu celu mish tanh hardswish softplus relu6 logsigmoid".split()  # noqa: SIM905


def large(last: int, operation: str = "conv2d") -> str:
    """Return a program of twelve layers; only the last one's width differs."""
    layers = "".join(
        f"        x = F.{name}(F.{operation}(x, self.w{n}, stride={n + 1}))\n"
        for n, name in enumerate(ACTIVATIONS)
    )
    end = "        return self.fc(x)\n"
    return program(0.5, last).replace(end, f"{layers}{end}")


def searched(folder: Path, programs: list[str], **settings: Any) -> Any:
    context = fake_context(
        folder,
        lambda prompt, number: f"```python\n{programs[number]}```",
        sandbox=settings.pop("sandbox", None) or FakeSandbox(),
        **{"iterations": 3} | settings,
    )
    run(context)
    return context


OTHER = large(9, "conv_transpose2d")
SHOWN = [large(1), OTHER, large(2)]


def test_it_is_trained_and_recorded(tmp_path: Path) -> None:
    context = searched(tmp_path, SHOWN)
    first, other, near = context.archive.trials("s")
    assert (first["near"], other["near"], near["near"]) == (None, None, 1)
    assert near["outcome"] == "ok"
    assert 0.9 <= near["similarity"] < 1


def test_it_is_refused(tmp_path: Path) -> None:
    context = searched(tmp_path, SHOWN, on_near_duplicate="refuse")
    near = context.archive.trials("s")[2]
    assert (near["outcome"], near["near"], near["accuracy"]) == ("near_duplicate", 1, None)
    assert "the program of trial 1: not trained" in near["message"]
    assert len(context.evaluator.sandbox.jobs) == 2


def test_another_one_is_asked_for(tmp_path: Path) -> None:
    programs = [*SHOWN, large(1), large(3, "avg_pool2d")]
    context = searched(tmp_path, programs, on_near_duplicate="ask-again")
    assert [trial["outcome"] for trial in context.archive.trials("s")] == ["ok"] * 3
    asked = prompts_of(context, "generator")
    assert len(asked) == 5
    assert "the program of trial 1. Write one that differs in structure." in asked[3]
    assert "the network of trial 1 again" in asked[4]


def test_it_is_refused_in_the_end(tmp_path: Path) -> None:
    programs = [*SHOWN, large(3), large(4), large(5)]
    context = searched(tmp_path, programs, on_near_duplicate="ask-again")
    assert context.archive.trials("s")[2]["outcome"] == "near_duplicate"
    assert len(prompts_of(context, "generator")) == 2 + 4


def test_the_threshold_is_a_setting(tmp_path: Path) -> None:
    context = searched(tmp_path, SHOWN, on_near_duplicate="refuse", near_duplicate=1.0)
    assert [trial["outcome"] for trial in context.archive.trials("s")] == ["ok"] * 3


@pytest.mark.parametrize("setting", ["refuse", "ask-again"])
def test_edits_are_trained_in_any_case(tmp_path: Path, setting: str) -> None:
    """They are near the program that they edit by nature."""
    edit = "<<<<<<< SEARCH\n{0}\n=======\n{1}\n>>>>>>> REPLACE"
    old, new = (
        next(line for line in large(width).splitlines() if f"Linear({width}," in line)
        for width in (1, 2)
    )
    replies = [f"```python\n{large(1)}```", edit.format(old, new)]
    context = fake_context(
        tmp_path,
        lambda prompt, number: replies[number],
        iterations=2,
        form="edit",
        on_near_duplicate=setting,
    )
    run(context)
    trials = context.archive.trials("s")
    assert [(trial["form"], trial["outcome"]) for trial in trials] == [
        *(("code", "ok"), ("edit", "ok"))
    ]
    assert len(context.evaluator.sandbox.jobs) == 2


def test_what_is_near_a_failure_is_new(tmp_path: Path) -> None:
    """It may be that failure repaired."""
    failing = large(1).replace("outcome: 0.5", "outcome: forward_error")
    context = searched(tmp_path, [failing, OTHER, large(2)], on_near_duplicate="refuse")
    assert context.archive.trials("s")[2]["outcome"] == "ok"


def test_equal_graphs_are_recorded_afterwards(tmp_path: Path) -> None:
    class Tracing(FakeSandbox):
        def _result(self, job: Job, workload: Any) -> Run:
            run = super()._result(job, workload)
            run.claimed["graph_hash"] = "even" if "Linear(2," in job.program else "odd"
            return run

    programs = [program(0.5, width) for width in (1, 2, 3)]
    context = searched(tmp_path, programs, sandbox=Tracing())
    trials = context.archive.trials("s")
    assert [(trial["near"], trial["similarity"]) for trial in trials] == [
        *((None, None), (None, None), (1, 1.0))
    ]
