"""Which memory format a network trains in: channels_last where it can do it and where it pays."""

from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from torch import nn

from langgraph_nas.sandbox.base import MemoryFormat, Precision, Recipe
from langgraph_nas.sandbox.harness.arithmetic import Arithmetic
from langgraph_nas.sandbox.harness.data import Data
from langgraph_nas.sandbox.harness.preflight import WORTH_ASKING, Preflight


def preflight(net: nn.Module, recipe: Recipe, **claims: float) -> Preflight:
    data = Data(torch.zeros(16, 1, 8, 8, dtype=torch.uint8), torch.arange(16) % 4, {}, 4)
    budgets = dict.fromkeys(("memory_mb", "latency_ms"))
    return Preflight(net, data, {"recipe": asdict(recipe), "budgets": budgets}, {**claims}, 60)


def conv_net() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 36, 4))


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Preflight, "cost", lambda self, x, y, a: 1.0 if a.channels_last else 2.0)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize(("costs", "taken"), [((1.0, 2.0), True), ((1.0, 1.0), False)])
def test_the_memory_format_is_taken_only_where_it_pays(
    costs: tuple[float, float],
    taken: bool,
    precision: Precision,
    recipe: Recipe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = conv_net()
    check = preflight(net, replace(recipe, precision=precision, memory_format="measured"))
    monkeypatch.setattr(
        Preflight, "cost", lambda self, x, y, a: costs[0] if a.channels_last else costs[1]
    )
    assert check.run() == Arithmetic(precision, channels_last=taken)
    assert check.claims["channels_last"] == int(taken)
    assert net[0].weight.is_contiguous(memory_format=torch.channels_last) or not taken


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize(
    ("wanted", "macs", "taken"),
    [
        ("measured", WORTH_ASKING / 16 - 1, False),
        ("measured", WORTH_ASKING / 16, True),
        ("channels_last", 1, True),
        ("contiguous", WORTH_ASKING, False),
    ],
)
def test_a_training_that_takes_a_moment_is_not_asked_for_its_memory_format(
    wanted: MemoryFormat, macs: float, taken: bool, recipe: Recipe
) -> None:
    check = preflight(conv_net(), replace(recipe, memory_format=wanted), macs=macs)
    assert check.run().channels_last == taken


class LooksAtMemory(nn.Module):
    """It computes something else where its tensors lie in another order.

    Args:
        how: In which way.
    """

    def __init__(self, how: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.conv, self.fc, self.how = nn.Conv2d(1, 8, 3), nn.Linear(8 * 36, 4), how

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.how(self.conv(x)))


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("wanted", ["measured", "channels_last"])
@pytest.mark.parametrize(
    "how",
    [
        lambda x: torch.as_strided(x, (len(x), 288), (288, 1)),
        lambda x: x.flatten(1) * (1 if x.is_contiguous() else 2),
        lambda x: x.flatten(1) * x.stride(1),
        lambda x: x.view(len(x), -1).add_(1)[:, :0].sum() + x.flatten(1),
        lambda x: (
            nn.functional.dropout(x.view(len(x), -1), 0.9, x.requires_grad, inplace=True)[
                :, :0
            ].sum()
            + x.flatten(1)
        ),
        lambda x: x.view(len(x), -1) + 0 * (x.mul_(3).sum() if x.requires_grad else 0),
        lambda x: (
            x.view(torch.int32).view(torch.float32).detach().flatten(1) + x.data_ptr() % 1
            if x.is_contiguous()
            else x.transpose(1, 3).view(torch.int8).float().flatten(1)
        ),
    ],
    ids=[
        "strides of its own",
        "a question",
        "a factor",
        "written into a view",
        "dropped out",
        "written before",
        "a dtype",
    ],
)
def test_a_network_that_looks_at_its_memory_keeps_the_common_format(
    how: Callable[[torch.Tensor], torch.Tensor], wanted: MemoryFormat, recipe: Recipe
) -> None:
    check = preflight(LooksAtMemory(how), replace(recipe, memory_format=wanted))
    assert not check.run().channels_last


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize(
    "flatten",
    [
        lambda x: x.view(len(x), -1),
        lambda x: x.view((-1, 288)),
        lambda x: x.view(torch.Size([len(x), 288])),
        lambda x: x.view(size=(len(x), 288)),
        lambda x: x.view(np.int64(-1), np.int64(288)),
        lambda x: x.view_as(torch.empty(len(x), 288)),
        lambda x: torch.Tensor.view(x, -1, 288),
    ],
    ids=[
        "numbers",
        "a tuple",
        "a size",
        "by name",
        "numbers of numpy",
        "like another",
        "the class",
    ],
)
def test_a_view_that_is_not_possible_in_the_memory_format_becomes_a_copy(
    flatten: Callable[[torch.Tensor], torch.Tensor], recipe: Recipe
) -> None:
    net = LooksAtMemory(flatten)
    images = torch.rand(16, 1, 8, 8)
    expected = net(images)
    arithmetic = preflight(net, replace(recipe, memory_format="channels_last")).run()
    assert arithmetic.channels_last
    with arithmetic.context(images.device):
        assert torch.allclose(net(arithmetic.lay_out(images)), expected, atol=1e-5)
    assert "view" not in vars(torch.Tensor)


def test_an_impossible_shape_fails_in_the_memory_format_as_without_it() -> None:
    images = torch.rand(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    for impossible in (lambda x: x.view(2, 47), lambda x: x.view("a"), lambda x: x.view()):
        with pytest.raises((RuntimeError, TypeError)) as plain:
            impossible(images)
        with (
            Arithmetic(channels_last=True).context(images.device),
            pytest.raises(type(plain.value)) as ours,
        ):
            impossible(images)
        assert str(ours.value) == str(plain.value)


class Bounded(nn.Module):
    """It bounds a weight through a view, in training only."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 4, 3), nn.Linear(8 * 16, 4)
        self.wide = nn.Conv2d(4, 8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.wide.weight.data.view(8, -1).mul_(0.5)
        return self.fc(self.wide(self.conv(x)).flatten(1))


@pytest.mark.usefixtures("cheap")
def test_what_a_network_writes_through_a_view_is_not_lost(recipe: Recipe) -> None:
    check = preflight(Bounded(), replace(recipe, memory_format="channels_last"))
    assert not check.run().channels_last


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_traced_view_is_as_it_was() -> None:
    images = torch.rand(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    with Arithmetic(channels_last=True).context(images.device), pytest.raises(RuntimeError):
        torch.jit.trace(lambda x: x.view(2, -1), images)
