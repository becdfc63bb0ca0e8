"""A network is looked at without values first; what that says holds for the network itself."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.harness.failure import Failure
from langgraph_nas.sandbox.harness.sketch import is_certain, without_values
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
    with without_values(pytest.fail):
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
    "look",
    [
        lambda w: bool(w.sum() > 0),
        lambda w: w.sum().item(),
        lambda w: w.tolist(),
        lambda w: w.numpy(),
        lambda w: np.asarray(w),
        lambda w: range(w.abs().sum().to(int)),
        lambda w: w[w > 0],
        lambda w: w.nonzero(),
        lambda w: w.masked_select(w > 0),
        lambda w: w.unique(),
        lambda w: torch.equal(w, w),
        lambda w: torch.allclose(w, w),
        lambda w: torch.distributions.Normal(w, 1.0),
        lambda w: w.repeat_interleave(w.to(int).flatten()),
    ],
)
def test_whatever_depends_on_values_is_seen(look: Callable[[torch.Tensor], object]) -> None:
    looks: list[bool] = []
    with without_values(lambda: looks.append(True)):
        look(torch.ones(3, 3))
    assert looks


def test_layers_losses_and_gradients_look_at_no_values() -> None:
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(), nn.Flatten(1, 2)
    )
    attention = nn.TransformerEncoderLayer(6, 2, batch_first=True)
    with without_values(pytest.fail):
        out = attention(net(torch.rand(4, 1, 8, 8)))[:, torch.arange(4)].flatten(1)
        nn.functional.cross_entropy(nn.LazyLinear(4)(out), torch.arange(4)).backward()


@pytest.mark.parametrize(
    ("error", "certain"),
    [
        (Failure("bad_output", "forward returned None"), True),
        (Failure("not_finite", "the loss is nan"), False),
        (NameError("x"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x512 and 480x4)"), True),
        (RuntimeError("index 7 is out of bounds for dimension 0 with size 4"), False),
        (RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false."), False),
        (RuntimeError("something that nobody has met before"), False),
        (ValueError("Expected parameter loc to satisfy the constraint Real()"), False),
        (IndexError("index out of range in self"), False),
        (torch.linalg.LinAlgError("linalg.cholesky: The factorization could not be"), False),
        (AssertionError(), False),
        (SystemExit(), False),
        (MemoryError(), False),
    ],
)
def test_only_known_errors_of_shapes_names_and_types_are_certain(
    error: BaseException, certain: bool
) -> None:
    assert is_certain(error) is certain


def failing(program: str) -> BaseException:
    """Return the error of a program as the harness meets it."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        exec(compile(program, "<candidate>", "exec"), {"nn": nn, "torch": torch})
    outer = caught.value.__traceback__
    return caught.value.with_traceback(outer.tb_next if outer else None)  # without this file


@pytest.mark.parametrize(
    ("program", "certain"),
    [
        ("torch.ones(2, 3) @ torch.ones(4, 5)", True),
        ("nn.Linear(3, 4)(torch.ones(2, 5))", True),
        ("nn.Conv2d(3, 4)", True),
        ("nn.Linear(3, 4).wieght", True),
        ("nn.Conv2d(3, 4, 3, groups=2)", True),
        ("raise RuntimeError('mat1 and mat2 shapes cannot be multiplied')", False),
        ("raise TypeError('the values are of no use')", False),
        ("torch.jit.trace(3, torch.ones(1))", False),
        ("exec('torch.nothing')", False),
    ],
)
def test_an_error_is_certain_where_the_program_or_a_plain_layer_fails(
    program: str, certain: bool
) -> None:
    assert is_certain(failing(program)) is certain
