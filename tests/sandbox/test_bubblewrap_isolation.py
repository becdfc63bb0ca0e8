"""Each promise of the bubblewrap sandbox, read back from inside."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox
from langgraph_nas.sandbox.watchdog import family

LIMITS = Limits(cpus=1, memory_mb=1024, pids=64, tmp_mb=8, shm_mb=4, build_seconds=60)

LOOK = """
import ctypes, glob, json, os, resource, socket, sys, time

def attempt(action):
    try:
        return action()
    except BaseException as error:
        return type(error).__name__ + ": " + str(error)

def write(path):
    with open(path, "wb") as file:
        return file.write(b"x")

def fill(path):
    try:
        with open(path, "wb") as file:
            while True:
                file.write(bytes(1 << 20))
    except OSError as error:
        size = os.path.getsize(path)
        os.remove(path)
        return size, error.strerror

libc = ctypes.CDLL(None, use_errno=True)

def call(name, *arguments):
    return "done" if getattr(libc, name)(*arguments) == 0 else os.strerror(ctypes.get_errno())

def count_forks():
    for number in range(2000):
        try:
            if os.fork() == 0:
                signal_wait()
        except OSError:
            return number
    return number

def spin():
    # Two processes that want a CPU each, for half a second.
    began = os.times()
    children = [os.fork() for _ in range(2)]
    if 0 in children:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            pass
        os._exit(0)
    for child in children:
        os.waitpid(child, 0)
    ended = os.times()
    used = ended.children_user + ended.children_system
    used -= began.children_user + began.children_system
    return used / (ended.elapsed - began.elapsed)

def signal_wait():
    import signal
    signal.pause()

def can_be_opened_for_writing():
    # Opened only, never written to: a hole here is the host's kernel.
    found = []
    for top in os.listdir("/"):
        for folder, folders, names in os.walk("/" + top):
            if folder in ("/tmp", "/dev/shm", "/dev/pts") or folder.startswith("/nas/site/"):
                folders.clear()
                continue
            if folder == "/proc":
                folders[:] = [name for name in folders if not name.isdigit() or name == "1"]
            for name in names:
                path = os.path.join(folder, name)
                if folder != "/dev" and os.path.isfile(path) and is_writable(path):
                    found.append(path)
    return found[:20]

def is_writable(path):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True

secret = bytes.fromhex("@SECRET@")

def holding(folder):
    found = []
    for path, _, names in os.walk(folder):
        for name in names:
            file = os.path.join(path, name)
            if os.path.isfile(file) and os.path.getsize(file) < 1 << 22:
                with open(file, "rb") as data:
                    if secret in data.read():
                        found.append(file)
    return found

status = dict(line.split(":", 1) for line in open("/proc/self/status"))
seen = {
    "ids": [os.getuid(), os.geteuid(), os.getgid(), os.getgroups()],
    "capabilities": {name: status[name].strip() for name in status if name.startswith("Cap")},
    "no_new_privileges": status["NoNewPrivs"].strip(),
    "mounted": [line.split()[3] for line in open("/proc/mounts") if line.split()[1] == "/tmp"],
    "cpu": spin(),
    "environment": dict(os.environ),
    "host": socket.gethostname(),
    "interfaces": [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line],
    "resolve": attempt(lambda: socket.getaddrinfo("example.org", 80)),
    "root": sorted(os.listdir("/")),
    "writable": [p for p in @PLACES@ if attempt(lambda: write(p + "/x")) == 1],
    "open": can_be_opened_for_writing(),
    "home": attempt(lambda: os.listdir("@HOME@")),
    "project": attempt(lambda: os.listdir("@PROJECT@")),
    "tmp": fill("/tmp/x"),
    "shm": fill("/dev/shm/x"),
    "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
    "mount": call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "core": resource.getrlimit(resource.RLIMIT_CORE),
    "raise": attempt(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (9999, 9999))),
    "sklearn": attempt(lambda: __import__("sklearn")),
    "nas": attempt(lambda: __import__("langgraph_nas")),
    "holding": holding("/nas/data") + holding("/tmp") + holding("/nas/harness") + holding("/etc"),
    "found_training_labels": bool(glob.glob("/nas/data/train/y.npy")),
    "data": sorted(glob.glob("/nas/data/**/*.npy", recursive=True)),
    "threads": torch.get_num_threads(),
}
seen["forks"] = count_forks()
os.write(2, json.dumps(seen).encode())
os._exit(0)
"""


def descendants(name: str) -> list[int]:
    """The processes of this name that this one has started, itself or through others."""
    return [pid for pid in family(os.getpid()) if name in Path(f"/proc/{pid}/comm").read_text()]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[BubblewrapSandbox]:
    if reason := BubblewrapSandbox.probe():
        pytest.skip(reason)
    with BubblewrapSandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def secret(workload: Workload, labels: np.ndarray) -> bytes:
    """The scored labels, saved where a careless mount would take them along."""
    data = labels.astype(np.int64)
    np.save(workload.inputs["validation"] / "y.npy", data)
    return data[:16].tobytes()


@pytest.fixture(scope="module")
def seen(
    sandbox: BubblewrapSandbox, workload: Workload, recipe: Recipe, secret: bytes
) -> dict[str, Any]:
    os.environ["NAS_TEST_TOKEN"] = "secret"
    places = ["/", "/nas", "/nas/data", "/nas/data/train", "/nas/site", "/dev", "/etc", "/usr"]
    places += [f"/nas/{name}" for name in ("harness", "site/torch")]
    program = LOOK.replace("@SECRET@", secret.hex()).replace("@PLACES@", repr(places))
    program = program.replace("@HOME@", str(Path.home() / ".ssh"))
    program = program.replace("@PROJECT@", str(Path(__file__).parent))
    # Room for a long report: the tail is kept only up to a bound.
    run = sandbox.run(Job(program, recipe), workload, LIMITS)
    del os.environ["NAS_TEST_TOKEN"]
    assert run.outcome == "protocol_error", run
    assert isinstance(found := json.loads(run.stderr_tail), dict)
    return found


def test_it_runs_as_nobody_without_any_capability(seen: dict[str, Any]) -> None:
    assert seen["ids"][:3] == [65534, 65534, 65534]
    assert set(seen["capabilities"].values()) == {"0" * 16}
    assert seen["no_new_privileges"] == "1"


def test_its_environment_holds_nothing_of_the_host(seen: dict[str, Any]) -> None:
    assert "NAS_TEST_TOKEN" not in seen["environment"]
    assert seen["environment"]["HOME"] == "/tmp"
    assert seen["environment"]["OMP_NUM_THREADS"] == "1"
    assert seen["threads"] == 1
    assert seen["host"] == "sandbox"


def test_there_is_no_network(seen: dict[str, Any]) -> None:
    assert seen["interfaces"] == ["lo"]
    assert seen["resolve"].startswith("gaierror")


def test_nothing_but_tmp_and_shm_can_be_written(seen: dict[str, Any]) -> None:
    assert seen["writable"] == []
    assert seen["open"] == []
    assert seen["mount"] != "done"


def test_tmp_and_shm_have_their_size(seen: dict[str, Any]) -> None:
    assert (7 << 20) < seen["tmp"][0] <= 8 << 20
    assert (3 << 20) < seen["shm"][0] <= 4 << 20
    assert {seen["tmp"][1], seen["shm"][1]} == {"No space left on device"}
    assert {"nosuid", "nodev"} <= set(seen["mounted"][-1].split(","))


def test_home_project_and_the_rest_of_the_environment_are_not_there(seen: dict[str, Any]) -> None:
    for place in ("home", "project"):
        assert "FileNotFoundError" in seen[place]
    for package in ("sklearn", "nas"):
        assert "ModuleNotFoundError" in seen[package]
    assert not {"home", "srv", "mnt", "var", "run", "sys", "boot"} & set(seen["root"])


def test_only_its_own_processes_exist_and_their_number_is_bounded(seen: dict[str, Any]) -> None:
    # The first, the one that trains, this look at the program, and an orphan of its that has ended.
    assert len(seen["processes"]) <= 4
    assert max(seen["processes"]) < 300  # the host's have higher numbers
    assert 30 < seen["forks"] < LIMITS.pids


def test_its_processes_share_the_cpus_it_was_given(
    seen: dict[str, Any], sandbox: BubblewrapSandbox
) -> None:
    assert seen["cpu"] < 1.4 or "soft-limits" in sandbox.isolation


def test_it_can_raise_no_limit(seen: dict[str, Any]) -> None:
    assert seen["raise"].startswith(("ValueError", "PermissionError"))
    assert seen["core"] == [1, 1]


def test_the_scored_labels_are_in_no_mount(seen: dict[str, Any]) -> None:
    assert seen["holding"] == []
    assert seen["data"] == [
        "/nas/data/inputs/0/x.npy",
        "/nas/data/train/x.npy",
        "/nas/data/train/y.npy",
    ]


@pytest.mark.slow
def test_memory_is_bounded_and_its_excess_is_the_outcome(
    sandbox: BubblewrapSandbox, workload: Workload, recipe: Recipe
) -> None:
    program = "kept = []\nwhile True:\n    kept.append(bytearray(1 << 24))\n"
    run = sandbox.run(Job(program, recipe), workload, LIMITS)
    assert (run.outcome, run.stage) == ("out_of_memory", "build")
    assert "1024 MiB" in run.message


def test_a_net_trains_and_its_sandbox_leaves_nothing_behind(
    sandbox: BubblewrapSandbox, workload: Workload, recipe: Recipe, labels: np.ndarray
) -> None:
    program = """
import subprocess, sys, os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(3, 99):
            try: os.close(fd)
            except OSError: pass
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(3600.25)"])
    os._exit(0)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 4)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""
    sandbox.prewarm(workload, LIMITS)
    run = sandbox.run(Job(program, recipe), workload, LIMITS)
    assert run.outcome == "ok", run
    assert (run.predictions["validation"] == labels).mean() > 0.9
    assert run.isolation == sandbox.isolation
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert "3600.25" not in listing.stdout
    assert descendants("bwrap") == []
