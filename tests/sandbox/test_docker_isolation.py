"""What a candidate finds inside its container, read back from inside, one limit at a time."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.base import Limits, Workload
from langgraph_nas.sandbox.docker import DockerSandbox, container_command, container_options
from langgraph_nas.sandbox.docker_cell import start_cell
from langgraph_nas.sandbox.engine import connect
from langgraph_nas.sandbox.launch import Launch, environment, plan_launch

pytestmark = pytest.mark.docker

IMAGE = SearchConfig.model_fields["image"].default
LIMITS = Limits(memory_mb=192, cpus=0.5, pids=40, tmp_mb=8, shm_mb=4)

LOOK = r"""
import ctypes, json, os, resource, socket, subprocess, sys, time

def first(*paths):
    for path in paths:
        if os.path.exists(path):
            return open(path).read().strip()

def error(act, *arguments):
    try:
        act(*arguments)
    except OSError as problem:
        return problem.errno
    except ValueError:
        return -1
    return 0

def fill(folder):
    written = 0
    with open(folder + "/big", "wb") as file:
        try:
            for _ in range(64):
                written += file.write(b"x" * (1 << 20))
                file.flush()
        except OSError:
            pass
    os.remove(folder + "/big")
    return written >> 20

def dial(address):
    with socket.socket() as connection:
        connection.settimeout(3)
        connection.connect(address)

def write_script(path):
    with open(path, "w") as file:
        file.write("#!/bin/sh\n")
    os.chmod(path, 0o755)
    subprocess.run([path], check=True)

status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines())
c = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    return ctypes.get_errno() if getattr(c, name)(*arguments) else 0

mounts = [line.split() for line in open("/proc/self/mounts")]
files = sorted(os.path.join(folder, name) for folder, _, names in os.walk("/nas") for name in names)
seen = {
    "ids": [os.getuid(), os.getgid(), os.getgroups()],
    "status": {key: status[key].strip() for key in ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp")},
    "memory": first("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"),
    "memsw": first("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"),
    "swap": first("/sys/fs/cgroup/memory.swap.max"),
    "pids": first("/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/pids.max"),
    "cpu": [
        first("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu.max"),
        first("/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
    ],
    "rlimits": {
        name: resource.getrlimit(getattr(resource, "RLIMIT_" + name))
        for name in ("NOFILE", "CORE", "FSIZE")
    },
    "tmp_mb": fill("/tmp"),
    "shm_mb": fill("/dev/shm"),
    "root": error(open, "/probe", "w"),
    "nas": [error(open, "/nas/harness/probe", "w"), error(os.remove, files[-1])],
    "x": error(open, "/nas/data/train/x.npy", "r+"),
    "script": [error(write_script, "/tmp/script"), error(write_script, "/dev/shm/script")],
    "environment": dict(os.environ),
    "links": os.listdir("/sys/class/net"),
    "dial": error(dial, ("192.0.2.1", 80)),
    "dns": error(socket.getaddrinfo, "pypi.org", 443) != 0,
    "engine": [os.path.exists(path) for path in ("/var/run/docker.sock", "/run/docker.sock")],
    "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
    "mount": call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "unshare": call("unshare", 0x10000000),
    "kill": error(os.kill, 1, 9),
    "setuid": error(os.setuid, 0),
    "raised": error(resource.setrlimit, resource.RLIMIT_NOFILE, (4096, 4096)) != 0,
    "mounted": sorted(row[1] for row in mounts if row[1].startswith("/nas")),
    "files": files,
    "working": os.getcwd(),
}
children = 0
try:
    while children < 200:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        children += 1
except OSError:
    pass
seen["children"] = children
print(json.dumps(seen))
"""


def make_workload(folder: Path) -> Workload:
    for inside in ("train/x.npy", "train/y.npy", "train/secret.npy", "in/x.npy", "in/y.npy"):
        path = folder / inside
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(inside)
        path.chmod(0o666)  # so that only the mount itself forbids writing
    return Workload(folder / "train", {"validation": folder / "in"}, (1, 8, 8), 10, {})


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    workload = make_workload(tmp_path_factory.mktemp("data:with a colon"))
    planned = plan_launch(workload, LIMITS)
    launch = Launch(planned.binds, ("-c", LOOK), planned.environment)
    options = container_options(launch, LIMITS, lifetime=60)
    command = container_command(launch.arguments, 60)
    cell = start_cell(IMAGE, command, options, idle_until=time.monotonic() + 60)
    collected = {"out": b"", "err": b""}
    try:
        while not collected["out"].endswith(b"\n"):
            chunk = cell.receive(20)
            assert chunk is not None, collected["err"].decode()
            collected[chunk[0]] += chunk[1]
    except EOFError:
        pytest.fail(collected["err"].decode())
    finally:
        host = cell._client.api.inspect_container(cell.container)["HostConfig"]
        cell.finish()
    return {**json.loads(collected["out"]), "host": host}


def test_it_runs_as_nobody_without_capabilities_or_new_privileges(seen: dict[str, Any]) -> None:
    assert seen["ids"][:2] == [65534, 65534]
    assert 0 not in seen["ids"][2]
    assert int(seen["status"]["CapEff"], 16) == int(seen["status"]["CapBnd"], 16) == 0
    assert seen["status"]["NoNewPrivs"] == "1"
    assert seen["status"]["Seccomp"] == "2"
    assert seen["mount"]
    assert seen["unshare"]
    assert seen["setuid"]


def test_memory_swap_cpu_and_processes_are_bounded(seen: dict[str, Any]) -> None:
    assert int(seen["memory"]) == 192 << 20
    assert seen["memsw"] is None or int(seen["memsw"]) == 192 << 20
    assert seen["swap"] in (None, "0")
    quota, period = (" ".join(part for part in seen["cpu"] if part)).split()
    assert int(quota) / int(period) == 0.5
    assert int(seen["pids"]) == 40
    assert 20 < seen["children"] < 40


def test_open_files_core_dumps_and_file_sizes_are_bounded(seen: dict[str, Any]) -> None:
    expected = {"NOFILE": [1024, 1024], "CORE": [0, 0], "FSIZE": [8 << 20, 8 << 20]}
    assert seen["rlimits"] == expected
    assert seen["raised"]


def test_only_sized_temporary_space_can_be_written(seen: dict[str, Any]) -> None:
    assert 7 <= seen["tmp_mb"] <= 8
    assert 3 <= seen["shm_mb"] <= 4
    read_only = 30  # EROFS
    assert seen["root"] == seen["x"] == read_only
    # EACCES where the file's owner already forbids it.
    assert set(seen["nas"]) <= {read_only, 13}


def test_nothing_written_can_be_executed(seen: dict[str, Any]) -> None:
    assert seen["script"] == [13, 13]


def test_the_environment_holds_only_what_was_planned(seen: dict[str, Any]) -> None:
    client = connect()
    config = client.api.inspect_image(IMAGE)["Config"]
    client.close()
    of_the_image = {entry.partition("=")[0] for entry in config["Env"] or []}
    planned = environment(LIMITS)
    found = {k: v for k, v in seen["environment"].items() if k in planned}
    assert found == planned
    assert set(seen["environment"]) - set(planned) - of_the_image == {"HOSTNAME"}


def test_the_engine_keeps_no_log_of_what_it_prints_and_shares_no_memory(
    seen: dict[str, Any],
) -> None:
    assert seen["host"]["LogConfig"]["Type"] == "none"
    assert seen["host"]["IpcMode"] == "private"
    assert not seen["host"]["Privileged"]


def test_there_is_no_network_and_no_engine(seen: dict[str, Any]) -> None:
    # Some kernels give every network namespace idle tunnel devices; none leads anywhere.
    assert "lo" in seen["links"]
    assert not [name for name in seen["links"] if name.startswith(("eth", "en", "wl", "docker"))]
    assert seen["dial"] == 101  # ENETUNREACH
    assert seen["dns"]
    assert seen["engine"] == [False, False]


def test_only_its_own_processes_are_seen_and_the_first_cannot_be_killed(
    seen: dict[str, Any],
) -> None:
    # The first, the one that trains, this look at the program, and an orphan of its that has ended.
    assert len(seen["processes"]) <= 4
    assert seen["kill"] == 0  # allowed, and without effect: this very program went on


def test_the_labels_of_the_scored_split_are_nowhere(seen: dict[str, Any]) -> None:
    data = [name for name in seen["files"] if name.startswith("/nas/data")]
    expected = ["/nas/data/inputs/0/x.npy", "/nas/data/train/x.npy", "/nas/data/train/y.npy"]
    assert data == expected
    assert seen["mounted"] == sorted([*expected, "/nas/harness"])


def test_unreadable_data_is_said_with_the_command_that_mends_it(tmp_path: Path) -> None:
    workload = make_workload(tmp_path)
    (workload.train / "y.npy").chmod(0o600)
    with pytest.raises(SandboxError, match=r"chmod -R a\+rX"):
        DockerSandbox(IMAGE)._launch(workload, LIMITS)
