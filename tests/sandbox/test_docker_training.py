"""Real programs, trained for real in containers."""

import contextlib
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from langgraph_nas.config import SearchConfig
from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.docker import DockerSandbox
from langgraph_nas.sandbox.engine import connect
from langgraph_nas.sandbox.orphans import MARK, PID, process_id

pytestmark = pytest.mark.docker

IMAGE = SearchConfig.model_fields["image"].default
LIMITS = Limits(memory_mb=1024, cpus=1, wall_seconds=60, build_seconds=30)
RECIPE = Recipe(3, 16, 0.05, 0.9, 5e-4, 43, (0.5,), (0.5,))

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(F.relu(self.conv(x)).mean((2, 3)))
"""


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    """Two classes that brightness tells apart."""
    folder = tmp_path_factory.mktemp("bright")
    random = np.random.default_rng(43)
    labels = np.arange(320) % 2
    images = (random.integers(0, 100, (320, 1, 8, 8)) + 120 * labels[:, None, None, None]).clip(
        0, 255
    )
    for name, part in (("train", slice(0, 256)), ("validation", slice(256, 320))):
        (folder / name).mkdir()
        np.save(folder / name / "x.npy", images[part].astype(np.uint8))
    np.save(folder / "train" / "y.npy", labels[:256].astype(np.int64))
    inputs = {"validation": folder / "validation"}
    return Workload(folder / "train", inputs, (1, 8, 8), 2, {"validation": 64})


@pytest.fixture
def sandbox() -> Iterator[DockerSandbox]:
    with DockerSandbox(IMAGE) as sandbox:
        yield sandbox
    assert mine() == []


def mine() -> list[str]:
    """Containers of this very process."""
    client = connect()
    try:
        label = f"{PID}={process_id(os.getpid())}"
        found = client.api.containers(all=True, filters={"label": [f"{MARK}=1", label]})
        return [entry["Id"] for entry in found]
    finally:
        client.close()


def test_a_network_learns_in_a_container_and_two_in_a_row_score_the_same(
    sandbox: DockerSandbox, workload: Workload
) -> None:
    labels = np.arange(256, 320) % 2
    runs = []
    for _ in range(2):
        sandbox.prewarm(workload, LIMITS)
        runs.append(sandbox.run(Job(NET, RECIPE, send_weights=True), workload, LIMITS))
    for run in runs:
        assert run.outcome == "ok", (run.message, run.stderr_tail)
        assert run.isolation == "docker"
        assert (run.predictions["validation"] == labels).mean() > 0.9
        assert run.weights is not None
        assert run.weights["conv.weight"].shape == (8, 1, 3, 3)
        assert run.claimed["parameters"] == 98
    first, second = (run.predictions["validation"] for run in runs)
    assert (first == second).all()


@pytest.mark.slow
def test_a_failing_program_and_a_memory_bomb_are_outcomes_of_their_own(
    sandbox: DockerSandbox, workload: Workload
) -> None:
    sandbox.prewarm(workload, LIMITS)
    wrong = NET.replace("nn.Linear(8, 2)", "nn.Linear(9, 2)")
    run = sandbox.run(Job(wrong, RECIPE), workload, LIMITS)
    assert (run.outcome, run.stage) == ("forward_error", "forward")
    # In pieces, each of which is touched.
    bomb = NET.replace(
        "super().__init__()",
        "super().__init__(); self.held = [b'x' * (64 << 20) for _ in range(40)]",
    )
    sandbox.prewarm(workload, LIMITS)
    run = sandbox.run(Job(bomb, RECIPE), workload, LIMITS)
    assert (run.outcome, run.stage) == ("out_of_memory", "build")


@pytest.mark.slow
def test_an_endless_program_is_stopped_by_the_hosts_clock_and_by_cancel(
    sandbox: DockerSandbox, workload: Workload
) -> None:
    endless = NET.replace("super().__init__()", "super().__init__()\n        while True: pass")
    hasty = Limits(memory_mb=1024, cpus=1, wall_seconds=20, build_seconds=1)
    run = sandbox.run(Job(endless, RECIPE), workload, hasty)
    assert (run.outcome, run.stage) == ("timeout", "build")
    cancel = threading.Event()
    stopped = sandbox.run(
        Job(endless, RECIPE),
        workload,
        LIMITS,
        on_event=lambda event: cancel.set(),
        cancel=cancel,
    )
    assert (stopped.outcome, stopped.stage) == ("killed", "build")


@pytest.mark.slow
def test_a_gigabyte_of_output_is_cut_and_the_engine_goes_on(
    sandbox: DockerSandbox, workload: Workload
) -> None:
    loud = NET.replace("super().__init__()", "print('x' * (1 << 30)); super().__init__()")
    run = sandbox.run(Job(loud, RECIPE), workload, Limits(memory_mb=4096, cpus=1))
    assert run.outcome == "output_limit"
    assert len(run.stderr_tail) < 10_000
    assert run.seconds["total"] < 20


def test_without_the_image_a_run_is_a_fault_of_the_sandbox_and_says_what_to_do(
    workload: Workload,
) -> None:
    with DockerSandbox("langgraph-nas-no-such-image:x") as sandbox:
        run = sandbox.run(Job(NET, RECIPE), workload, LIMITS)
    assert run.outcome == "sandbox_error"
    assert "langgraph-nas sandbox build" in run.message


class EngineProxy:
    """Stands between us and the engine, and can go away."""

    def __init__(self, engine: str, path: Path) -> None:
        self._engine = engine
        self._connections: list[socket.socket] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(64)
        self._gone = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._engine)
            self._connections += [near, far]
            if self._gone:
                self.leave()
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def leave(self) -> None:
        self._gone = True
        for end in (self._server, *self._connections):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineProxy]:
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not address.startswith("unix://"):
        pytest.skip("the engine is not reached by a Unix socket")
    folder = Path(tempfile.mkdtemp())  # a short path: socket names are bounded
    proxy = EngineProxy(address.removeprefix("unix://"), folder / "engine.sock")
    with monkeypatch.context() as patch:
        patch.setenv("DOCKER_HOST", f"unix://{folder / 'engine.sock'}")
        patch.setattr("langgraph_nas.sandbox.docker.ENGINE_SECONDS", 1)
        yield proxy
        proxy.leave()
    shutil.rmtree(folder)
    client = connect()
    # The containers see the end of their input and leave; their owner, this process, lives on.
    for container in mine():
        client.api.wait(container, timeout=30)
        client.api.remove_container(container, force=True)
    client.close()


@pytest.mark.slow
@pytest.mark.parametrize("when", ["warming up", "training"])
def test_an_engine_that_goes_away_is_a_fault_of_the_sandbox_never_a_lesson(
    proxy: EngineProxy, workload: Workload, when: str
) -> None:
    slow = NET.replace("super().__init__()", "import time; super().__init__(); time.sleep(20)")
    with DockerSandbox(IMAGE) as sandbox:
        if when == "warming up":
            threading.Timer(1.5, proxy.leave).start()

        def leave_in_mid_job(event: dict[str, object]) -> None:
            threading.Timer(0.3, proxy.leave).start()

        began = time.monotonic()
        run = sandbox.run(Job(slow, RECIPE), workload, LIMITS, on_event=leave_in_mid_job)
        assert time.monotonic() - began < 40
    assert run.outcome == "sandbox_error", run
    assert "engine" in run.message
