"""The plain subprocess: no walls, but the same exchange, deadlines and marks."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.launch import plan_launch
from langgraph_nas.sandbox.unsafe_subprocess import UnsafeSubprocessSandbox
from langgraph_nas.sandbox.watchdog import family

LIMITS = Limits(cpus=1, build_seconds=30)
NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 4)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""


def test_a_program_trains_and_the_result_is_marked(
    workload: Workload, recipe: Recipe, labels: np.ndarray
) -> None:
    before = set(family(os.getpid()))
    with UnsafeSubprocessSandbox() as sandbox:
        run = sandbox.run(Job(NET, recipe), workload, LIMITS)
    assert run.outcome == "ok", run
    assert run.isolation == "none"
    assert (run.predictions["validation"] == labels).mean() > 0.9
    assert set(family(os.getpid())) <= before


@pytest.mark.slow
def test_data_that_is_gone_is_the_sandbox_s_fault_not_the_candidate_s(
    workload: Workload, recipe: Recipe, tmp_path: Path
) -> None:
    gone = Workload(tmp_path, workload.inputs, workload.shape, 4, workload.n_inputs)
    with UnsafeSubprocessSandbox() as sandbox:
        run = sandbox.run(Job(NET, recipe), gone, LIMITS)
    assert run.outcome == "sandbox_error"
    assert "x.npy" in run.message


@pytest.mark.slow
def test_the_harness_ends_when_the_host_does(workload: Workload) -> None:
    launch = plan_launch(workload, LIMITS, mounted=False)
    host = subprocess.Popen(
        [sys.executable, *launch.arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=launch.environment,
    )
    assert host.stdin is not None
    host.stdin.close()
    assert host.wait(60) == 0


def test_only_single_files_are_named_to_a_sandbox_never_their_folders(workload: Workload) -> None:
    launch = plan_launch(workload, LIMITS)
    files = [path for path, _ in launch.binds if path.name != "harness"]
    assert sorted(path.name for path in files) == ["x.npy", "x.npy", "y.npy"]
    assert all(inside.startswith("/nas/") for _, inside in launch.binds)
    assert not {"SSH_AUTH_SOCK", "PYTHONPATH"} & set(launch.environment)
