"""An export classifies image files as well as the search said, with nothing of ours installed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.searched import record_search
from PIL import Image
from safetensors.numpy import save_file

from langgraph_nas import export
from langgraph_nas.datasets import PreparedData, pixels

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.LazyBatchNorm1d(),
            nn.LazyLinear(64), nn.ReLU(), nn.Linear(64, {n}),
        )
    def forward(self, x):
        return self.body(x)
"""
OUTSIDE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.mixed = torch.randperm(64)  # no buffer
        self.last = nn.Linear(64, 10)
    def forward(self, x):
        return self.last(x.flatten(1)[:, self.mixed])
"""
SCRIPT = """
import argparse
import no_such_plots
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=24)
    args = parser.parse_args()
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, args.width), nn.ReLU())
            self.head = nn.Linear(args.width, 10)
        def forward(self, x):
            return self.head(self.body(x))
    net = Net()
    for step in range(3):
        net(torch.randn(2, 1, 8, 8)).sum().backward()
        print("step", step)
"""
ANSWER = re.compile(r"^(?P<file>.+): (?P<name>.+)$", re.MULTILINE)


def predict(folder: Path, *images: Path) -> subprocess.CompletedProcess[str]:
    """Run predict.py as somebody does who has but its packages."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, folder / "predict.py", *images]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def accuracy(done: subprocess.CompletedProcess[str], truth: dict[Path, str]) -> float:
    found = {Path(match["file"]): match["name"] for match in ANSWER.finditer(done.stdout)}
    assert found.keys() == truth.keys(), done.stderr
    return float(np.mean([found[path] == name for path, name in truth.items()]))


def save_digits(folder: Path, scale: Callable[[np.ndarray], np.ndarray]) -> dict[Path, str]:
    """Write the test images as scikit-learn has them, each value scaled, and return their names."""
    from sklearn.datasets import load_digits

    from langgraph_nas.datasets.splits import split_off_test

    official, truth = load_digits(), {}
    folder.mkdir()
    for number in split_off_test(official.target)[1]:
        path = folder / f"{number}.png"
        Image.fromarray(scale(official.images[number]).astype(np.uint8)).save(path)
        truth[path] = str(official.target[number])
    return truth


def save_odd_images(folder: Path) -> Path:
    """Write transparent sketches, 12-bit scans and turned photos of two kinds of shapes."""
    rng = np.random.default_rng(0)
    for split, n in (("Training", 40), ("Testing", 15)):
        for name in ("bar", "block"):
            (folder / split / name).mkdir(parents=True)
            for k in range(n):
                mask = np.zeros((40, 56), np.uint8)
                y, x = rng.integers(4, 20, 2)
                mask[y : y + (3 if name == "bar" else 14), x : x + 14] = 255
                save_odd_image(mask, folder / split / name / f"{k:02d}", k % 3)
    return folder


def save_odd_image(mask: np.ndarray, path: Path, kind: int) -> None:
    if kind == 0:
        ink = Image.new("L", mask.shape[::-1], 0)
        Image.merge("LA", [ink, Image.fromarray(mask)]).save(path.with_suffix(".png"))
    elif kind == 1:
        deep = 4080 - mask.astype(np.uint16) * 16
        Image.fromarray(deep).save(path.with_suffix(".tif"))
    else:
        exif = Image.Exif()
        exif[0x0112] = 3
        turned = Image.fromarray(255 - mask[::-1, ::-1])
        turned.save(path.with_suffix(".jpg"), exif=exif, quality=95)


@pytest.fixture
def run_export(tmp_path: Path) -> Callable[..., Any]:
    """Export a program's network, trained in a process of its own."""

    def call(text: str, **settings: Any) -> Any:
        record_search(tmp_path / "s.db", [(text, 0.5)], **settings)
        return export("s", tmp_path / "out", database=tmp_path / "s.db")

    return call


# Two trainings on 1,151 images and a start of torch for each command: 15 s.
@pytest.mark.slow(seconds=20)
def test_the_digits_are_classified_as_well_as_was_said(run_export, tmp_path: Path) -> None:
    result = run_export(NET.format(n=10), epochs=3)
    assert result.problem is None
    assert result.test_accuracy > 0.8
    scales = {"bytes": lambda x: np.rint(x * 255 / 16), "official": lambda x: x}
    for name, scale in scales.items():
        truth = save_digits(tmp_path / name, scale)
        found = accuracy(predict(tmp_path / "out", tmp_path / name), truth)
        assert found == pytest.approx(result.test_accuracy, abs=0.003), name


# As above: 12 s.
@pytest.mark.slow(seconds=15)
def test_a_users_odd_images_are_classified_as_well_as_was_said(run_export, tmp_path: Path) -> None:
    folder = save_odd_images(tmp_path / "shapes")
    result = run_export(NET.format(n=2), dataset=f"folder:{folder}", epochs=30)
    assert result.problem is None
    assert result.test_accuracy > 0.8
    truth = {path: path.parent.name for path in (folder / "Testing").glob("*/*")}
    done = predict(tmp_path / "out", folder / "Testing")
    assert accuracy(done, truth) == pytest.approx(result.test_accuracy, abs=0.001)
    recipe = json.loads((tmp_path / "out" / "settings.json").read_text())["preprocessing"]
    assert recipe["resize"]["short_side"] == 32
    assert (recipe["reading"]["low"], recipe["reading"]["high"]) == (0, 4080)
    assert recipe["classes"] == ["bar", "block"]


# One training, and another start of a sandbox: 8 s.
@pytest.mark.slow(seconds=10)
def test_a_network_that_keeps_something_outside_its_weights_is_found_out(run_export) -> None:
    result = run_export(OUTSIDE, epochs=3)
    assert "the weights load, but the network then scores" in result.problem


# One training, another start of a sandbox, and one of Python: 12 s.
@pytest.mark.slow(seconds=10)
def test_a_script_becomes_a_module_that_any_program_imports(run_export, tmp_path: Path) -> None:
    result = run_export(SCRIPT, epochs=2)
    assert (result.problem, result.needs_a_pass) == (None, False)
    use = (
        "import sys\nfrom network import Net\nfrom safetensors.torch import load_file\n"
        "Net().load_state_dict(load_file('weights.safetensors'))\nprint(sys.argv[1:])"
    )
    command = [sys.executable, "-c", use, "--rate", "3"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "out")}
    done = subprocess.run(
        command, cwd=tmp_path / "out", env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("['--rate', '3']\n", "")


@pytest.fixture
def exported(digits: PreparedData, tmp_path: Path) -> Path:
    """An export whose network says how bright an image is, made without a sandbox."""
    info = digits.info
    folder = tmp_path / "out"
    folder.mkdir()
    shutil.copy(pixels.__file__, folder / "predict.py")
    (folder / "network.py").write_text(
        "import argparse, torch\n"
        "argparse.ArgumentParser().parse_args()\n"
        "class Net(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.scale = torch.nn.Parameter(torch.zeros(1))\n"
        "    def forward(self, x):\n"
        "        m = self.scale * x.mean((1, 2, 3))\n"
        "        return torch.stack([-m, m], 1)\n"
    )
    save_file({"scale": np.full(1, 5, np.float32)}, folder / "weights.safetensors")
    settings = {
        **{"mean": [0.5], "std": [0.5], "classes": ["dark", "light"]},
        **{"preprocessing": {"reading": {"mode": "L", "side": 8}}, "input_shape": info.shape},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    return folder


def test_files_are_classified_and_those_that_can_not_be_read_are_named(
    exported: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Image.new("L", (9, 9), 250).save(tmp_path / "white.png")
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("RGB", (9, 9), (3, 3, 3)).save(tmp_path / "black.jpg")
    (tmp_path / "broken.png").write_bytes(b"")
    monkeypatch.setattr(pixels, "__file__", str(exported / "predict.py"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, "network", None)  # to be forgotten in the end
    del sys.modules["network"]
    names = ("white.png", "clear.png", "black.jpg", "broken.png")
    assert pixels.main([str(tmp_path / name) for name in names]) == 1
    said = capsys.readouterr()
    found = {Path(m["file"]).name: m["name"] for m in ANSWER.finditer(said.out)}
    assert found == {"white.png": "light", "clear.png": "light", "black.jpg": "dark"}
    assert re.search(r"^  0\.99\d\d  light$", said.out, re.MULTILINE)
    assert "broken.png can't be read" in said.err
    assert (pixels.main([]), pixels.main(["--help"])) == (2, 0)
    assert "usage: python predict.py IMAGE" in capsys.readouterr().out
