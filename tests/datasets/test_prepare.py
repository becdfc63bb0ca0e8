"""Preparing the digits, the one data set that is always at hand."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from langgraph_nas.datasets import default_cache, default_root, get_info, prepare
from langgraph_nas.errors import DatasetError


def images_with_labels(x: np.ndarray, y: np.ndarray) -> Counter:
    return Counter((image.tobytes(), int(label)) for image, label in zip(x, y, strict=True))


def load(folder: Path, name: str = "x.npy") -> np.ndarray:
    return np.load(folder / name, allow_pickle=False)


def test_digits_come_as_uint8_images_and_int64_labels(tmp_path):
    data = prepare("digits", cache=tmp_path)
    x, y = load(data.train), load(data.train, "y.npy")
    assert (x.dtype, x.shape, x.flags.c_contiguous) == (np.uint8, (data.n_train, 1, 8, 8), True)
    assert (y.dtype, y.shape) == (np.int64, (data.n_train,))
    assert (x.min(), x.max()) == (0, 255)
    for split, labels in data.labels.items():
        assert load(data.inputs[split]).shape == (len(labels), 1, 8, 8)
        assert labels.dtype == np.int64
    assert data.scored_split == "validation"
    assert data.info == get_info("digits")
    assert data.info.mean[0] == pytest.approx(x.mean() / 255, abs=0.01)
    assert data.info.std[0] == pytest.approx(x.std() / 255, abs=0.01)


def test_the_splits_are_all_digits_once_each_with_their_own_label(tmp_path):
    from sklearn.datasets import load_digits

    data = prepare("digits", cache=tmp_path)
    found = images_with_labels(load(data.train), load(data.train, "y.npy"))
    for split, labels in data.labels.items():
        found += images_with_labels(load(data.inputs[split]), labels)
    official = load_digits()
    pixels = np.rint(official.images * 255 / 16).astype(np.uint8)[:, None]
    assert found == images_with_labels(pixels, official.target)


def test_the_papers_protocol_trains_on_all_of_train_and_scores_on_test(tmp_path):
    paper = prepare("digits", cache=tmp_path, protocol="paper")
    usual = prepare("digits", cache=tmp_path)
    assert paper.n_train == usual.info.train_size == len(load(paper.train))
    assert paper.scored_split == "test"
    assert list(paper.inputs) == list(paper.labels) == ["test"]
    assert np.array_equal(paper.labels["test"], usual.labels["test"])
    few = prepare("digits", cache=tmp_path, protocol="paper", train_samples=50)
    assert few.n_train == len(load(few.train)) == 50


def test_training_samples_count_after_validation_was_held_out(tmp_path):
    few = prepare("digits", cache=tmp_path, train_samples=100)
    usual = prepare("digits", cache=tmp_path)
    assert few.n_train == len(load(few.train)) == 100
    assert np.array_equal(load(few.train), load(usual.train)[:100])
    assert np.array_equal(few.labels["validation"], usual.labels["validation"])


def test_more_samples_than_there_are_names_how_many_there_are(tmp_path):
    with pytest.raises(DatasetError, match=r"5,000 training samples.*there are 1,151 \(1,438 less"):
        prepare("digits", cache=tmp_path, train_samples=5_000)


def test_the_same_seed_gives_the_same_data_in_another_cache(tmp_path):
    first, again = (prepare("digits", cache=tmp_path / name, seed=5) for name in "ab")
    other = prepare("digits", cache=tmp_path / "a", seed=6)
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert first.train.joinpath("x.npy").read_bytes() == again.train.joinpath("x.npy").read_bytes()
    assert not np.array_equal(first.labels["validation"], other.labels["validation"])
    assert np.array_equal(first.labels["test"], other.labels["test"])


@pytest.mark.parametrize("protocol", ["validation", "paper"])
def test_labels_of_the_scored_splits_are_below_no_mounted_folder(tmp_path, protocol):
    data = prepare("digits", cache=tmp_path, protocol=protocol)
    mounted = [data.train, *data.inputs.values()]
    files = [file for folder in mounted for file in folder.rglob("*")]
    expected = {data.train / "x.npy", data.train / "y.npy"}
    assert set(files) == expected | {folder / "x.npy" for folder in data.inputs.values()}
    assert not any(file.is_symlink() for file in (*files, *mounted))
    for labels in data.labels.values():
        forms = [labels.astype(kind).tobytes() for kind in ("i8", "i4", "i2", "u1")]
        assert not any(form in file.read_bytes() for form in forms for file in files)


def test_another_user_can_read_all_that_is_mounted_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        data = prepare("digits", cache=tmp_path / "arrays")
    finally:
        os.umask(before)
    home = data.train.parent.parent
    for path in (home, *(p for p in home.rglob("*") if p.name != ".lock")):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


def test_the_test_images_lie_on_disk_once(tmp_path):
    first = prepare("digits", cache=tmp_path, seed=1).inputs["test"] / "x.npy"
    second = prepare("digits", cache=tmp_path, seed=2).inputs["test"] / "x.npy"
    assert first != second
    assert first.samefile(second)


def test_progress_is_told_while_images_are_decoded(tmp_path):
    seen = []
    prepare("digits", cache=tmp_path, on_progress=lambda *step: seen.append(step))
    assert ("digits: decoding train", 1438, 1438) in seen
    seen.clear()
    prepare("digits", cache=tmp_path, on_progress=lambda *step: seen.append(step))
    assert seen == []


def test_nas_cache_moves_both_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("NAS_CACHE", str(tmp_path))
    assert (default_cache(), default_root()) == (tmp_path / "arrays", tmp_path / "data")
    assert tmp_path / "arrays" in prepare("digits").train.parents
    monkeypatch.delenv("NAS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache().name == "arrays"
    assert "langgraph-nas" in default_cache().parts
