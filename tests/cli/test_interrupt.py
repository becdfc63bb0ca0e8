"""Ctrl-C and SIGTERM: the first stops cleanly and says how to go on, the second at once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from langgraph_nas.archive import Archive
from langgraph_nas.sandbox.watchdog import family

SLEEPING = """import time

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        time.sleep(%d)
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))

    def forward(self, x):
        return self.layers(x)
"""


@pytest.fixture
def running(replies: Path) -> Iterator[subprocess.Popen[str]]:
    """A search whose second network sleeps."""
    lines = replies.read_text().splitlines()
    slow = lines[0].replace("return", "import time; time.sleep(30); return")
    replies.write_text("\n".join([*lines[:2], slow, *lines[3:]]))
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "langgraph_nas.cli", "search", "--llm", f"replay:{replies}"),
            *("--form", "code", "--sandbox", "unsafe-subprocess", "--train-samples", "300"),
            *("--iterations", "3"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return
    raise AssertionError(f"the search ended without {words!r}")


@pytest.mark.slow(seconds=20)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_search_that_then_says_how_to_go_on(
    running: subprocess.Popen[str], number: signal.Signals
):
    wait_for(running, "  1/3  ok")
    time.sleep(1)
    begun = time.monotonic()
    os.kill(running.pid, number)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert time.monotonic() - begun < 20
    assert "stopping, what is finished is kept" in err
    assert "interrupted: 1 iteration" in out
    assert out.endswith("go on with: langgraph-nas resume digits-1\n")
    with Archive.open("nas-runs/searches.db", readonly=True) as archive:
        assert archive.counts("digits-1")["outcomes"] == {"ok": 1}
        assert archive.search("digits-1")["stopped"] == "interrupted"


def is_running(pid: int) -> bool:
    """Tell a process that runs from one that has ended, and waits for its parent to be told."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow(seconds=15)
def test_a_signal_ends_all_evaluations_and_keeps_what_is_finished(folder: Path):
    for name, seconds in (("quick", 0), ("slow", 60), ("slower", 61)):
        Path(f"{name}.py").write_text(SLEEPING % seconds)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "langgraph_nas.cli", "evaluate", "slow.py", "quick.py"),
            *("slower.py", "--parallel", "2", "--json", "--sandbox", "unsafe-subprocess"),
            *("--train-samples", "300", "--time-limit", "120", "--build-limit", "120"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    for line in process.stderr:
        if "quick.py" in line:
            break
    time.sleep(1)
    sandboxes = family(process.pid)[1:]
    assert sandboxes
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert [result["file"] for result in json.loads(out)["results"]] == ["quick.py"]
    # Killed together; the system may take a moment to end those whose parent is gone.
    until = time.monotonic() + 10
    while running := [pid for pid in sandboxes if is_running(pid)]:
        assert time.monotonic() < until, running
        time.sleep(0.05)


@pytest.mark.slow(seconds=10)
def test_a_second_signal_ends_it_at_once(running: subprocess.Popen[str]):
    wait_for(running, "  1/3  ok")
    os.kill(running.pid, signal.SIGSTOP)  # so that both signals wait for it
    os.kill(running.pid, signal.SIGINT)
    os.kill(running.pid, signal.SIGTERM)
    os.kill(running.pid, signal.SIGCONT)
    running.communicate(timeout=10)
    assert running.returncode == 130
    with Archive.open("nas-runs/searches.db", readonly=True) as archive:
        assert archive.counts("digits-1")["iterations"] == 1


def test_a_signal_before_the_search_has_begun_ends_the_set_up():
    program = (
        "import sys, time\n"
        "from langgraph_nas.cli.interrupt import handling\n"
        "with handling(print):\n"
        "    try:\n"
        "        print('ready', flush=True); time.sleep(30)\n"
        "    except KeyboardInterrupt:\n"
        "        print('set-up ended')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    wait_for(process, "ready")
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=20)[0] == "set-up ended\n"
