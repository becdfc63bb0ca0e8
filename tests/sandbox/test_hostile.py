"""The hostile suite: each program is contained in every sandbox, and honest ones go on as ever.

The labels that are scored here are random: they say nothing about the images, so whoever scores
better than chance has got at them.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile.case import HONEST, USE, Case
from hostile.deforming import DEFORMING
from hostile.endless import ENDLESS
from hostile.exhausting import EXHAUSTING
from hostile.forging import FORGING
from hostile.prying import FRAMES, MOUNTS, PRYING

from langgraph_nas.config import SearchConfig
from langgraph_nas.sandbox.base import Job, Limits, Recipe, Run, Workload
from langgraph_nas.sandbox.bubblewrap import BubblewrapCell, BubblewrapSandbox
from langgraph_nas.sandbox.cell import Cell
from langgraph_nas.sandbox.docker import DockerSandbox
from langgraph_nas.sandbox.docker_cell import DockerCell
from langgraph_nas.sandbox.engine import connect
from langgraph_nas.sandbox.warm import CellSandbox
from langgraph_nas.sandbox.watchdog import family

CASES = [*ENDLESS, *EXHAUSTING, *DEFORMING, *PRYING, *FORGING]
LIMITS = Limits(
    **{"cpus": 1, "memory_mb": 1024, "pids": 64, "tmp_mb": 32, "shm_mb": 32},
    **{"wall_seconds": 8, "build_seconds": 4},
)
IMAGE = SearchConfig.model_fields["image"].default
M, CLASSES = 2000, 4
BY_CHANCE = 1 / CLASSES + 5 * (0.25 * 0.75 / M) ** 0.5
"""Five standard deviations above chance."""
MB = 1 << 20
TOLERANCE = {"memory": 600, "shared memory": 24, "disk": 500}
"""MiB; of the first, the bombs take 1024 and the next honest one's torch 300, of the second 32 in
each place."""
SECRET = os.urandom(16).hex()


@dataclass
class Target:
    """Two sandboxes of one kind: for the hostile and for the honest."""

    hostile: CellSandbox
    honest: CellSandbox
    cells: list[Cell]
    """Those of the hostile one that have not met a program yet."""
    expected: np.ndarray[Any, Any] = field(default_factory=lambda: np.zeros(0))
    """The honest program's predictions before anything hostile ran."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Training data of four patterns; scored images with labels of no meaning beside them."""
    folder, random = tmp_path_factory.mktemp("scored"), np.random.default_rng(43)
    pattern = random.integers(0, 255, (CLASSES, 1, 8, 8))
    for name, size in (("train", 400), ("validation", M)):
        kinds = random.integers(0, CLASSES, size)
        noise = random.integers(0, 128, (size, 1, 8, 8))
        (folder / name).mkdir()
        np.save(folder / name / "x.npy", (pattern[kinds] // 2 + noise).clip(0, 255).astype("u1"))
        labels = kinds if name == "train" else random.integers(0, CLASSES, size)
        np.save(folder / name / "y.npy", labels.astype(np.int64))
    (folder / "secret").write_bytes(bytes.fromhex(SECRET))
    return folder


@pytest.fixture(scope="module")
def data(folder: Path) -> Workload:
    inputs = {"validation": folder / "validation"}
    return Workload(folder / "train", inputs, (1, 8, 8), CLASSES, {"validation": M})


@pytest.fixture(scope="module")
def truth(folder: Path) -> np.ndarray[Any, Any]:
    return np.load(folder / "validation" / "y.npy")


@pytest.fixture(
    scope="module", params=[pytest.param("docker", marks=pytest.mark.docker), "bubblewrap"]
)
def target(request: pytest.FixtureRequest, data: Workload, recipe: Recipe) -> Iterator[Target]:
    if request.param == "bubblewrap" and (reason := BubblewrapSandbox.probe()):
        pytest.skip(reason)
    os.environ["NAS_TEST_TOKEN"] = SECRET
    make: Callable[[], CellSandbox] = BubblewrapSandbox
    if request.param == "docker":
        make = lambda: DockerSandbox(IMAGE)  # noqa: E731
    with make() as hostile, make() as honest:
        target = Target(hostile, honest, record_cells(hostile))
        run = honest.run(Job(HONEST, recipe), data, LIMITS)
        assert run.outcome == "ok", run
        target.expected = run.predictions["validation"]
        yield target
    del os.environ["NAS_TEST_TOKEN"]


def record_cells(sandbox: CellSandbox) -> list[Cell]:
    """The list that will hold each cell the sandbox starts."""
    cells: list[Cell] = []
    launch = sandbox._launch

    def recorded(workload: Workload, limits: Limits) -> Cell:
        cells.append(launch(workload, limits))
        return cells[-1]

    sandbox._launch = recorded  # type: ignore[method-assign]
    return cells


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_program_is_contained(
    case: Case, target: Target, data: Workload, recipe: Recipe, truth: np.ndarray, folder: Path
) -> None:
    def warm_next(event: object = None) -> None:
        target.hostile.prewarm(data, LIMITS)

    warm_next()
    target.hostile._spares[0].wait()  # memory it takes from here on is the program's
    target.honest.prewarm(data, LIMITS)
    cell = target.cells.pop(0)
    inside = open_namespaces(cell)
    before = measure_host()
    job = Job(filled(case.program, folder, truth), recipe, send_weights=case.send_weights)
    run = target.hostile.run(job, data, LIMITS, on_event=warm_next)
    assert run.outcome in case.outcomes, run
    assert "ESCAPED" not in run.stderr_tail, run.stderr_tail
    assert len(run.message) <= 2100
    assert accuracy(run, truth) < BY_CHANCE
    assert not (folder / "canary").exists()
    assert all(type(tensor) is np.ndarray for tensor in (run.weights or {}).values())
    # The kernel reports a dead process until the system has asked for its end.
    eventually(lambda: what_is_left(cell, inside) == [])
    for namespace in inside:
        os.close(namespace)
    assert_as_before(before)
    again = target.honest.run(Job(HONEST, recipe), data, LIMITS)
    assert again.outcome == "ok", again
    assert np.array_equal(again.predictions["validation"], target.expected)


@pytest.mark.slow
def test_the_labels_are_in_no_mount(
    target: Target, data: Workload, recipe: Recipe, truth: np.ndarray, folder: Path
) -> None:
    program = filled(MOUNTS.replace("@TOP@", "/") + USE, folder, truth)
    limits = replace(LIMITS, build_seconds=200, wall_seconds=220)
    run = target.honest.run(Job(program, recipe), data, limits)
    assert run.outcome == "ok", run
    assert accuracy(run, truth) < BY_CHANCE


@pytest.mark.slow
def test_whoever_finds_labels_in_a_mount_would_be_seen_to_score(
    target: Target, data: Workload, recipe: Recipe, truth: np.ndarray, folder: Path, tmp_path: Path
) -> None:
    leaks = np.random.default_rng(1).integers(0, 255, (200, 1, 8, 8)).astype("u1")
    leaks.reshape(-1)[999 : 999 + M * 4] = np.frombuffer(truth.astype("<i4").tobytes(), "u1")
    np.save(tmp_path / "x.npy", leaks)
    leaky = replace(
        data, inputs={**data.inputs, "z": tmp_path}, n_inputs={**data.n_inputs, "z": 200}
    )
    program = MOUNTS.replace("@TOP@", "/nas/data") + USE
    run = target.honest.run(Job(filled(program, folder, truth), recipe), leaky, LIMITS)
    assert run.outcome == "ok", run
    assert accuracy(run, truth) == 1


def test_whoever_finds_labels_in_a_frame_would_be_seen_to_score(
    forked: CellSandbox, data: Workload, recipe: Recipe, truth: np.ndarray, folder: Path
) -> None:
    """The cell is a fork of this test, whose frames hold the labels."""
    program = filled(FRAMES + USE, folder, truth)
    program = program.replace("/nas/data/inputs/0/x.npy", str(folder / "validation" / "x.npy"))
    run = forked.run(Job(program, recipe), data, Limits(cpus=1))
    assert run.outcome == "ok", run
    assert accuracy(run, truth) == 1


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
    while missing := {
        name: before[name] - free
        for name, free in measure_host().items()
        if before[name] - free > TOLERANCE[name]
    }:
        assert time.monotonic() < until, f"MiB that did not come back: {missing}"
        time.sleep(0.05)


def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)
