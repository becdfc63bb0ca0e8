"""Where the time of small candidates goes: `evaluate.py --only small`.

Three networks that a search on small images meets, each in a fresh sandbox several times: until the
sandbox is ready, wall and CPU; then by stage; beside it the bare arithmetic of the same steps and
a plain Python process that imports torch and does nothing.
"""

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from langgraph_nas.datasets.prepare import prepare
from langgraph_nas.sandbox import open_sandbox
from langgraph_nas.sandbox.base import Job, Limits, Recipe, Run, Workload

REPEATS = 5
BATCH = 128
LIMITS = Limits(cpus=1)
BARE = Path(__file__).with_name("bare.py")
LOOKS = ("parse", "build", "forward", "preflight")

LAYERS = {
    "linear": "nn.Flatten(), nn.LazyLinear(64), nn.ReLU(), nn.Linear(64, 10)",
    "conv": "nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), "
    "nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2), "
    "nn.Flatten(), nn.Linear(128, 10)",
    "batch norm": "nn.Conv2d(1, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), "
    "nn.Conv2d(32, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), "
    "nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), "
    "nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 10)",
}
PROGRAM = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential({layers})

    def forward(self, x):
        return self.layers(x)
"""


@dataclass(frozen=True)
class Images:
    """A data set as a sandbox takes it."""

    name: str
    workload: Workload
    n_train: int
    n_scored: int


def measure(kind: str) -> None:
    """Print one table for each size of images."""
    plain = min(cpu_of_import() for _ in range(3))
    print(f"\n`import torch` in a plain Python: {plain:.2f} s of CPU")
    with tempfile.TemporaryDirectory() as folder:
        for images in (digits(), fashion(Path(folder))):
            print(
                f"\n{images.name}: {images.n_train} images to train on, {images.n_scored} scored"
                "\n\n| network | until ready s | CPU s until ready | looks ms | training ms "
                "| prediction ms | rest ms | bare arithmetic ms | beside arithmetic ms |"
                "\n|---|---|---|---|---|---|---|---|---|"
            )
            for name, layers in LAYERS.items():
                program = PROGRAM.format(layers=layers)
                print(row(name, program, images, kind, Path(folder)), flush=True)


def row(name: str, program: str, images: Images, kind: str, folder: Path) -> str:
    """Return a line of the table: medians of several sandboxes."""
    runs, ready, cpu = [], [], []
    for _ in range(REPEATS):
        run, wall, spent = once(program, images, kind)
        runs.append(run)
        ready.append(wall)
        cpu.append(spent)
    looks = median_ms([sum(run.seconds.get(s, 0) for s in LOOKS) for run in runs])
    train = median_ms([run.seconds["train"] for run in runs])
    predict = median_ms([run.seconds["predict"] for run in runs])
    total = median_ms([run.seconds["total"] for run in runs])
    bare = median_ms([bare_seconds(program, images, folder) for _ in range(REPEATS)])
    parts = [looks, train, predict, max(0.0, total - looks - train - predict), bare, total - bare]
    shown = " | ".join(f"{part:.0f}" for part in parts)
    return f"| {name} | {statistics.median(ready):.2f} | {statistics.median(cpu):.2f} | {shown} |"


def once(program: str, images: Images, kind: str) -> tuple[Run, float, float]:
    """Return a run in a fresh sandbox, and the wall and CPU seconds until that was ready."""
    with open_sandbox(kind) as sandbox:  # type: ignore[arg-type]
        began = time.perf_counter()
        sandbox.prewarm(images.workload, LIMITS)
        assert sandbox.launch_problem(until_ready=True) is None
        wall, spent = time.perf_counter() - began, cpu_of_descendants()
        run = sandbox.run(Job(program, recipe()), images.workload, LIMITS)
    assert run.outcome == "ok", run.message
    return run, wall, spent


def recipe() -> Recipe:
    """Return how a search trains a candidate."""
    return Recipe(1, BATCH, 0.01, 0.9, 5e-4, 43, (0.5,), (0.5,), memory_format="measured")


def bare_seconds(program: str, images: Images, folder: Path) -> float:
    """Return the seconds of the arithmetic alone."""
    file = folder / "program.py"
    file.write_text(program)
    shape = ",".join(map(str, images.workload.shape))
    numbers = (images.n_train, images.n_scored, BATCH, 1)
    command = [sys.executable, str(BARE), "arithmetic", str(file), *map(str, numbers), "cpu", shape]
    done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return float(done["train"] + done["test"])


def digits() -> Images:
    """Return scikit-learn's digits as a search splits them."""
    data = prepare("digits")
    scored = {"validation": data.inputs["validation"]}
    n_scored = len(np.load(scored["validation"] / "x.npy", mmap_mode="r"))
    n_train = len(np.load(data.train / "y.npy"))
    n_classes = len(data.info.classes)
    workload = Workload(data.train, scored, data.info.shape, n_classes, {"validation": n_scored})
    return Images("digits, 8x8", workload, n_train, n_scored)


def fashion(folder: Path) -> Images:
    """Return the part of Fashion-MNIST that lies in NAS_TEST_DATA."""
    root = os.environ.get("NAS_TEST_DATA")
    if root is None:
        sys.exit("set NAS_TEST_DATA to a folder that holds data/fashion_mnist_10k_2k.npz")
    held = np.load(Path(root) / "data" / "fashion_mnist_10k_2k.npz")
    for part in ("train", "test"):
        (folder / part).mkdir()
        x = held[f"x_{part}"].reshape(-1, 1, 28, 28).astype(np.uint8)
        np.save(folder / part / "x.npy", x)
        np.save(folder / part / "y.npy", held[f"y_{part}"].astype(np.int64))
    n_train, n_scored = len(held["y_train"]), len(held["y_test"])
    workload = Workload(
        folder / "train", {"test": folder / "test"}, (1, 28, 28), 10, {"test": n_scored}
    )
    return Images("Fashion-MNIST, 28x28", workload, n_train, n_scored)


def median_ms(seconds: list[float]) -> float:
    """Return the median in milliseconds."""
    return 1000 * statistics.median(seconds)


def cpu_of_import() -> float:
    """Return the CPU seconds of a plain Python that imports torch."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cpu_of_descendants() -> float:
    """Return the CPU seconds of this process's children, theirs and so on, as far as they live."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            pid = int(stat.parent.name)
            parents[pid], ticks[pid] = int(fields[1]), sum(map(int, fields[11:15]))
    return sum(t for pid, t in ticks.items() if is_below(pid, parents)) / os.sysconf("SC_CLK_TCK")


def is_below(pid: int, parents: dict[int, int]) -> bool:
    """Tell whether a process comes from this one."""
    while pid := parents.get(pid, 0):
        if pid == os.getpid():
            return True
    return False
