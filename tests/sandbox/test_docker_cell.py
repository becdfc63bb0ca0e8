"""A container as a cell: streams, ends, and the kill path."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.base import Limits
from langgraph_nas.sandbox.docker import container_command, container_options
from langgraph_nas.sandbox.docker_cell import Demultiplexer, DockerCell, start_cell
from langgraph_nas.sandbox.engine import connect
from langgraph_nas.sandbox.launch import Launch

IMAGE = SearchConfig.model_fields["image"].default
LIMITS = Limits(memory_mb=128, pids=32, tmp_mb=8, shm_mb=4)
Start = Callable[..., DockerCell]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts cells that run a program of the standard library; all are gone after the test."""
    cells: list[DockerCell] = []

    def start(program: str, *, lifetime: float = 60, idle: float = 60) -> DockerCell:
        launch = Launch((), ("-c", program), {"PATH": "/usr/local/bin:/usr/bin:/bin"})
        options = container_options(launch, LIMITS, lifetime=lifetime)
        command = container_command(launch.arguments, lifetime)
        cells.append(start_cell(IMAGE, command, options, idle_until=time.monotonic() + idle))
        return cells[-1]

    yield start
    for cell in cells:
        cell.finish()


def state(cell: DockerCell) -> str | None:
    client = connect()
    try:
        listed = client.api.containers(all=True, filters={"id": cell.container})
        return str(listed[0]["State"]) if listed else None
    finally:
        client.close()


def everything(cell: DockerCell) -> dict[str, bytes]:
    """Reads until both streams have ended."""
    streams = {"out": b"", "err": b""}
    for _ in range(1000):
        try:
            chunk = cell.receive(0.5)
        except EOFError:
            return streams
        if chunk:
            streams[chunk[0]] += chunk[1]
    raise AssertionError("the streams did not end")


def frame(number: int, payload: bytes) -> bytes:
    return bytes([number, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


def test_output_is_taken_apart_wherever_the_engine_cuts_it() -> None:
    wire = frame(1, b"abc") + frame(2, b"") + frame(2, b"de") + frame(1, b"f" * 70_000)
    for size in (1, 7, 100_000):
        cutter, streams = Demultiplexer(), {"out": b"", "err": b""}
        for begin in range(0, len(wire), size):
            cutter.feed(wire[begin : begin + size])
            while piece := cutter.take():
                assert len(piece[1]) <= 1 << 16
                streams[piece[0]] += piece[1]
        assert streams == {"out": b"abc" + b"f" * 70_000, "err": b"de"}


@pytest.mark.docker
def test_input_output_and_errors_pass_and_the_exit_code_is_the_kernels(start: Start) -> None:
    cell = start(
        "import sys; data = sys.stdin.buffer.read(6); print(data, len(data));"
        "sys.stderr.write('warned'); sys.stdout.flush(); sys.exit(7)"
    )
    cell.send(b"\x00\xffab\n!")
    assert everything(cell) == {"out": b"b'\\x00\\xffab\\n!' 6\n", "err": b"warned"}
    ended = cell.finish()
    assert (ended.exit_code, ended.out_of_memory) == (7, False)
    assert state(cell) is None
    with pytest.raises(BrokenPipeError):
        cell.send(b"x")


@pytest.mark.docker
def test_receive_gives_up_in_time_when_nothing_comes(start: Start) -> None:
    cell = start("import time; time.sleep(60)")
    began = time.monotonic()
    assert cell.receive(0.3) is None
    assert cell.receive(0) is None
    assert 0.25 < time.monotonic() - began < 2


@pytest.mark.docker
def test_a_gigabyte_that_nobody_reads_does_not_hold_up_the_kill(start: Start) -> None:
    cell = start("import os\nfor _ in range(1 << 14): os.write(1, b'x' * 65536)")
    received = 0
    while received < 1 << 20:
        chunk = cell.receive(10)
        assert chunk is not None
        received += len(chunk[1])
    time.sleep(0.5)  # let it fill every buffer on the way
    began = time.monotonic()
    assert cell.finish().exit_code == 137
    assert time.monotonic() - began < 5
    assert state(cell) is None


@pytest.mark.docker
def test_memory_beyond_the_limit_ends_the_cell_as_out_of_memory(start: Start) -> None:
    cell = start("held = b'x' * (1 << 30); print('still here')")
    assert b"still" not in everything(cell)["out"]
    assert cell.finish().out_of_memory


@pytest.mark.docker
def test_a_kill_of_ours_is_not_mistaken_for_a_lack_of_memory(start: Start) -> None:
    cell = start("import time; time.sleep(60)")
    cell.kill()
    cell.kill()
    ended = cell.finish()
    assert (ended.exit_code, ended.out_of_memory) == (137, False)
    assert cell.finish() == ended


@pytest.mark.docker
def test_a_kill_from_another_thread_wakes_the_reader(start: Start) -> None:
    cell = start("import time; time.sleep(60)")
    threading.Timer(0.5, cell.kill).start()
    began = time.monotonic()
    with pytest.raises(EOFError):
        cell.receive(30)
    assert time.monotonic() - began < 5


@pytest.mark.docker
def test_closing_both_streams_does_not_hide_a_process_that_goes_on(start: Start) -> None:
    cell = start("import os, time; os.close(1); os.close(2); time.sleep(60)")
    # The first process of the container holds the streams open as well, so no end is seen.
    assert cell.receive(0.5) is None
    cell.finish()
    assert state(cell) is None


@pytest.mark.slow
@pytest.mark.docker
def test_the_container_ends_at_its_deadline_without_any_host(start: Start) -> None:
    stubborn = (
        "import os, signal, subprocess, time\n"
        "for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):\n"
        "    try: os.kill(1, number)\n"
        "    except OSError: pass\n"
        "if os.fork() == 0: os.setsid()\n"
        "time.sleep(60)"
    )
    cell = start(stubborn, lifetime=2)
    began = time.monotonic()
    everything(cell)
    assert time.monotonic() - began < 10
    cell.finish()


@pytest.mark.docker
def test_a_cell_that_waited_too_long_takes_no_work(start: Start) -> None:
    cell = start("import sys; sys.stdin.read()", idle=-1)
    with pytest.raises(BrokenPipeError, match="too long"):
        cell.send(b"job")


@pytest.mark.docker
def test_a_container_that_ended_while_it_waited_takes_no_work(start: Start) -> None:
    cell = start("print('ready')")
    while state(cell) != "exited":
        time.sleep(0.05)
    time.sleep(0.5)  # the end of the streams may come a little later
    with pytest.raises(BrokenPipeError, match="ended"):
        cell.send(b"job")


@pytest.mark.docker
def test_cells_in_a_row_leave_no_open_file_behind(start: Start) -> None:
    counts = []
    for _ in range(3):
        cell = start("print(1)")
        everything(cell)
        cell.finish()
        counts.append(len(list(Path("/proc/self/fd").iterdir())))
    assert counts[1] == counts[2]


@pytest.mark.docker
def test_an_image_that_is_not_there_is_said_and_leaves_nothing() -> None:
    options: dict[str, Any] = container_options(Launch((), (), {}), LIMITS, lifetime=5)
    options["labels"] |= {"langgraph-nas.test": str(os.getpid())}
    with pytest.raises(SandboxError, match="langgraph-nas sandbox build"):
        start_cell("langgraph-nas-no-such-image:x", ["true"], options, idle_until=1e12)


@pytest.mark.docker
def test_a_container_that_does_not_start_is_removed() -> None:
    options = container_options(Launch((), (), {}), LIMITS, lifetime=5)
    mark = f"langgraph-nas.test={os.getpid()}"
    options["labels"] |= dict([mark.split("=")])
    with pytest.raises(SandboxError, match="no-such-program"):
        start_cell(IMAGE, ["no-such-program"], options, idle_until=1e12)
    client = connect()
    assert client.api.containers(all=True, filters={"label": mark}) == []
    client.close()


LIFE = """
import gc, sys
from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.docker_cell import start_cell

for command in (["true"], ["no-such-program"]):
    try:
        cell = start_cell(sys.argv[1], command, {"network_mode": "none"}, idle_until=1e12)
        while cell.receive(1):
            pass
    except EOFError:
        pass
    except SandboxError:
        continue
    cell.finish()
    del cell
    gc.collect()
"""


@pytest.mark.docker
def test_no_stream_complains_that_it_was_closed_in_the_wrong_order() -> None:
    # Python 3.13 says so on everybody's screen, older ones in their development mode only.
    command = [sys.executable, "-X", "dev", "-c", LIFE, IMAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
