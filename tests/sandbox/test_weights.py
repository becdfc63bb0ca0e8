"""What of a trained network crosses to the host, whatever torch keeps it as."""

import numpy as np
import pytest
import torch
from torch import nn

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.harness.weights import arrays_of, as_array
from langgraph_nas.sandbox.warm import CellSandbox

VALUES = torch.tensor([[0.5, 0.0], [1.0, -2.0]])
COMPLEX = torch.tensor([1 + 2j, -3j])
ODD = {
    "sparse": (VALUES.to_sparse, VALUES),
    "compressed": (VALUES.to_sparse_csr, VALUES),
    "quantised": (lambda: torch.quantize_per_tensor(VALUES, 0.5, 0, torch.qint8), VALUES),
    "half a complex number": (lambda: COMPLEX.to(torch.complex32), COMPLEX),
    "a conjugate": (COMPLEX.conj, torch.tensor([1 - 2j, 3j])),
    "a negative view": (lambda: COMPLEX.conj().imag, torch.tensor([-2.0, 3.0])),
    "brain floats": (VALUES.bfloat16, VALUES),
    "eight bits": (lambda: VALUES.to(torch.float8_e4m3fn), VALUES),
    "turned": (VALUES.t, VALUES.T),
    "one number": (lambda: torch.tensor(3), torch.tensor(3)),
    "a truth": (lambda: torch.tensor(True), torch.tensor(True)),
    "no numbers": (lambda: torch.zeros(0, 3), torch.zeros(0, 3)),
    "a weight": (lambda: nn.Parameter(VALUES), VALUES),
}
PROGRAM = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.never = nn.LazyLinear(3)
        self.register_buffer("few", torch.eye(64).to_sparse())
        self.register_buffer("q", torch.quantize_per_tensor(torch.ones(64), 0.1, 0, torch.qint8))
        self.register_buffer("c", torch.ones(2, dtype=torch.complex32))
        self.last = nn.Linear(64, 4)

    def get_extra_state(self):
        return "no tensor"

    def set_extra_state(self, state):
        pass

    def forward(self, x):
        return self.last((self.few @ x.flatten(1).T).T * self.q.dequantize())
"""


@pytest.mark.filterwarnings("ignore::UserWarning")  # of torch: some kinds are new, others are old
@pytest.mark.parametrize("kind", ODD)
def test_a_tensor_of_any_kind_crosses_with_its_values(kind: str) -> None:
    make, expected = ODD[kind]
    array = as_array(make())
    assert array.shape == tuple(expected.shape)
    assert np.array_equal(array, expected.numpy())


def test_layers_that_were_never_used_have_no_values() -> None:
    net = nn.ModuleDict({"used": nn.Linear(2, 1), "never": nn.LazyLinear(3)})
    assert [name for name, _ in arrays_of(net)] == ["used.weight", "used.bias"]


def test_a_network_of_odd_tensors_is_trained_and_sent(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    job = Job(PROGRAM, recipe, send_weights=True)
    run = forked.run(job, workload, Limits(cpus=1, wall_seconds=60, build_seconds=20))
    assert run.outcome == "ok", run.message
    assert run.weights is not None
    assert {name: array.shape for name, array in run.weights.items()} == {
        **{"few": (64, 64), "q": (64,), "c": (2,), "last.weight": (4, 64), "last.bias": (4,)},
    }
    assert np.array_equal(run.weights["few"], np.eye(64))
