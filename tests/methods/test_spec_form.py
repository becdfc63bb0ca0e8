"""The form `spec`: lists of blocks, edits of the best, and asking again for something new."""

import json
from pathlib import Path

import pytest
from fakes.context import Answer, diagnosis, fake_context
from fakes.data import tiny_task
from fakes.loop import prompts_of
from fakes.sandbox import FakeSandbox

from langgraph_nas.graph import create_nas_graph
from langgraph_nas.prompts import load_templates
from langgraph_nas.runs import first_state
from langgraph_nas.sandbox.base import Job, Run, Workload
from langgraph_nas.spaces.blocks.space import read_block_reply
from langgraph_nas.state import Candidate
from langgraph_nas.trials import SearchContext

FIRST = {"layers": ["conv 32 3 relu", "maxpool"], "head": "gap"}
OTHER = {"layers": ["conv 64 5 relu"], "head": "flat"}


class AnyProgramScores(FakeSandbox):
    """Scores every program, better ones the later they come."""

    def _result(self, job: Job, workload: Workload) -> Run:
        accuracy = len(self.jobs) / 100
        scored = type(job)(f"# outcome: {accuracy}", job.recipe, job.send_weights)
        return super()._result(scored, workload)


def _context(folder: Path, answer: Answer, **settings: object) -> SearchContext:
    return fake_context(
        folder, answer, diagnosis, AnyProgramScores(), **({"form": "spec"} | settings)
    )


def _run(context: SearchContext) -> None:
    create_nas_graph().compile().invoke(first_state("s", context.config), context=context)


def _specs(context: SearchContext) -> list[list[str] | None]:
    return [trial["spec"] for trial in context.archive.trials("s")]


def test_a_whole_network_compiles_to_an_ordinary_program(tmp_path: Path) -> None:
    context = _context(tmp_path, lambda *_: json.dumps(FIRST), iterations=1)

    _run(context)

    trial = context.archive.trial("s", 1)
    assert trial["spec"] == ["conv 32 3 relu", "maxpool", "head gap"]
    assert trial["form"] == "spec"
    assert "class Net(nn.Module)" in (trial["program"] or "")


@pytest.mark.parametrize(("max_macs", "halved"), [(None, False), (50_000, True)])
def test_a_network_is_fitted_into_the_budget_of_multiply_adds(
    tmp_path: Path, max_macs: int | None, halved: bool
) -> None:
    context = _context(tmp_path, lambda *_: json.dumps(OTHER), iterations=1, max_macs=max_macs)

    _run(context)

    trial = context.archive.trial("s", 1)
    assert trial["spec"] == ["conv 64 5 relu", "head flat"]
    assert ("halved for cost" in (trial["program"] or "")) == halved


def test_edits_apply_to_the_best_network(tmp_path: Path) -> None:
    replies = [FIRST, {"edits": ["replace 1 conv 48 3 gelu", "insert 2 se 8"]}]
    context = _context(tmp_path, lambda _, n: json.dumps(replies[n]), iterations=2)

    _run(context)

    assert _specs(context)[1] == ["conv 48 3 gelu", "se 8", "maxpool", "head gap"]


@pytest.mark.parametrize(("retries", "calls"), [(3, 4), (1, 2), (0, 1)])
def test_a_repeated_spec_is_asked_again_with_a_new_seed_before_it_counts(
    tmp_path: Path, retries: int, calls: int
) -> None:
    context = _context(tmp_path, lambda *_: json.dumps(FIRST), iterations=2, spec_retries=retries)

    _run(context)

    assert [trial["outcome"] for trial in context.archive.trials("s")] == ["ok", "duplicate"]
    asked = [row for row in context.archive.calls("s") if row["role"] == "generator"][1:]
    assert len(asked) == calls
    assert len({row["seed"] for row in asked}) == calls


def test_the_first_new_spec_ends_the_asking(tmp_path: Path) -> None:
    replies = [FIRST, FIRST, OTHER]
    context = _context(tmp_path, lambda _, n: json.dumps(replies[n]), iterations=2)

    _run(context)

    assert _specs(context)[1] == ["conv 64 5 relu", "head flat"]
    assert len(prompts_of(context, "generator")) == 3


def test_an_unreadable_spec_is_an_outcome_that_names_what_is_wrong(tmp_path: Path) -> None:
    context = _context(tmp_path, lambda *_: '{"layers": ["blob 7"]}', iterations=1, spec_retries=0)

    _run(context)

    trial = context.archive.trial("s", 1)
    assert (trial["outcome"], trial["program"]) == ("no_code", None)
    assert "blob 7" in trial["message"]


def test_the_prompt_lists_the_blocks_and_numbers_those_of_the_best(tmp_path: Path) -> None:
    replies = [FIRST, OTHER]
    context = _context(tmp_path, lambda _, n: json.dumps(replies[n]), iterations=2)

    _run(context)

    first, second = prompts_of(context, "generator")
    assert "squeeze-excite" in first
    assert "1. conv 32 3 relu\n2. maxpool\n3. head gap" in second
    assert "Change to make: change 1" in second


SHOWN = ["replace 2 res 64 gelu", "insert 4 maxpool", "delete 1"]
"""The edits that the prompt gives as its example."""
BEST = ["conv 32 3 relu", "res 32 relu", "conv 48 3 relu", "res 48 relu", "head gap"]


def _read(edits: object) -> Candidate:
    echoes = load_templates().echoes
    return read_block_reply(json.dumps({"edits": edits}), BEST, tiny_task(), echoes=echoes)


@pytest.mark.parametrize(
    "edits",
    [
        SHOWN,
        SHOWN[:1],
        SHOWN[:2],
        SHOWN[::-1],
        SHOWN * 3,
        ["Replace  2  RES 64 gelu."],
        "; ".join(SHOWN),
        SHOWN[0],
    ],
)
def test_edits_of_the_example_alone_are_no_answer(edits: object) -> None:
    assert all(edit in load_templates().texts["generate_spec"] for edit in SHOWN)
    candidate = _read(edits)
    assert candidate["code"] is None
    assert candidate["problem"] == "the reply repeats the example of the prompt"


def test_beside_the_example_the_models_own_edits_count() -> None:
    candidate = _read([*SHOWN, "replace 3 conv 64 5 relu"])
    assert candidate["spec"] == [*BEST[:2], "conv 64 5 relu", *BEST[3:]]


@pytest.mark.parametrize("edit", ["replace 2 res 96 gelu", "insert 3 maxpool", "delete 2"])
def test_edits_like_those_of_the_example_are_ones(edit: str) -> None:
    assert _read([edit])["code"] is not None
