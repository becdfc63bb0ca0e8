"""MNIST's files packed, all in one folder: as published, and as Debian ships Fashion-MNIST."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from langgraph_nas.datasets.info import find_row
from langgraph_nas.datasets.sources import read_split
from langgraph_nas.datasets.table import Row
from langgraph_nas.errors import DatasetError

BRIGHT, DARK = 73, 33  # means of Fashion-MNIST and MNIST, in 0..255


def write(path: Path, values: np.ndarray) -> None:  # type: ignore[type-arg]
    head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes()
    path.write_bytes(gzip.compress(head + values.tobytes()))


@pytest.fixture
def fashion() -> Row:
    return replace(
        find_row("fashion-mnist", root=None, attribute="Smiling"), train_size=20, test_size=10
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for part, n in (("train", 20), ("t10k", 10)):
        images = np.full((n, 28, 28), BRIGHT, np.uint8)
        images[:, 0, 0] = np.arange(n)
        write(tmp_path / f"{part}-images-idx3-ubyte.gz", images)
        write(tmp_path / f"{part}-labels-idx1-ubyte.gz", np.arange(n, dtype=np.uint8) % 10)
    return tmp_path


def read(row: Row, split: str, root: Path) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    images = read_split(row, split, root=root, download=False)  # type: ignore[arg-type]
    return np.concatenate(list(images.batches)), images.labels


@pytest.mark.parametrize(("split", "n"), [("train", 20), ("test", 10)])
def test_packed_files_are_read_where_they_lie(split: str, n: int, fashion: Row, root: Path) -> None:
    before = sorted(root.iterdir())
    images, labels = read(fashion, split, root)
    assert images.shape == (n, 1, 28, 28)
    assert images[:, 0, 0, 0].tolist() == list(range(n))
    assert labels.tolist() == [i % 10 for i in range(n)]
    assert sorted(root.iterdir()) == before


def test_mnist_is_not_taken_for_fashion_mnist(fashion: Row, root: Path) -> None:
    write(root / "train-images-idx3-ubyte.gz", np.full((20, 28, 28), DARK, np.uint8))
    with pytest.raises(DatasetError, match=r"another data set: mean brightness 0\.13, not 0\.29"):
        read(fashion, "train", root)


@pytest.mark.parametrize("cut", [5, 40])
def test_a_damaged_file_is_named(cut: int, fashion: Row, root: Path) -> None:
    path = root / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DatasetError, match="train-images-idx3-ubyte.gz is damaged"):
        read(fashion, "train", root)


def test_a_file_that_is_shorter_than_it_says_is_named(fashion: Row, root: Path) -> None:
    path = root / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1]))
    with pytest.raises(DatasetError, match="has not as many values as it says"):
        read(fashion, "test", root)


DEBIAN = Path("/usr/share/datasets/fashion-mnist")


@pytest.mark.slow
@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_debians_fashion_mnist_is_read() -> None:
    row = find_row("fashion-mnist", root=None, attribute="Smiling")
    images, labels = read(row, "train", DEBIAN)
    assert images.shape == (60_000, 1, 28, 28)
    assert np.bincount(labels).tolist() == [6_000] * 10
    assert images.mean() / 255 == pytest.approx(row.mean[0], abs=1e-3)
