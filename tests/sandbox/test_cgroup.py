"""Control groups: made with their limits, and swept away when their owner is dead."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox import cgroup
from langgraph_nas.sandbox.base import Limits, Workload
from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox


@pytest.fixture
def place() -> cgroup.GroupParent:
    place = cgroup.find_place()
    if place is None:
        pytest.skip("no control group can be made here")
    return place


@pytest.fixture
def group(place: cgroup.GroupParent) -> Iterator[cgroup.Group]:
    group = cgroup.Group(place, Limits(memory_mb=64, pids=33, cpus=0.5))
    yield group
    group.remove()


def folders(group: cgroup.Group) -> list[Path]:
    return [entrance.parent for entrance in group.entrances]


def start_in(group: cgroup.Group, command: str) -> subprocess.Popen[bytes]:
    script = f"{cgroup.enter_script(group)} && exec {command}"
    process = subprocess.Popen(["/bin/sh", "-c", script])
    while process.poll() is None and str(process.pid) not in group.entrances[-1].read_text():
        time.sleep(0.01)
    return process


def test_a_group_holds_its_limits(group: cgroup.Group) -> None:
    values = {
        file.name: file.read_text().strip()
        for folder in folders(group)
        for file in folder.iterdir()
        if file.name
        in ("memory.limit_in_bytes", "memory.max", "pids.max", "cpu.cfs_quota_us", "cpu.max")
    }
    assert str(64 << 20) in values.values()
    assert values["pids.max"] == "33"
    swap = {
        file.name: file.read_text().strip()
        for folder in folders(group)
        for file in folder.iterdir()
        if file.name in ("memory.memsw.limit_in_bytes", "memory.swap.max")
    }
    assert swap in ({}, {"memory.memsw.limit_in_bytes": str(64 << 20)}, {"memory.swap.max": "0"})
    assert values.get("cpu.cfs_quota_us", values.get("cpu.max", "").split()[:1]) in (
        "50000",
        ["50000"],
    )


def test_a_process_that_wants_more_memory_is_killed_and_that_is_seen(group: cgroup.Group) -> None:
    assert not group.out_of_memory()
    # `tail` keeps what it reads up to a line's end: there is none.
    process = start_in(group, "tail -n 1 /dev/zero")
    assert process.wait(30) in (-9, 137)
    assert group.out_of_memory()


def test_removing_a_group_kills_what_runs_in_it(group: cgroup.Group) -> None:
    process = start_in(group, "sleep 60")
    group.remove()
    assert process.wait(10) == -9
    assert not any(folder.exists() for folder in folders(group))


def test_sweep_removes_the_groups_of_dead_owners_with_their_processes(
    place: cgroup.GroupParent, group: cgroup.Group
) -> None:
    code = (
        "import sys, time; from langgraph_nas.sandbox import cgroup as c;"
        "from langgraph_nas.sandbox.base import Limits;"
        "g = c.Group(c.find_place(), Limits()); print(*g.entrances, flush=True); time.sleep(60)"
    )
    path = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=path)
    assert owner.stdout is not None
    entrances = [Path(path) for path in owner.stdout.readline().decode().split()]
    left = subprocess.Popen(["sleep", "60"])
    for entrance in entrances:
        entrance.write_text(str(left.pid))
    assert entrances[0].parent.name not in cgroup.sweep_groups()
    owner.kill()
    owner.communicate()
    assert entrances[0].parent.name in cgroup.sweep_groups()
    assert left.wait(10) == -9
    assert not any(entrance.parent.exists() for entrance in entrances)
    assert all(folder.exists() for folder in folders(group))


@pytest.fixture
def leftover(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A dead owner's group in a tree of our own, to be met as an ordinary user."""
    with TemporaryDirectory() as folder:
        tree = Path(folder)
        monkeypatch.setattr(cgroup, "TREE", tree)
        name = f"{cgroup.PREFIX}{cgroup.pid_namespace()}.{os.getpid()}.1.0"
        (tree / name).mkdir()
        tree.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        yield tree / name
        os.seteuid(user)
        tree.chmod(0o755)


def test_another_user_s_leftover_costs_no_time_and_is_not_told_as_removed(leftover: Path) -> None:
    began = time.monotonic()
    assert cgroup.sweep_groups() == []
    assert time.monotonic() - began < 1
    assert leftover.is_dir()


def test_a_group_of_a_process_with_a_reused_id_is_a_leftover() -> None:
    namespace, pid = cgroup.pid_namespace(), os.getpid()
    started = cgroup.start_time(pid)
    assert started is not None
    assert cgroup.owner_lives(f"{cgroup.PREFIX}{namespace}.{pid}.{started}.0")
    assert not cgroup.owner_lives(f"{cgroup.PREFIX}{namespace}.{pid}.{started - 1}.0")
    assert cgroup.owner_lives(f"{cgroup.PREFIX}{namespace + 1}.{pid}.{started - 1}.0")
    assert cgroup.owner_lives(f"{cgroup.PREFIX}something else")


def test_what_dead_searches_left_is_swept_once_and_only_by_who_launches(
    workload: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[str] = []
    monkeypatch.setattr(cgroup, "sweep_groups", lambda: swept.append("groups"))
    monkeypatch.setattr("langgraph_nas.sandbox.bubblewrap.find_bwrap", lambda: None)
    sandbox = BubblewrapSandbox()
    assert swept == []
    for _ in range(2):
        with pytest.raises(SandboxError):
            sandbox._launch(workload, Limits())
    assert swept == ["groups"]
