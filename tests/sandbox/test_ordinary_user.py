"""bubblewrap for whoever is not root and owns no control group: `soft-limits`."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from langgraph_nas.sandbox.base import Limits, Workload
from langgraph_nas.sandbox.bubblewrap import rlimits

pytestmark = pytest.mark.slow

NOBODY = "65534"
TRY = """
import json, sys
from pathlib import Path
from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox

folder = Path(sys.argv[1])
workload = Workload(
    folder / "train", {"validation": folder / "validation"}, (1, 8, 8), 4, {"validation": 112}
)
limits = Limits(cpus=1, memory_mb=1024, pids=64, tmp_mb=32, build_seconds=30)
recipe = Recipe(1, 16, 0.01, 0.9, 5e-4, 43, (0.5,), (0.25,))
told = {"probe": BubblewrapSandbox.probe()}
with BubblewrapSandbox() as sandbox:
    told["isolation"] = sandbox.isolation
    for name, program in json.loads(sys.argv[2]).items():
        run = sandbox.run(Job(program, recipe), workload, limits)
        told[name] = [run.outcome, run.message, run.stderr_tail]
print(json.dumps(told))
"""
HELD = """
os.write(2, b"HELD")
time.sleep(1)
raise ValueError
"""
"""Ends what has got half as much again as it may: more would be a danger to the machine."""
UNCOUNTED = {
    "files without a name": "import os, time\n"
    "for number in range(96):\n"
    "    fd = os.memfd_create('held')\n"
    "    for _ in range(16): os.write(fd, bytes(1 << 20))\n" + HELD,
    "segments": "import ctypes, os, time\n"
    "libc = ctypes.CDLL(None)\n"
    "libc.shmat.restype, size = ctypes.c_void_p, 1 << 24\n"
    "for number in range(96):\n"
    "    at = ctypes.c_void_p(libc.shmat(libc.shmget(0, size, 0o600), None, 0))\n"
    "    if at.value in (None, 2**64 - 1): raise MemoryError\n"
    "    libc.memset(at, 1, size)\n"
    "    libc.shmdt(at)\n" + HELD,
    **{
        f"pages of {name} that it lets go of": "import mmap, os, time\n"
        f"pages = mmap.mmap({fd}, 1536 << 20)\n"
        "for i in range(0, len(pages), 1 << 24):\n"
        "    pages[i : i + (1 << 24)] = bytes(1 << 24)\n"
        "    pages.madvise(mmap.MADV_DONTNEED)\n" + HELD
        for name, fd in (("no file", "-1"), ("zeros", "os.open('/dev/zero', os.O_RDWR)"))
    },
    "semaphores": "import ctypes, os, time\n"
    "libc = ctypes.CDLL(None)\n"
    "if min(libc.semget(0, 32000, 0o600) for _ in range(100)) < 0: raise MemoryError\n" + HELD,
}
"""Name -> a program that takes memory which no process of it holds."""
PROGRAMS = {
    "honest": "class Net(nn.Module):\n"
    "    def __init__(self):\n"
    "        super().__init__()\n"
    "        self.fc = nn.Linear(64, 4)\n"
    "    def forward(self, x):\n"
    "        return self.fc(x.flatten(1))\n",
    "memory": "kept = []\nwhile True: kept.append(bytearray(1 << 24))\n",
    "memory of children": "import os, time\n"
    "for _ in range(5):\n"
    "    if os.fork() == 0:\n"
    "        kept = bytearray(b'x') * (300 << 20)\n"
    "        time.sleep(60)\n"
    "time.sleep(60)\n",
    **UNCOUNTED,
    "forks": "import os, signal\n"
    "for number in range(2000):\n"
    "    try:\n"
    "        if os.fork() == 0: signal.pause()\n"
    "    except OSError: break\n"
    "os.write(2, str(number).encode())\n"
    "raise ValueError\n",
}


def python_for_nobody() -> list[str]:
    """A command that runs this version of Python as an ordinary user."""
    if os.getuid() != 0:
        return [sys.executable]
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root without setpriv can't become an ordinary user")
    become = [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    version = f"python3.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        # Twice: setpriv itself can still run what the user it becomes can not.
        again = "import os, sys; os.execv(sys._base_executable, ['python', '-c', 'import ctypes'])"
        command = [*become, python, "-P", "-c", again]
        if Path(python).exists() and not subprocess.run(command, cwd="/").returncode:
            return [*become, python]
    pytest.skip(f"an ordinary user can't run {version} here")


@pytest.fixture(scope="module")
def told(workload: Workload) -> dict[str, Any]:
    """What an ordinary user's sandbox says of each program."""
    for folder in (workload.train.parent, *workload.train.parent.parents):
        if os.getuid() == 0 and folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    paths = [str(Path(__file__).parents[2] / "src"), sysconfig.get_path("purelib")]
    done = subprocess.run(
        [*python_for_nobody(), "-P", "-c", TRY, str(workload.train.parent), json.dumps(PROGRAMS)],
        env={"PYTHONPATH": ":".join(paths), "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert isinstance(result := json.loads(done.stdout), dict)
    if result["probe"]:
        pytest.skip(result["probe"])
    return result


def test_results_are_marked_and_honest_programs_train(told: dict[str, Any]) -> None:
    assert told["isolation"] == "bubblewrap (soft-limits)"
    assert told["honest"][0] == "ok"


def test_memory_is_bounded_over_all_its_processes(told: dict[str, Any]) -> None:
    for name in ("memory", "memory of children"):
        assert told[name][0] == "out_of_memory", told[name]
        assert "1024 MiB" in told[name][1] or "MemoryError" in told[name][1]


@pytest.mark.parametrize("name", UNCOUNTED)
def test_memory_that_no_process_holds_can_t_be_had(told: dict[str, Any], name: str) -> None:
    assert told[name][0] in ("build_error", "out_of_memory"), told[name]
    assert "HELD" not in told[name][2]


def test_processes_are_bounded(told: dict[str, Any]) -> None:
    assert told["forks"][0] == "build_error", told["forks"]
    assert 40 < int(told["forks"][2]) <= 64


def test_rlimits_bound_memory_and_processes_only_where_no_group_does() -> None:
    hard = rlimits(Limits(), soft=False)
    soft = rlimits(Limits(pids=77, tmp_mb=32, shm_mb=16), soft=True)
    assert "RLIMIT_NPROC" not in hard
    assert soft["RLIMIT_NPROC"] == 77
    assert soft["RLIMIT_DATA"] > Limits().memory_mb << 20
    assert soft["RLIMIT_FSIZE"] == 32 << 20
