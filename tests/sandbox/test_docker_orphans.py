"""A host that is killed leaves nothing running, and the next one clears up after it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from langgraph_nas.config import SearchConfig
from langgraph_nas.sandbox.engine import connect
from langgraph_nas.sandbox.orphans import (
    DEADLINE,
    HOST,
    MARK,
    PID,
    is_orphan,
    owner_labels,
    process_id,
    remove_orphans,
)

IMAGE = SearchConfig.model_fields["image"].default

HOST_PROGRAM = """
import sys, time
from pathlib import Path
from langgraph_nas.sandbox.base import Limits, Workload
from langgraph_nas.sandbox.docker import DockerSandbox
data = Path(sys.argv[2])
workload = Workload(data, {"validation": data}, (1, 8, 8), 10, {"validation": 4})
cell = DockerSandbox(sys.argv[1])._launch(workload, Limits(memory_mb=1024, cpus=1))
print(cell.container, flush=True)
time.sleep(600)
"""


def dead_owner() -> str:
    """Labels of a process that has ended."""
    process = subprocess.Popen(["sleep", "60"])
    owner = process_id(process.pid)
    assert owner is not None
    process.kill()
    process.wait()
    return owner


def state(container: str) -> dict[str, Any] | None:
    client = connect()
    try:
        listed = client.api.containers(all=True, filters={"id": container})
        return dict(listed[0]) if listed else None
    finally:
        client.close()


def make_container(labels: dict[str, str]) -> str:
    client = connect()
    try:
        return str(client.containers.create(IMAGE, ["sleep", "60"], labels=labels).id)
    finally:
        client.close()


def test_a_container_of_a_living_owner_is_no_orphan() -> None:
    assert not is_orphan(owner_labels(time.time() + 60))


def test_a_container_past_its_deadline_is_an_orphan_whoever_owns_it() -> None:
    assert is_orphan(owner_labels(time.time() - 1))


def test_a_container_of_a_dead_owner_is_an_orphan() -> None:
    assert is_orphan(owner_labels(time.time() + 60) | {PID: dead_owner()})


def test_a_number_that_another_process_got_later_is_not_the_owner() -> None:
    labels = owner_labels(time.time() + 60)
    pid, _, began = labels[PID].partition(":")
    assert is_orphan(labels | {PID: f"{pid}:{int(began or 0) + 1}"})


def test_owners_on_other_machines_are_judged_by_the_deadline_alone() -> None:
    labels = owner_labels(time.time() + 60) | {HOST: "elsewhere", PID: "1:1"}
    assert not is_orphan(labels)
    assert is_orphan(labels | {DEADLINE: str(int(time.time()) - 1)})


@pytest.mark.parametrize("broken", [{DEADLINE: "soon"}, {PID: ""}, {PID: "x:y"}])
def test_labels_that_cannot_be_read_make_an_orphan(broken: dict[str, str]) -> None:
    assert is_orphan(owner_labels(time.time() + 60) | broken)


def test_a_zombie_is_a_dead_owner() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert process_id(process.pid) is None
    process.wait()


@pytest.mark.docker
@pytest.mark.parametrize("by_command", [False, True])
def test_a_sweep_removes_orphans_and_nothing_else(by_command: bool) -> None:
    mine = make_container(owner_labels(time.time() + 600))
    orphan = make_container(owner_labels(time.time() + 600) | {PID: dead_owner()})
    foreign = make_container({"unrelated": "1"})
    try:
        if by_command:
            clean = "from langgraph_nas.cli import main; main(['sandbox', 'clean'])"
            path = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
            subprocess.run([sys.executable, "-c", clean], check=True, env=path)
        else:
            remove_orphans()
        assert state(orphan) is None
        assert state(mine) is not None
        assert state(foreign) is not None
    finally:
        client = connect()
        for container in (mine, foreign):
            client.api.remove_container(container, force=True)
        client.close()


@pytest.mark.slow
@pytest.mark.docker
def test_when_the_host_is_killed_its_container_leaves_and_the_next_sweep_removes_it(
    tmp_path: Path,
) -> None:
    np.save(tmp_path / "x.npy", np.zeros((4, 1, 8, 8), np.uint8))
    np.save(tmp_path / "y.npy", np.zeros(4, np.int64))
    command = [sys.executable, "-c", HOST_PROGRAM, IMAGE, str(tmp_path)]
    host = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert host.stdout is not None
    container = host.stdout.readline().strip()
    running = state(container)
    assert running is not None
    assert running["State"] == "running"
    assert running["Labels"][MARK] == "1"
    os.kill(host.pid, signal.SIGKILL)
    host.communicate()
    until = time.monotonic() + 60
    while (left := state(container)) and left["State"] == "running" and time.monotonic() < until:
        time.sleep(0.2)
    assert left is None or left["State"] != "running"
    remove_orphans()
    assert state(container) is None
