"""The hand-written network that each search is measured against."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch

from langgraph_nas.programs import check_program, resnet9

SHAPES = [(1, 8, 8), (3, 16, 16), (1, 28, 28), (3, 32, 32), (3, 64, 64), (3, 160, 160)]


Build = Callable[[str], Any]


@pytest.mark.parametrize("shape", SHAPES)
def test_it_takes_images_of_all_data_sets(shape: tuple[int, int, int], build: Build) -> None:
    assert check_program(resnet9(shape, 7)) is None
    net = build(resnet9(shape, 7, width=8))
    assert net(torch.zeros(2, *shape)).shape == (2, 7)
    kinds = re.findall(r"Conv2d|Linear", str(net))
    assert (kinds.count("Conv2d"), kinds.count("Linear")) == (8, 1)


def test_it_has_the_parameters_of_a_resnet_9(build: Build) -> None:
    parameters = sum(p.numel() for p in build(resnet9((3, 32, 32), 10)).parameters())
    assert 6.5e6 < parameters < 6.7e6


def test_large_images_are_as_small_as_others_when_they_reach_the_last_stage(build: Build) -> None:
    sides = []
    for shape in SHAPES:
        net = build(resnet9(shape, 10, width=4))
        sides.append(net.features(torch.zeros(1, *shape)).shape[-1])
    assert sides == [2, 2, 3, 4, 4, 5]


def test_it_learns_the_digits(build: Build) -> None:
    from sklearn.datasets import load_digits

    torch.manual_seed(0)
    data = load_digits()
    x = torch.tensor(data.images, dtype=torch.float32)[:, None] / 16
    y = torch.tensor(data.target)
    net = build(resnet9((1, 8, 8), 10, width=8))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    for start in range(0, 1_200, 16):
        loss = torch.nn.functional.cross_entropy(net(x[start : start + 16]), y[start : start + 16])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    assert (net(x[1_200:]).argmax(1) == y[1_200:]).float().mean() > 0.8
