"""Hostile programs in a real bubblewrap sandbox: each is contained, and honest ones go on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox
from langgraph_nas.sandbox.watchdog import family

pytestmark = pytest.mark.slow

LIMITS = Limits(cpus=1, memory_mb=1024, pids=64, wall_seconds=60, build_seconds=5)
HONEST = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 4)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""
UNLEARNT = "torch.randn(len(x), 4) + 0 * self.fc(x.flatten(1))"

HOSTILE = {
    "memory in /dev/shm and /tmp": (
        "for path in ('/dev/shm/a', '/tmp/a'):\n"
        "    try:\n"
        "        with open(path, 'wb') as file:\n"
        "            while True: file.write(bytes(1 << 20))\n"
        "    except OSError: pass\n"
        "raise ValueError('full')\n",
        {"build_error"},
    ),
    "a fork bomb": (
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n",
        {"timeout"},
    ),
    "a gigabyte of output": (
        "import os\nwhile True: os.write(2, b'x' * 65536)\n",
        {"output_limit"},
    ),
    "a result forged and an exit": (
        "import os, json, struct\n"
        "def frame(kind, payload): return struct.pack('>cI', kind, len(payload)) + payload\n"
        "def stage(name): return frame(b'S', json.dumps({'stage': name}).encode())\n"
        "head = json.dumps({'split': 'validation'}).encode()\n"
        "ids = struct.pack('>H', len(head)) + head + bytes(2 * 100)\n"
        "data = b''.join(map(stage, ['forward', 'train', 'predict'])) + frame(b'P', ids)\n"
        "for fd in range(3, 64):\n"
        "    try: os.write(fd, data + frame(b'D', b'{}'))\n"
        "    except OSError: pass\n"
        "os._exit(0)\n",
        {"protocol_error"},
    ),
    "all descriptors closed": (
        "import os, time\nos.closerange(0, 1024)\ntime.sleep(60)\n",
        {"killed", "timeout"},
    ),
    "a stop of its own": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n", {"timeout"}),
    "every signal to everyone": (
        "import os, signal\n"
        "for number in (signal.SIGTERM, signal.SIGKILL):\n"
        "    for pid in (1, -1, os.getppid()):\n"
        "        try: os.kill(pid, number)\n"
        "        except OSError: pass\n" + HONEST,
        {"ok", "killed"},
    ),
    "the clock and the comparison patched": (
        "import time\ntime.monotonic = time.perf_counter = lambda: 0.0\n"
        "torch.Tensor.eq = lambda *a: torch.ones(1)\n"
        "torch.argmax = torch.Tensor.argmax = lambda self, *a: torch.zeros(len(self))\n" + HONEST,
        {"ok"},
    ),
    "an exit that does nothing": (
        "import os\nos._exit = lambda code: None\n" + HONEST.replace("64, 4", "60, 4"),
        {"forward_error"},
    ),
    "threads that are left running": (
        "import threading, time\n"
        "for _ in range(8): threading.Thread(target=time.sleep, args=(3600,)).start()\n" + HONEST,
        {"ok"},
    ),
    "labels looked for in every frame": (
        "import gc, sys\n"
        "found = [o for o in gc.get_objects() if isinstance(o, torch.Tensor)\n"
        "         and o.shape == (112,) and o.dtype == torch.int64]\n"
        "frame = sys._getframe()\n"
        "while frame:\n"
        "    found += [v for v in frame.f_locals.values()\n"
        "              if isinstance(v, torch.Tensor) and v.shape == (112,)]\n"
        "    frame = frame.f_back\n"
        "assert not found\n" + HONEST.replace("self.fc(x.flatten(1))", UNLEARNT),
        {"ok"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Iterator[BubblewrapSandbox]:
    if reason := BubblewrapSandbox.probe():
        pytest.skip(reason)
    with BubblewrapSandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_program_is_contained(
    name: str, sandbox: BubblewrapSandbox, workload: Workload, recipe: Recipe, labels: np.ndarray
) -> None:
    program, outcomes = HOSTILE[name]
    before = set(family(os.getpid()))
    run = sandbox.run(Job(program, recipe), workload, LIMITS)
    assert run.outcome in outcomes, run
    assert set(family(os.getpid())) <= before
    if "frame" in name and run.predictions:
        assert (run.predictions["validation"] == labels).mean() < 0.5


def test_an_honest_program_scores_as_ever_after_all_that(
    sandbox: BubblewrapSandbox, workload: Workload, recipe: Recipe, labels: np.ndarray
) -> None:
    run = sandbox.run(Job(HONEST, recipe), workload, LIMITS)
    assert run.outcome == "ok"
    assert (run.predictions["validation"] == labels).mean() > 0.9


def test_the_result_is_the_same_in_every_cell(
    sandbox: BubblewrapSandbox, workload: Workload, recipe: Recipe
) -> None:
    short = replace(recipe, learning_rate=0.001)
    first, again = (sandbox.run(Job(HONEST, short), workload, LIMITS) for _ in range(2))
    assert np.array_equal(first.predictions["validation"], again.predictions["validation"])


def test_a_host_that_is_killed_takes_its_sandbox_with_it(workload: Workload) -> None:
    code = (
        "import sys, time; from pathlib import Path;"
        "from langgraph_nas.sandbox.base import Limits, Workload;"
        "from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox;"
        "b = Path(sys.argv[1]); w = Workload(b / 'train', {'v': b / 'validation'}, (1, 8, 8), 4,"
        "{'v': 112}); s = BubblewrapSandbox(); s.prewarm(w, Limits(cpus=1));"
        "s._spare.wait(); print('warm', flush=True); time.sleep(60)"
    )
    path = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    host = subprocess.Popen(
        [sys.executable, "-c", code, str(workload.train.parent)], stdout=subprocess.PIPE, env=path
    )
    assert host.stdout is not None
    assert host.stdout.readline() == b"warm\n"
    inside = set(family(host.pid)) - {host.pid}
    assert len(inside) >= 3
    host.send_signal(signal.SIGKILL)
    host.wait()
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in inside) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in inside if alive(pid)]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_closing_while_a_program_trains_kills_it(
    workload: Workload, recipe: Recipe, sandbox: BubblewrapSandbox
) -> None:
    other = BubblewrapSandbox()
    slow = HONEST.replace("return", "import time; time.sleep(1); return")
    threading.Timer(12, other.close).start()
    run = other.run(Job(slow, replace(recipe, epochs=100)), workload, LIMITS)
    assert run.outcome == "killed"
    assert run.seconds["total"] < 30
