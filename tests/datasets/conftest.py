"""Writers of small files in the official layouts, and the real data where it is at hand."""

import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable
from hashlib import md5
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from langgraph_nas.datasets.info import find_row


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder that holds data/ and tools/."""
    folder = os.environ.get("NAS_TEST_DATA")
    if not folder:
        pytest.skip("NAS_TEST_DATA is not set")
    return Path(folder)


@pytest.fixture(scope="session")
def cifar10_root(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The official cifar-10-batches-py, MD5s checked by its tool."""
    root = tmp_path_factory.mktemp("cifar10")
    tool = real_data / "tools" / "rebuild_cifar10.py"
    subprocess.run([sys.executable, tool, real_data / "data", root], check=True)
    return root


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send every download to a port where nobody answers."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")


@pytest.fixture
def prepare_row(tmp_path: Path) -> Callable:
    """Prepare a row of the table whose files were written by a test."""
    from langgraph_nas.datasets.prepare import Choice
    from langgraph_nas.datasets.prepare import prepare_row as prepare

    def call(row, root, *, protocol="validation", download=False, on_progress=print):
        return prepare(
            row,
            cache=tmp_path / "arrays",
            root=root,
            choice=Choice(43, None, protocol),
            download=download,
            on_progress=on_progress,
        )

    return call


@pytest.fixture
def row_of() -> Callable:
    """Return a row of the table by its name."""
    return lambda name, attribute="Smiling": find_row(name, root=None, attribute=attribute)


@pytest.fixture
def write() -> SimpleNamespace:
    """Writers of small data sets in the official layouts."""
    return SimpleNamespace(
        cifar100=write_cifar100,
        idx=write_idx,
        svhn=write_svhn,
        imagenette=write_imagenette,
        celeba=write_celeba,
        image=write_image,
        folder=write_folder,
    )


def write_cifar100(root: Path, n_train: int = 40, n_test: int = 20) -> dict[str, tuple]:
    """Write cifar-100-python as pickles; return the arrays, and the MD5 of each file."""
    rng = np.random.default_rng(0)
    folder = root / "cifar-100-python"
    folder.mkdir(parents=True)
    written, sums = {}, {}
    for name, n in (("train", n_train), ("test", n_test)):
        x = rng.integers(0, 256, (n, 3, 32, 32), dtype=np.uint8)
        fine = [int(v) for v in rng.integers(0, 100, n)]
        entry = {"data": x.reshape(n, -1), "fine_labels": fine, "coarse_labels": [0] * n}
        content = pickle.dumps(entry, protocol=2)
        (folder / name).write_bytes(content)
        written[name], sums[name] = (x, fine), md5(content).hexdigest()
    meta = pickle.dumps({"fine_label_names": [f"class {i}" for i in range(100)]}, protocol=2)
    (folder / "meta").write_bytes(meta)
    return {**written, "md5": {**sums, "meta": md5(meta).hexdigest()}}


def write_idx(root: Path, name: str, arrays: dict[str, tuple]) -> None:
    """Write `name`/raw as unpacked IDX files of {"train" | "t10k": (pixels, labels)}."""
    folder = root / name / "raw"
    folder.mkdir(parents=True)
    for split, (x, y) in arrays.items():
        head = struct.pack(">HBBIII", 0, 8, 3, *x.shape)
        (folder / f"{split}-images-idx3-ubyte").write_bytes(head + x.astype(np.uint8).tobytes())
        head = struct.pack(">HBBI", 0, 8, 1, len(y))
        (folder / f"{split}-labels-idx1-ubyte").write_bytes(head + y.astype(np.uint8).tobytes())


def write_svhn(root: Path) -> dict[str, tuple]:
    """Write train_32x32.mat and test_32x32.mat; the digit 0 is labelled 10 in them."""
    from scipy.io import savemat

    rng = np.random.default_rng(1)
    written = {}
    for name, n in (("train", 30), ("test", 12)):
        x = rng.integers(0, 256, (32, 32, 3, n), dtype=np.uint8)
        y = np.arange(n) % 10 + 1
        savemat(root / f"{name}_32x32.mat", {"X": x, "y": y[:, None].astype(np.uint8)})
        sum_ = md5((root / f"{name}_32x32.mat").read_bytes()).hexdigest()
        written[name] = (x.transpose(3, 2, 0, 1), y % 10, sum_)
    return written


def write_image(path: Path, size: tuple[int, int], color=(10, 20, 30), mode="RGB", **options):
    """Write an image of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, color).save(path, **options)


def write_imagenette(root: Path, per_class: int = 2) -> None:
    """Write imagenette2-160 with the official class folders, red = 20 * class."""
    from torchvision.datasets import Imagenette

    for label, wnid in enumerate(sorted(Imagenette._WNID_TO_CLASS)):
        for split in ("train", "val"):
            for k in range(per_class):
                place = root / "imagenette2-160" / split / wnid / f"{wnid}_{k}.JPEG"
                write_image(place, (213, 160), (20 * label, 100, 100), quality=95)


def write_celeba(root: Path) -> dict[str, np.ndarray]:
    """Write celeba/ with 30 faces: 20 of train, 4 of valid, 6 of test; return the attributes."""
    from langgraph_nas.datasets.class_names import CELEBA_ATTRIBUTES

    folder = root / "celeba"
    names = [f"{i + 1:06d}.jpg" for i in range(30)]
    parts = np.repeat([0, 1, 2], [20, 4, 6])
    attributes = np.random.default_rng(2).integers(0, 2, (30, 40))
    for i, name in enumerate(names):
        write_image(folder / "img_align_celeba" / name, (178, 218), (8 * i, 50, 50), quality=95)

    def table(head: list[str], rows: np.ndarray) -> str:
        lines = [f"{name} {' '.join(map(str, r))}" for name, r in zip(names, rows, strict=True)]
        return "\n".join([*head, *lines, ""])

    files = {
        "list_attr_celeba.txt": table(["30", " ".join(CELEBA_ATTRIBUTES)], 2 * attributes - 1),
        "list_eval_partition.txt": table([], parts[:, None]),
        "identity_CelebA.txt": table([], np.arange(30)[:, None]),
        "list_bbox_celeba.txt": table(["30", "x_1 y_1 width height"], np.ones((30, 4), int)),
        "list_landmarks_align_celeba.txt": table(["30", "a b"], np.ones((30, 10), int)),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return {"train": attributes[parts == 0], "test": attributes[parts == 2]}


def write_folder(path: Path, per_class: int = 10, size=(24, 20), classes=("cat", "dog")) -> Path:
    """Write a folder of classes; image k of class c has red 100 * c + k."""
    for c, name in enumerate(classes):
        for k in range(per_class):
            write_image(path / name / f"{k:02d}.png", size, (100 * c + k, 5, 6))
    return path
