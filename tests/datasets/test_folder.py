"""The user's own images."""

import os

import numpy as np
import pytest

from langgraph_nas.datasets import get_info, prepare
from langgraph_nas.errors import DatasetError


def load(folder, name="x.npy"):
    return np.load(folder / name, allow_pickle=False)


@pytest.mark.parametrize("test_name", ["test", "val"])
def test_train_and_test_folders_are_taken_as_they_are(write, tmp_path, test_name):
    write.folder(tmp_path / "pets" / "train", 10)
    write.folder(tmp_path / "pets" / test_name, 4)
    name = f"folder:{tmp_path / 'pets'}"
    info = get_info(name)
    assert (info.name, info.classes, info.shape) == (name, ("cat", "dog"), (3, 16, 16))
    assert (info.train_size, info.test_size, info.batch_size) == (20, 8, 16)
    data = prepare(name, cache=tmp_path / "arrays")
    assert data.n_train == 16
    shown = load(data.inputs["test"])[:, 0, 0, 0]
    assert sorted(shown.tolist()) == [0, 1, 2, 3, 100, 101, 102, 103]
    assert np.array_equal(shown // 100, data.labels["test"])
    reds = [load(data.train), load(data.inputs["validation"])]
    assert sorted(np.concatenate(reds)[:, 0, 0, 0].tolist()) == [*range(10), *range(100, 110)]
    assert np.array_equal(load(data.train)[:, 0, 0, 0] // 100, load(data.train, "y.npy"))


def test_test_is_preferred_to_val(write, tmp_path):
    write.folder(tmp_path / "train", 10)
    write.folder(tmp_path / "val", 3)
    write.folder(tmp_path / "test", 2)
    assert get_info(f"folder:{tmp_path}").test_size == 4


@pytest.mark.parametrize("place", ["pets", "pets/train"])
def test_classes_without_a_test_folder_are_split_80_to_20(write, tmp_path, place):
    write.folder(tmp_path / place, 10)
    data = prepare(f"folder:{tmp_path / 'pets'}", cache=tmp_path / "arrays", protocol="paper")
    assert data.n_train == 16
    assert np.bincount(data.labels["test"]).tolist() == [2, 2]
    reds = np.concatenate([load(data.train), load(data.inputs["test"])])[:, 0, 0, 0]
    assert sorted(reds.tolist()) == [*range(10), *range(100, 110)]


def test_a_relative_path_is_looked_for_here_and_in_the_root(write, tmp_path, monkeypatch):
    write.folder(tmp_path / "here" / "pets", 10)
    monkeypatch.chdir(tmp_path / "here")
    assert get_info("folder:pets").train_size == 16
    monkeypatch.chdir(tmp_path)
    assert get_info("folder:pets", root=tmp_path / "here").train_size == 16
    with pytest.raises(DatasetError, match=f"no folder {tmp_path / 'pets'} or {tmp_path}/root/pet"):
        get_info("folder:pets", root=tmp_path / "root")


def test_changed_images_make_new_arrays_and_leave_those_of_running_searches(write, tmp_path):
    folder = write.folder(tmp_path / "pets", 10)
    name = f"folder:{folder}"
    before = prepare(name, cache=tmp_path / "arrays")
    write.image(folder / "cat" / "99.png", (24, 20), (77, 0, 0))
    after = prepare(name, cache=tmp_path / "arrays")
    assert after.fingerprint != before.fingerprint
    assert len(load(after.train)) + len(after.labels["validation"]) == 17
    assert len(load(before.train)) == before.n_train == 13
    os.utime(folder / "cat" / "99.png", ns=(1, 1))
    assert prepare(name, cache=tmp_path / "arrays").fingerprint == after.fingerprint
    write.image(folder / "cat" / "99.png", (24, 20), (78, 0, 0))
    assert prepare(name, cache=tmp_path / "arrays").fingerprint != after.fingerprint


def test_a_folder_with_one_class_is_refused(write, tmp_path):
    write.folder(tmp_path, 10, classes=("cat",))
    with pytest.raises(DatasetError, match=f"{tmp_path} has 1 of the class folders.*at least two"):
        get_info(f"folder:{tmp_path}")


def test_an_empty_class_folder_is_named(write, tmp_path):
    write.folder(tmp_path, 10)
    (tmp_path / "emu").mkdir()
    (tmp_path / "emu" / "notes.txt").write_text("no image")
    with pytest.raises(
        DatasetError, match=f"{tmp_path / 'emu'} .1 .txt. holds no image.*remove it"
    ):
        get_info(f"folder:{tmp_path}")


def test_classes_of_test_must_be_those_of_train(write, tmp_path):
    write.folder(tmp_path / "train", 10)
    write.folder(tmp_path / "test", 2, classes=("cat", "dog", "emu"))
    with pytest.raises(DatasetError, match="emu is a class that train/ does not have"):
        get_info(f"folder:{tmp_path}")
    write.folder(tmp_path / "train", 10, classes=("cat", "dog", "emu", "fox"))
    with pytest.raises(DatasetError, match="lacks the class fox"):
        get_info(f"folder:{tmp_path}")


@pytest.mark.parametrize(
    ("name", "said"),
    [("folder:", "needs a path"), ("folder:/no/such/place", "no folder /no/such/place")],
)
def test_a_folder_that_is_not_there_is_said(name, said):
    with pytest.raises(DatasetError, match=said):
        get_info(name)
