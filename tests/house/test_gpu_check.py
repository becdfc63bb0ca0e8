"""`make gpu-check` runs without a GPU, too, so that it works on the day on which there is one."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks" / "gpu.py"
PARTS = "overhead,arithmetics,memory,hang,latency,parallel,share,determinism"
PROGRAM = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2)
        self.fc = nn.Linear(8 * 15 * 15, 10)

    def forward(self, x):
        return self.fc(F.relu(self.conv(x)).flatten(1))
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A batch of CIFAR-10's form, and transcripts with one program."""
    random = np.random.default_rng(0)
    batch = {
        b"data": random.integers(0, 256, (400, 3072), dtype=np.uint8),
        b"labels": random.integers(0, 10, 400).tolist(),
    }
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(batch))
    (tmp_path / "programs.jsonl").write_text(json.dumps({"code": PROGRAM}) + "\n")
    return [str(tmp_path / "data_batch_1"), str(tmp_path / "programs.jsonl"), "--programs", "1"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.slow(seconds=100)
def test_all_of_it_passes_on_a_cpu(files: list[str], tmp_path: Path) -> None:
    out = tmp_path / "gpu.json"
    done = run(*files, "--device", "cpu", "--quick", "--json", str(out))
    assert done.stdout.rstrip().endswith("PASS"), done.stdout + done.stderr
    result = json.loads(out.read_text())
    assert result["passed"]
    rows = {row["check"]: row for row in result["rows"]}
    assert {"sandbox", "overhead of program 1", "a hang in a kernel", "two at a time"} <= set(rows)
    assert rows["program 1 twice"]["equal"] == rows["program 1 twice"]["tensors"] == 4
    assert [row for row in rows.values() if row["passed"] is False] == []
    assert all(f"({part}: " in done.stdout for part in PARTS.split(","))


@pytest.mark.slow(seconds=10)
def test_what_is_wrong_fails_and_the_rest_goes_on(files: list[str]) -> None:
    Path(files[1]).write_text(json.dumps({"code": PROGRAM.replace("15 * 15", "14")}) + "\n")
    done = run(*files, "--device", "cpu", "--quick", "--only", "latency,determinism")
    assert done.returncode == 1
    assert "FAILED: latency, program 1 twice" in done.stdout.rstrip().splitlines()[-1]


@pytest.mark.skipif(torch.cuda.is_available(), reason="here is a GPU")
def test_without_a_gpu_it_says_so(files: list[str]) -> None:
    done = run(*files)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no NVIDIA GPU that this torch can use" in done.stderr


def test_a_part_that_there_is_not_is_refused(files: list[str]) -> None:
    done = run(*files, "--device", "cpu", "--only", "speed")
    assert (done.returncode, done.stdout) == (1, "")
    assert PARTS.replace(",", ", ") in done.stderr
