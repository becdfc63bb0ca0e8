"""Trained tensors in a network that is built anew."""

import math
import sys

import numpy as np
import pytest
import torch
from torch import nn

from langgraph_nas.sandbox.harness.failure import Failure
from langgraph_nas.sandbox.harness.loading import loaded_net
from langgraph_nas.sandbox.harness.wire import Wire

PLAIN = """
import inspect
from pathlib import Path
from torch import nn
PLACE = Path(__file__).parent
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(4, 3)
        assert "class Net" in inspect.getsource(type(self))
"""
NEXT = """
from torch import nn
WIDTHS = iter([3, 5])
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(4, next(WIDTHS))
"""
DRAWN = """
import random
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(4, random.randrange(1000))
"""
IN_FORWARD = """
from torch import nn
class Net(nn.Module):
    def forward(self, x):
        if not hasattr(self, "last"):
            self.last = nn.Linear(x[0].numel(), 3)
        return self.last(x.flatten(1))
"""
NOT_IMPORTED = """
class Net(nn.Module):
    pass
"""
AS_A_SCRIPT = """
if __name__ == "__main__":
    class Net:
        pass
"""
OF_ITS_OWN_COMMAND = """
import argparse
argparse.ArgumentParser().parse_args()  # of no option of its user's
class Net:
    pass
"""


@pytest.fixture(autouse=True)
def _forget_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "network", None)


def load(program: str, *, after_a_pass: bool = False, seed: int = 1) -> nn.Module:
    weights = {"last.weight": torch.ones(3, 4), "last.bias": torch.zeros(3)}
    job = {"program": program, "recipe": {"seed": seed}, "after_a_pass": after_a_pass}
    return loaded_net(job, weights, [1, 2, 2])


@pytest.mark.parametrize("program", [PLAIN, NEXT])
def test_a_network_that_is_built_alike_each_time_takes_its_weights(program: str) -> None:
    net = load(program)
    assert math.isclose(float(net.last.weight.detach().sum()), 12)
    assert not net.training


def test_one_that_draws_its_shape_is_drawn_anew() -> None:
    with pytest.raises(RuntimeError, match="size mismatch for last"):
        load(DRAWN)


def test_layers_made_in_forward_take_their_weights_after_a_pass() -> None:
    with pytest.raises(RuntimeError, match="Unexpected key"):
        load(IN_FORWARD)
    assert float(load(IN_FORWARD, after_a_pass=True).last.weight.detach().sum()) == 12


def test_nothing_is_given_to_a_program_that_it_does_not_import() -> None:
    with pytest.raises(NameError, match="nn"):
        load(NOT_IMPORTED)


def test_a_program_that_is_of_no_use_to_others_is_told() -> None:
    with pytest.raises(Failure, match="importing the program gives no class Net"):
        load(AS_A_SCRIPT)
    before = list(sys.argv)
    with pytest.raises(SystemExit):
        load(OF_ITS_OWN_COMMAND)
    assert sys.argv == before


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3), np.zeros((0, 2), "u2"), np.True_])
def test_tensors_come_through_the_wire_as_they_were_sent(
    array: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langgraph_nas.sandbox.exchange import weight_frame

    sent = bytearray(weight_frame("a.b", np.asarray(array)))
    wire = Wire.__new__(Wire)  # without taking over this process's own streams

    def read(size: int) -> bytes:
        chunk = bytes(sent[:size])
        del sent[:size]
        return chunk

    monkeypatch.setattr(wire, "_read", read)
    header, found = wire.read_array()
    assert header["name"] == "a.b"
    assert np.array_equal(found, array)
    assert found.dtype == np.asarray(array).dtype
    assert found.flags.writeable
