"""How many threads a machine is good for, told by made-up machines."""

import os
from pathlib import Path

import pytest

from langgraph_nas.sandbox import launch, machine
from langgraph_nas.sandbox.base import Limits
from langgraph_nas.sandbox.machine import usable_cpus


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    return root


def cores(*siblings: tuple[int, ...]) -> dict[str, str]:
    return {
        f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list": ",".join(map(str, core))
        for core in siblings
        for cpu in core
    }


FOUR_CORES = cores((0, 4), (1, 5), (2, 6), (3, 7))


def test_hyperthreads_of_one_core_count_once(tmp_path: Path) -> None:
    assert usable_cpus(write(tmp_path, FOUR_CORES), range(8)) == 4


def test_only_the_cores_that_the_process_may_run_on_count(tmp_path: Path) -> None:
    root = write(tmp_path, FOUR_CORES)
    assert usable_cpus(root, {0, 4, 1}) == 2
    assert usable_cpus(root, {5}) == 1


def test_without_a_topology_each_cpu_counts(tmp_path: Path) -> None:
    assert usable_cpus(tmp_path, range(6)) == 6


@pytest.mark.parametrize(
    ("quota", "cpus"), [("max 100000", 4), ("250000 100000", 2), ("50000 100000", 1), ("", 4)]
)
def test_a_quota_of_cgroup_v2_is_kept(tmp_path: Path, quota: str, cpus: int) -> None:
    groups = {"proc/self/cgroup": "0::/user/job", "sys/fs/cgroup/user/job/cpu.max": quota}
    assert usable_cpus(write(tmp_path, FOUR_CORES | groups), range(8)) == cpus


def test_the_tightest_of_all_ancestors_counts(tmp_path: Path) -> None:
    groups = {
        "proc/self/cgroup": "0::/user/job/step",
        "sys/fs/cgroup/user/job/step/cpu.max": "max 100000",
        "sys/fs/cgroup/user/job/cpu.max": "300000 100000",
        "sys/fs/cgroup/user/cpu.max": "200000 100000",
    }
    assert usable_cpus(write(tmp_path, FOUR_CORES | groups), range(8)) == 2


def test_a_quota_of_cgroup_v1_is_kept(tmp_path: Path) -> None:
    groups = {
        "proc/self/cgroup": "7:memory:/\n3:cpu,cpuacct:/user/job\n0::/elsewhere",
        "sys/fs/cgroup/cpu/user/job/cpu.cfs_quota_us": "-1",
        "sys/fs/cgroup/cpu/user/job/cpu.cfs_period_us": "100000",
        "sys/fs/cgroup/cpu/user/cpu.cfs_quota_us": "60000",
        "sys/fs/cgroup/cpu/user/cpu.cfs_period_us": "20000",
    }
    assert usable_cpus(write(tmp_path, FOUR_CORES | groups), range(8)) == 3


@pytest.mark.parametrize(
    ("membership", "files"),
    [
        ("4:cpu:/docker/abc", {"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "1e5"}),
        ("0::/../../docker/abc", {"cpu.max": "200000 100000"}),
    ],
)
def test_in_a_container_its_own_group_is_the_top(
    tmp_path: Path, membership: str, files: dict[str, str]
) -> None:
    inside = {
        f"sys/fs/cgroup/{name}": text.replace("1e5", "100000") for name, text in files.items()
    }
    root = write(tmp_path, FOUR_CORES | inside | {"proc/self/cgroup": membership})
    assert usable_cpus(root, range(8)) == 2


def test_a_system_without_affinity_counts_its_cpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 10)
    assert usable_cpus(tmp_path) == 10


def test_here_it_is_at_most_what_the_kernel_says() -> None:
    assert 1 <= usable_cpus() <= len(list(machine.allowed()))


def test_a_candidate_computes_with_what_it_was_given_or_with_what_is_usable() -> None:
    assert launch.threads(Limits()) == usable_cpus()
    assert launch.threads(Limits(cpus=2.7)) == 2
    assert launch.threads(Limits(cpus=0.5)) == 1
