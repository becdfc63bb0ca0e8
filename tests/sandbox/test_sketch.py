"""A network is looked at without values first; what that says holds for the network itself."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.harness.failure import Failure
from langgraph_nas.sandbox.harness.sketch import WithoutValues, is_certain
from langgraph_nas.sandbox.warm import CellSandbox

LIMITS = Limits(cpus=1, wall_seconds=60, build_seconds=20)

LARGE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(64, 4096)
        self.fc = nn.Linear(4096, 4)
        {more}

    def forward(self, x):
        x = F.relu(self.wide(x.flatten(1)))
        return self.fc(x)
"""


def test_large_weights_are_not_drawn_and_small_ones_are() -> None:
    torch.manual_seed(0)
    with WithoutValues():
        kept = torch.full((256, 256), 7.0).normal_()
        initialised = nn.init.kaiming_uniform_(torch.full((256, 256), 7.0))
        small = torch.full((4,), 7.0).uniform_()
        with pytest.raises(ValueError, match="fewer than 2 dimensions"):
            nn.init.xavier_uniform_(torch.zeros(1 << 17))
    assert bool((kept == 7).all())
    assert bool((initialised == 7).all())
    assert bool((small < 1).all())


@pytest.mark.parametrize(
    ("line", "outcome", "words"),
    [
        # Only values tell these apart: the candidate must not be blamed for memory as it came.
        ("assert self.wide.weight.std() > 0.01", "ok", ""),
        ("if not self.wide.weight.std() > 0.01: raise ValueError('dead')", "ok", ""),
        ("if not self.wide.weight.std() > 0.01: self.missing", "ok", ""),
        ("torch.arange(9)[(self.wide.weight.abs() * 8).long().max()]", "ok", ""),
        ("if self.wide.weight.std() > 0.01: raise ValueError('alive')", "build_error", "alive"),
        ("assert self.wide.weight.std() > 1, 'small'", "build_error", "AssertionError: small"),
    ],
)
def test_what_depends_on_values_is_judged_by_proper_ones(
    line: str,
    outcome: str,
    words: str,
    forked: CellSandbox,
    workload: Workload,
    recipe: Recipe,
) -> None:
    run = forked.run(Job(LARGE.format(more=line), recipe), workload, LIMITS)
    assert run.outcome == outcome, run.message
    assert words in run.message
    assert run.stage == ("predict" if outcome == "ok" else "build")


def test_the_look_leaves_no_trace_in_what_is_trained(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    plain = Job(LARGE.format(more=""), recipe, send_weights=True)
    # With values in question from the start, there is no look.
    doubt = Job(LARGE.format(more="assert self.wide.weight.std() > 0.01"), recipe, True)
    first, second = (forked.run(job, workload, LIMITS) for job in (plain, doubt))
    assert first.weights is not None
    assert second.weights is not None
    assert all(np.array_equal(first.weights[k], second.weights[k]) for k in first.weights)
    other = forked.run(replace(plain, recipe=replace(recipe, seed=1)), workload, LIMITS)
    assert other.weights is not None
    assert not np.array_equal(other.weights["fc.weight"], first.weights["fc.weight"])


@pytest.mark.parametrize(
    ("error", "certain"),
    [
        (Failure("bad_output", "forward returned None"), True),
        (Failure("not_finite", "the loss is nan"), False),
        (NameError("x"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x512 and 480x4)"), True),
        (RuntimeError("index 7 is out of bounds for dimension 0 with size 4"), False),
        (IndexError("index out of range in self"), False),
        (torch.linalg.LinAlgError("The input matrix is singular"), False),
        (AssertionError(), False),
        (SystemExit(), False),
        (MemoryError(), True),
    ],
)
def test_only_errors_of_shapes_names_and_types_are_certain(
    error: BaseException, certain: bool
) -> None:
    assert is_certain(error) is certain


def test_an_operator_that_fails_in_the_candidates_own_line_is_certain() -> None:
    space: dict[str, object] = {"nn": nn, "torch": torch}
    program = compile("torch.ones(2, 3) @ torch.ones(4, 5)", "<candidate>", "exec")
    with pytest.raises(RuntimeError) as caught:
        exec(program, space)
    assert is_certain(caught.value)
    with pytest.raises(RuntimeError) as raised:
        exec(compile("raise RuntimeError('mine')", "<candidate>", "exec"), space)
    assert not is_certain(raised.value)
