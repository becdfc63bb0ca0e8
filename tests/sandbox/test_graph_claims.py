"""The hash of what a network computes: worked out beside the training, claimed at its end."""

import pytest

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Run, Workload
from langgraph_nas.sandbox.warm import CellSandbox

PROGRAM = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d({size})
        self.fc = nn.Linear({size}, {classes})

    def forward(self, x):
        {line}
        return self.fc(self.norm(x.flatten(1)))
"""
OTHERWISE = """
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.BatchNorm1d({size}), nn.Linear({size}, {classes}))
"""
REMEMBERS = """
SEEN = []
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.BatchNorm1d({size}), nn.Linear({size}, {classes}))

    def forward(self, x):
        SEEN.append(x[:1])
        return super().forward(x) + 0 * SEEN[-2:][0].sum()
"""
COMPILED = """
class Net(nn.Sequential):
    def __init__(self):
        fc = torch.compile(nn.Linear({size}, {classes}))
        super().__init__(nn.Flatten(), nn.BatchNorm1d({size}), fc)
"""
HANGS = """
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack as modes

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear({size}, {classes}))

    def forward(self, x):
        while "Recorder" in [type(mode).__name__ for mode in modes()]:
            pass
        return super().forward(x)
"""


@pytest.fixture
def run(forked: CellSandbox, workload: Workload, recipe: Recipe):
    channels, height, width = workload.shape
    size = {"size": channels * height * width, "classes": workload.n_classes}

    def run(program: str, line: str = "pass") -> Run:
        return forked.run(
            Job(program.format(**size, line=line), recipe),
            workload,
            Limits(cpus=1, wall_seconds=60),
        )

    return run


def test_networks_that_compute_the_same_have_the_same_hash(run) -> None:
    hashes = [
        run(program, line).claimed.get("graph_hash")
        for program, line in ((PROGRAM, "pass"), (OTHERWISE, ""), (PROGRAM, "x = torch.relu(x)"))
    ]
    assert hashes[0] == hashes[1] is not None
    assert hashes[2] not in (hashes[0], None)


def test_a_compiled_network_has_the_hash_of_the_plain_one(run) -> None:
    compiled, plain = run(COMPILED), run(OTHERWISE)
    assert compiled.outcome == "ok", compiled.message
    assert compiled.claimed["graph_hash"] == plain.claimed["graph_hash"]


def test_what_is_worked_out_beside_the_training_leaves_no_trace_in_it(run) -> None:
    # The last image it saw must be one of the training's, not one without values.
    remembered = run(REMEMBERS)
    assert (remembered.outcome, remembered.message) == ("ok", "")


def test_a_network_that_hangs_while_it_is_written_down_is_trained_without_a_hash(run) -> None:
    hanging = run(HANGS)
    assert hanging.outcome == "ok"
    assert "graph_hash" not in hanging.claimed


def test_a_network_whose_operations_depend_on_data_has_no_hash(run) -> None:
    depends = run(PROGRAM, "x = x if x.sum() > 0 else x.abs()")
    assert depends.outcome == "ok"
    assert "graph_hash" not in depends.claimed


def test_versions_of_torch_are_told_by_the_sandbox(
    forked: CellSandbox, workload: Workload, run
) -> None:
    import torch

    assert run(PROGRAM).torch == torch.__version__
    assert forked.torch_version(workload, Limits(cpus=1)) == torch.__version__
