"""The hostile suite: each program is contained in every sandbox, and honest ones go on as ever.

A kind of sandbox inherits `HostileSuite` in a test file of its own, so that two kinds can be
tested at once. The labels that are scored here are random: they say nothing about the images, so
whoever scores better than chance has got at them.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile.case import HONEST, USE, Case
from hostile.deforming import DEFORMING
from hostile.endless import ENDLESS
from hostile.exhausting import EXHAUSTING
from hostile.forging import FORGING
from hostile.prying import MOUNTS, PRYING

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Run, Workload
from langgraph_nas.sandbox.bubblewrap import BubblewrapCell
from langgraph_nas.sandbox.cell import Cell
from langgraph_nas.sandbox.docker_cell import DockerCell
from langgraph_nas.sandbox.engine import connect
from langgraph_nas.sandbox.warm import CellSandbox
from langgraph_nas.sandbox.watchdog import family

KINDS = {
    **{"endless": ENDLESS, "exhausting": EXHAUSTING, "deforming": DEFORMING},
    **{"prying": PRYING, "forging": FORGING},
}
CASES = [
    case
    for kind, cases in KINDS.items()
    for case in (*cases, Case(f"an honest program after the {kind}", HONEST, {"ok"}))
]
LIMITS = Limits(
    **{"cpus": 1, "memory_mb": 1024, "pids": 64, "tmp_mb": 32, "shm_mb": 32},
    **{"wall_seconds": 8, "build_seconds": 4},
)
M, CLASSES = 2000, 4
BY_CHANCE = 1 / CLASSES + 5 * (0.25 * 0.75 / M) ** 0.5
"""Five standard deviations above chance."""
MB = 1 << 20
TOLERANCE = {"shared memory": 24, "disk": 500}
"""MiB; of the first, the bombs take 32 in each place."""
MEMORY_OF_ALL = 2048
"""MiB that others may have taken by the end of a suite; each of its bombs takes 1024."""
SECRET = os.urandom(16).hex()


@dataclass
class Target:
    """A sandbox of the kind under test, and what it was like before anything hostile ran."""

    sandbox: CellSandbox
    expected: np.ndarray[Any, Any]
    """The honest program's predictions."""
    memory: int
    """MiB that the host had free."""


class HostileSuite:
    """What must hold for a kind of sandbox; a class of that kind overrides `make`."""

    @staticmethod
    def make() -> CellSandbox:
        """Return a new sandbox of the kind under test, or skip."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Training data of four patterns; scored images with labels of no meaning beside them."""
        folder, random = tmp_path_factory.mktemp("scored"), np.random.default_rng(43)
        pattern = random.integers(0, 255, (CLASSES, 1, 8, 8))
        for name, size in (("train", 400), ("validation", M)):
            kinds = random.integers(0, CLASSES, size)
            noise = random.integers(0, 128, (size, 1, 8, 8))
            (folder / name).mkdir()
            np.save(
                folder / name / "x.npy", (pattern[kinds] // 2 + noise).clip(0, 255).astype("u1")
            )
            labels = kinds if name == "train" else random.integers(0, CLASSES, size)
            np.save(folder / name / "y.npy", labels.astype(np.int64))
        (folder / "secret").write_bytes(bytes.fromhex(SECRET))
        return folder

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, folder: Path) -> Workload:
        inputs = {"validation": folder / "validation"}
        return Workload(folder / "train", inputs, (1, 8, 8), CLASSES, {"validation": M})

    @pytest.fixture(scope="class")
    @classmethod
    def truth(cls, folder: Path) -> np.ndarray[Any, Any]:
        return np.load(folder / "validation" / "y.npy")

    @pytest.fixture(scope="class")
    @classmethod
    def target(cls, data: Workload, recipe: Recipe) -> Iterator[Target]:
        os.environ["NAS_TEST_TOKEN"] = SECRET
        with cls.make() as sandbox:
            memory = measure_host()["memory"]
            run = sandbox.run(Job(HONEST, recipe), data, limits_of(CASES[-1]))
            assert run.outcome == "ok", run
            yield Target(sandbox, run.predictions["validation"], memory)
        del os.environ["NAS_TEST_TOKEN"]

    @pytest.mark.slow
    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
    def test_a_program_is_contained(
        self,
        case: Case,
        target: Target,
        data: Workload,
        recipe: Recipe,
        truth: np.ndarray,
        folder: Path,
    ) -> None:
        """About 6 s each; the next cell warms up while the program runs."""

        following = CASES[(CASES.index(case) + 1) % len(CASES)]

        def warm_next(event: object = None) -> None:
            target.sandbox.prewarm(data, limits_of(following))

        target.sandbox.prewarm(data, limits_of(case))
        # Ready: what it takes from here on is the program's.
        cell = target.sandbox._spares[0].wait()._cell
        inside = open_namespaces(cell)
        before = measure_host()
        job = Job(filled(case.program, folder, truth), recipe, send_weights=case.send_weights)
        run = target.sandbox.run(job, data, limits_of(case), on_event=warm_next)
        assert run.outcome in case.outcomes, run
        assert "ESCAPED" not in run.stderr_tail, run.stderr_tail
        assert len(run.message) <= 2100
        assert accuracy(run, truth) < BY_CHANCE
        assert not (folder / "canary").exists()
        assert all(type(tensor) is np.ndarray for tensor in (run.weights or {}).values())
        if case.program == HONEST:
            assert np.array_equal(run.predictions["validation"], target.expected)
        # The kernel reports a dead process until the system has asked for its end.
        eventually(lambda: what_is_left(cell, inside) == [])
        for namespace in inside:
            os.close(namespace)
        assert_as_before(before)

    @pytest.mark.slow
    def test_the_labels_are_in_no_mount(
        self, target: Target, data: Workload, recipe: Recipe, truth: np.ndarray, folder: Path
    ) -> None:
        program = filled(MOUNTS.replace("@TOP@", "/") + USE, folder, truth)
        limits = replace(LIMITS, build_seconds=200, wall_seconds=220)
        run = target.sandbox.run(Job(program, recipe), data, limits)
        assert run.outcome == "ok", run
        assert accuracy(run, truth) < BY_CHANCE

    @pytest.mark.slow
    def test_whoever_finds_labels_in_a_mount_would_be_seen_to_score(
        self,
        target: Target,
        data: Workload,
        recipe: Recipe,
        truth: np.ndarray,
        folder: Path,
        tmp_path: Path,
    ) -> None:
        leaks = np.random.default_rng(1).integers(0, 255, (200, 1, 8, 8)).astype("u1")
        leaks.reshape(-1)[999 : 999 + M * 4] = np.frombuffer(truth.astype("<i4").tobytes(), "u1")
        np.save(tmp_path / "x.npy", leaks)
        leaky = replace(
            data, inputs={**data.inputs, "z": tmp_path}, n_inputs={**data.n_inputs, "z": 200}
        )
        program = MOUNTS.replace("@TOP@", "/nas/data") + USE
        limits = limits_of(CASES[-1])
        run = target.sandbox.run(Job(filled(program, folder, truth), recipe), leaky, limits)
        assert run.outcome == "ok", run
        assert accuracy(run, truth) == 1

    @pytest.mark.slow
    def test_all_memory_has_come_back(self, target: Target) -> None:
        """The last one: two bombs that stay somewhere would be missing."""
        eventually(lambda: target.memory - measure_host()["memory"] < MEMORY_OF_ALL)


def limits_of(case: Case) -> Limits:
    """Tight ones for what never ends; else such as an honest program keeps on a busy machine."""
    endless = case.outcomes == {"timeout"}
    return LIMITS if endless else replace(LIMITS, build_seconds=20, wall_seconds=30)


def filled(program: str, folder: Path, truth: np.ndarray) -> str:
    """The program with what it is told of this machine: 24 labels, to know the others by."""
    known = {
        **{"M": M, "HEAD": truth[:24].tolist(), "SECRET": SECRET, "FOLDER": folder},
        **{"PROJECT": Path(__file__).parents[2], "CANARY": folder / "canary"},
        **{"INPUTS": "/nas/data/inputs/0/x.npy"},
    }
    for name, value in known.items():
        program = program.replace(f"@{name}@", str(value))
    return program


def accuracy(run: Run, truth: np.ndarray) -> float:
    """What the host would score it; 0 for a failure."""
    found = run.predictions.get("validation")
    return 0.0 if found is None else float((found == truth).mean())


def open_namespaces(cell: Cell) -> list[int]:
    """The namespaces of the cell's processes: whatever it starts, and how, stays in there.

    Open, as the kernel would give their numbers to others otherwise.
    """
    if isinstance(cell, DockerCell):
        state = cell._state()
        assert state is not None
        pids = [state["Pid"]]
    else:
        assert isinstance(cell, BubblewrapCell)
        eventually(lambda: len(family(cell.pid)) >= 3)
        pids = family(cell.pid)
    own, found = namespace_of("self"), {}
    for pid in pids:
        number = namespace_of(pid)
        if number not in (own, None, *found):
            found[number] = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY)
    return list(found.values())


def namespace_of(pid: int | str) -> int | None:
    """The number of a process's namespace; None if it has ended, or is another user's."""
    try:
        return Path(f"/proc/{pid}/ns/pid").stat().st_ino
    except OSError:
        return None


def what_is_left(cell: Cell, inside: list[int]) -> list[str]:
    """Processes, and the container or control groups, of a cell that should be gone."""
    gone = [os.fstat(namespace).st_ino for namespace in inside]
    names = [path.name for path in Path("/proc").iterdir()]
    pids = [name for name in names if name.isdigit() and namespace_of(name) in gone]
    if isinstance(cell, DockerCell):
        client = connect()
        listed = client.api.containers(all=True, filters={"id": cell.container})
        client.close()
        return pids + [entry["Id"] for entry in listed]
    assert isinstance(cell, BubblewrapCell)
    group = cell._group
    left = [path.parent for path in group.entrances] if group else []
    return pids + [str(path) for path in left if path.exists()]


def measure_host() -> dict[str, int]:
    """What is free on the host, MiB; of shared memory, what is used, below zero."""
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    available, shared = (int(lines[name].split()[0]) >> 10 for name in ("MemAvailable", "Shmem"))
    disk = shutil.disk_usage("/").free // MB
    return {"memory": available, "shared memory": -shared, "disk": disk}


def assert_as_before(before: dict[str, int]) -> None:
    """Wait for memory and disk to come back; others on this machine may use some meanwhile."""
    until = time.monotonic() + 30
    while True:
        now = measure_host()
        missing = {name: before[name] - now[name] for name in TOLERANCE}
        if all(missing[name] <= most for name, most in TOLERANCE.items()):
            return
        assert time.monotonic() < until, f"MiB that did not come back: {missing}"
        time.sleep(0.05)


def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)
