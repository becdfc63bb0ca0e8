"""The life of a bubblewrap cell: the same result each time, and an end with its host."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile.case import HONEST

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox
from langgraph_nas.sandbox.watchdog import family

pytestmark = pytest.mark.slow

LIMITS = Limits(cpus=1, memory_mb=1024, pids=64, wall_seconds=60, build_seconds=5)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[BubblewrapSandbox]:
    if reason := BubblewrapSandbox.probe():
        pytest.skip(reason)
    with BubblewrapSandbox() as sandbox:
        yield sandbox


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
        "s._spares[0].wait(); print('warm', flush=True); time.sleep(60)"
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
    host.communicate()
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

    def close(event: dict[str, Any]) -> None:
        if event.get("stage") == "train":
            threading.Thread(target=other.close).start()

    # Else the preflight would foresee a timeout.
    limits = replace(LIMITS, wall_seconds=100_000, build_seconds=60)
    job = Job(slow, replace(recipe, epochs=100))
    run = other.run(job, workload, limits, on_event=close)
    assert (run.outcome, run.stage) == ("killed", "train")
    assert run.seconds["train"] < 10
