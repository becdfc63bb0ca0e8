"""Folders of classes with the splits in them, and layouts that are neither this nor that."""

import shutil

import numpy as np
import pytest

from langgraph_nas.datasets import prepare
from langgraph_nas.datasets.folder import scan
from langgraph_nas.errors import DatasetError


@pytest.fixture
def lay(write, tmp_path):
    """Write a few images into each of these folders, each image another one."""

    def call(*places: str, n: int = 6):
        for number, place in enumerate(places):
            for k in range(n):
                write.image(tmp_path / "pets" / place / f"{k}.png", (9, 9), (20 * number, k, 0))
        return tmp_path / "pets"

    return call


@pytest.mark.parametrize(
    ("train", "test"),
    [
        *(("train", "test"), ("Training", "Testing"), ("TRAIN", "val"), ("trainset", "valid")),
        *(("images/train", "images/test"), ("seg_train", "seg_test"), ("01-train", "02-test")),
    ],
)
def test_splits_in_the_folder_of_each_class_are_taken_as_they_are(lay, train, test):
    folder = lay(*(f"{name}/{split}" for name in ("cat", "dog") for split in (train, test)))
    found = scan(folder)
    assert found.classes == ("cat", "dog")
    for files, split in ((found.train, train), (found.test, test)):
        assert np.bincount(files.labels).tolist() == [6, 6]
        for path, label in zip(files.paths, files.labels, strict=True):
            assert path.parent == folder / found.classes[label] / split
    assert f"12 test images from {test.rpartition('/')[2]}/ in each." in found.notes[0]


def test_each_class_may_spell_them_in_its_own_way(lay):
    found = scan(lay("cat/Train", "cat/TEST", "dog/training", "dog/test_set"))
    assert {path.parent.name for path in found.train.paths} == {"Train", "training"}
    assert {path.parent.name for path in found.test.paths} == {"TEST", "test_set"}


def test_they_are_read_as_pixels_of_their_own(lay, tmp_path):
    folder = lay("cat/train", "cat/test", "dog/train", "dog/test", n=10)
    data = prepare(f"folder:{folder}", cache=tmp_path / "arrays", protocol="paper")
    reds = np.load(data.inputs["test"] / "x.npy")[:, 0, 0, 0]
    assert np.array_equal(reds, np.where(data.labels["test"] == 0, 20, 60))


def test_validation_and_what_else_lies_there_is_told_and_left_out(lay, write):
    folder = lay(
        *(f"{n}/{s}" for n in ("cat", "dog") for s in ("train", "test", "val")), "cat/more"
    )
    write.image(folder / "cat" / "loose.png", (9, 9))
    found = scan(folder)
    assert {path.parent.name for path in found.train.paths} == {"train"}
    assert {path.parent.name for path in found.test.paths} == {"test"}
    assert "not used (cat/more, cat/val, dog/val)" in found.notes[1]
    assert "1 image beside the folders of the splits" in found.notes[1]


def test_a_test_folder_beside_the_classes_serves_where_they_have_none(lay):
    found = scan(lay("cat/train", "dog/train", "test/cat", "test/dog"))
    assert {path.parent.parent.name for path in found.test.paths} == {"test"}
    assert {path.parent.name for path in found.train.paths} == {"train"}


def test_without_any_test_it_is_held_out(lay):
    found = scan(lay("cat/train", "dog/train", n=10))
    assert (len(found.train.paths), len(found.test.paths)) == (16, 4)


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (["cat/train", "cat/test", "dog"], "there is cat/train/, but nothing of its kind in dog/"),
        (["cat/train", "dog"], "there is cat/train/, but nothing of its kind in dog/"),
        (["cat/train", "cat/test", "dog/train"], "cat/test/, but nothing of its kind in dog/"),
        (["cat/train", "cat/val", "dog/train", "dog/test"], "cat/test/|dog/test/, but nothing"),
        (["cat/test", "cat", "dog/test", "dog"], "for test or validation in cat/, dog/ but none"),
        (["cat/a/train", "cat/a/test", "cat/b", "dog/b"], "cat/a, deep in the folder of a class"),
        (["train/cat/a/train", "train/cat/a/val", "train/dog"], "train/cat/a, deep in the folder"),
        (
            [f"{d}/{s}/{c}" for d in ("photo", "sketch") for s in ("train", "val") for c in "xy"],
            "x, y lie in each of photo/train/, sketch/train/.*such as folder:.*pets/photo",
        ),
        (
            ["cat_train", "cat_test", "dog_train", "dog_test"],
            "cat_test/, cat_train/, dog_test/, dog_train/, each named after a class and a split",
        ),
        (["archive/train/cat", "archive/train/dog", "demo"], "alone .*folder:.*/pets/archive"),
    ],
)
def test_what_would_mix_the_splits_is_refused(lay, places, said):
    with pytest.raises(DatasetError, match=f"/pets.*{said}"):
        scan(lay(*places))


@pytest.mark.parametrize(
    "places",
    [
        ["vehicles/car", "vehicles/train", "animals/cat", "animals/dog"],
        ["cat/day1", "cat/day2", "dog/day1", "dog/day2"],
        ["cat_train", "cat_test", "dog"],
    ],
)
def test_what_only_looks_like_splits_is_not_taken_for_them(lay, places):
    found = scan(lay(*places))
    assert len(found.train.paths) + len(found.test.paths) == 6 * len(places)
    assert len(found.classes) == len({place.split("/")[0] for place in places})


def test_a_train_without_classes_beside_classes_and_test_is_no_class(lay):
    found = scan(lay("cat", "dog", "train", "test/cat", "test/dog"))
    assert found.classes == ("cat", "dog")
    assert "not used (train, which has no folders of classes)" in found.notes[1]
    again = scan(
        lay("train", "test/train", "car", "test/car", "test/cat", "test/dog", "cat", "dog")
    )
    assert again.classes == ("car", "cat", "dog", "train")


def test_label_files_beside_the_images_are_no_class(lay):
    folder = lay("images/train/cat", "images/train/dog", "images/val/cat", "images/val/dog")
    (folder / "labels" / "train").mkdir(parents=True)
    (folder / "labels" / "train" / "1.txt").write_text("0 0.5 0.5 1 1")
    found = scan(folder)
    assert found.classes == ("cat", "dog")
    assert len(found.test.paths) == 12
    assert "folders without images (1 labels)" in found.notes[1]


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (["images/train", "images/val"], "train/, val/ but no folder of images per class"),
        (["train/images", "valid/images"], "train has 1 of the class folders"),
        (["images"], "has 1 of the class folders"),
    ],
)
def test_labels_in_files_are_refused(lay, places, said):
    folder = lay(*places)
    for place in places:
        labels = folder / place.replace("images", "labels")
        labels.mkdir(parents=True)
        (labels / "1.txt").write_text("0 0.5 0.5 1 1")
    with pytest.raises(DatasetError, match=said):
        scan(folder)


@pytest.mark.parametrize(
    "places", [["images", "masks"], ["img/train", "img/test", "gt/train", "gt/test"]]
)
def test_labels_in_pictures_are_refused(lay, places):
    with pytest.raises(DatasetError, match="labels in files or pictures are not read"):
        scan(lay(*places))


@pytest.mark.parametrize("wrapper", ["pets", "archive/pets", "dataset/dataset", "my/own/pets v2"])
def test_folders_around_it_are_looked_into(lay, tmp_path, wrapper):
    lay("cat/train", "cat/test", "dog/train", "dog/test")
    shutil.copytree(tmp_path / "pets", tmp_path / "out" / wrapper)
    found = scan(tmp_path / "out")
    assert found.classes == ("cat", "dog")
    assert len(found.test.paths) == 12


@pytest.mark.parametrize("inner", ["animals", "some/more/animals"])
def test_one_folder_that_may_be_the_data_set_is_named(lay, inner):
    folder = lay(f"{inner}/cat", f"{inner}/dog")
    with pytest.raises(DatasetError, match=f"1 of the class.*Or give .*folder:{folder}/{inner} it"):
        scan(folder)


def test_a_split_that_is_a_link_to_that_of_another_class_is_refused(lay):
    folder = lay("cat/train", "cat/test", "dog/train")
    (folder / "dog" / "test").symlink_to(folder / "cat" / "test")
    with pytest.raises(DatasetError, match="dog/test is a link to images that are read elsewhere"):
        scan(folder)
