"""What in a user's folder is data: hidden files, links, names of splits, odd names."""

import os
import shutil

import numpy as np
import pytest

from langgraph_nas.datasets import get_info, prepare
from langgraph_nas.datasets.folder import scan
from langgraph_nas.datasets.split_names import split_kind
from langgraph_nas.errors import DatasetError


def test_hidden_and_system_files_and_folders_are_no_data_and_are_told(write, tmp_path):
    write.folder(tmp_path, 10)
    places = (
        "cat/.ipynb_checkpoints",
        "cat/@eaDir/00.png",
        "dog/.git",
        "dog/System Volume Information",
    )
    places += ("__MACOSX/cat", "$RECYCLE.BIN", "#recycle", ".Trash-1000", "dog/Lost+Found")
    for place in places:
        write.image(tmp_path / place / "copy.png", (24, 20), (1, 2, 3))
    for name in ("._00.png", "~01.jpg", ".hidden.png", "Thumbs.db", "desktop.ini", ".DS_Store"):
        (tmp_path / "cat" / name).write_bytes(b"\0\5\x16\7")
    found = scan(tmp_path)
    assert found.classes == ("cat", "dog")
    assert len(found.train.paths) + len(found.test.paths) == 20
    [left] = [note for note in found.notes if note.startswith("Left out:")]
    for name in (".ipynb_checkpoints", "@eaDir", "__MACOSX", "$RECYCLE.BIN", "._*", "Thumbs.db"):
        assert f"1 {name}" in left


def test_noise_beside_its_hidden_copies_is_scored_as_noise_alone(write, tmp_path):
    plain, copied = (write.folder(tmp_path / name, 10) for name in ("plain", "copied"))
    for path in sorted(copied.rglob("*.png")):
        (path.parent / ".ipynb_checkpoints").mkdir(exist_ok=True)
        shutil.copy(path, path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.png")
    first, second = (prepare(f"folder:{f}", cache=tmp_path / "arrays") for f in (plain, copied))
    assert first.fingerprint == second.fingerprint


def test_links_that_lead_back_add_nothing(write, tmp_path):
    write.folder(tmp_path, 10)
    (tmp_path / "cat" / "all").symlink_to("..", target_is_directory=True)
    (tmp_path / "dog" / "cats").symlink_to("../cat", target_is_directory=True)
    (tmp_path / "everything").symlink_to(".", target_is_directory=True)
    (tmp_path / "kitten").symlink_to("cat", target_is_directory=True)
    (tmp_path / "dog" / "self").symlink_to("self", target_is_directory=True)
    (tmp_path / "dog" / "again.png").symlink_to("00.png")
    os.link(tmp_path / "dog" / "01.png", tmp_path / "dog" / "zz.png")
    found = scan(tmp_path)
    assert found.classes == ("cat", "dog")
    assert np.bincount(found.train.labels).tolist() == [8, 8]
    assert "links to folders that are read anyway (4)" in found.notes[1]
    assert "further names of images that are read already (2)" in found.notes[1]


def test_a_link_to_images_elsewhere_is_followed_once_and_what_is_real_comes_first(write, tmp_path):
    write.folder(tmp_path / "pool", 10, classes=("more",))
    write.folder(tmp_path / "pets", 10)
    (tmp_path / "pets" / "cat" / "linked").symlink_to(tmp_path / "pool" / "more")
    (tmp_path / "pets" / "cat" / "dogs").symlink_to(tmp_path / "pets" / "dog")
    found = scan(tmp_path / "pets")
    counts = np.bincount(np.concatenate([found.train.labels, found.test.labels]))
    assert counts.tolist() == [20, 10]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("Train", "train"), ("TRAINING", "train"), ("seg_train", "train"), ("trainset", "train")),
        *(("training_set", "train"), ("TrainImages", "train"), ("01-train", "train")),
        *(("Testing", "test"), ("test1", "test"), ("seg_test", "test"), ("Test Data", "test")),
        *(("valid", "validation"), ("Validation", "validation"), ("val2017", "validation")),
        *(("dev", "validation"), ("eval", "validation"), ("hold-out", "validation")),
        *(("test_tube", None), ("trainer", None), ("train station", None), ("valley", None)),
        *(("latest", None), ("cat", None), ("train_test", None), ("images", None), ("", None)),
    ],
)
def test_splits_are_known_in_any_spelling(name, kind):
    assert split_kind(name) == kind


@pytest.mark.parametrize(
    ("train", "test"),
    [
        *(
            ("Training", "Testing"),
            ("TRAIN", "Valid"),
            ("seg_train/seg_train", "seg_test/seg_test"),
        ),
        *(("dataset/Train", "dataset/eval"), ("pets/train_set/images", "pets/test_set/images")),
        ("Archive 2/My pets/train", "Archive 2/My pets/Validation"),
    ],
)
def test_folders_of_splits_are_no_classes(write, tmp_path, train, test):
    write.folder(tmp_path / "pets" / train, 10)
    write.folder(tmp_path / "pets" / test, 4)
    found = scan(tmp_path / "pets")
    assert found.classes == ("cat", "dog")
    assert (len(found.train.paths), len(found.test.paths)) == (20, 8)
    assert all(test in str(path) for path in found.test.paths)
    assert "2 classes with 20 training images (cat 10, dog 10)" in found.notes[0]


def test_a_vehicle_called_train_is_a_class(write, tmp_path):
    write.folder(tmp_path, 10, classes=("car", "plane", "train"))
    assert get_info(f"folder:{tmp_path}").classes == ("car", "plane", "train")


def test_a_test_folder_beside_the_classes_is_taken(write, tmp_path):
    write.folder(tmp_path, 10)
    write.folder(tmp_path / "Test", 3)
    found = scan(tmp_path)
    assert (found.classes, len(found.train.paths), len(found.test.paths)) == (("cat", "dog"), 20, 6)


@pytest.mark.parametrize("inside", ["", "unknown", "test"])
def test_an_unlabelled_test_does_not_block_the_labelled_valid(write, tmp_path, inside):
    write.folder(tmp_path / "train", 10)
    write.folder(tmp_path / "valid", 3)
    write.image(tmp_path / "test" / inside / "1.png", (24, 20))
    found = scan(tmp_path)
    assert {path.parent.parent.name for path in found.test.paths} == {"valid"}
    assert "folders that are not used (test" in found.notes[1]
    shutil.rmtree(tmp_path / "valid")
    assert len(scan(tmp_path).test.paths) == 4


@pytest.mark.parametrize("names", [("train", "test"), ("test", "val"), ("Training",)])
def test_splits_without_folders_of_classes_are_refused(write, tmp_path, names):
    for name in names:
        write.image(tmp_path / name / "cat.0.png", (24, 20))
    with pytest.raises(DatasetError, match=f"{names[0]}/.*no folder of images per class to train"):
        scan(tmp_path)


@pytest.mark.parametrize("suffix", [".jfif", ".JPG", ".jpe", ".webp", ".TIF", ".pbm", ".avif"])
def test_images_of_any_suffix_count(write, tmp_path, suffix):
    write.folder(tmp_path, 10)
    for path in sorted((tmp_path / "dog").iterdir()):
        path.rename(path.with_suffix(suffix))  # what counts is what they hold
    found = prepare(f"folder:{tmp_path}", cache=tmp_path / "arrays", protocol="paper")
    assert found.n_train + len(found.labels["test"]) == 20


def test_files_that_are_not_read_are_told_by_kind(write, tmp_path):
    write.folder(tmp_path, 10)
    for name in ("cat/a.heic", "cat/b.HEIC", "cat/notes.txt", "labels.csv", "cat/README"):
        (tmp_path / name).write_text("")
    os.mkfifo(tmp_path / "cat" / "pipe.png")
    write.image(tmp_path / "loose.png", (24, 20))
    left = scan(tmp_path).notes[1]
    assert "can't be read here, convert them (2 .heic)" in left
    assert "files that are no images (1 .csv, 1 .png, 1 .txt, 1 without a suffix)" in left
    assert "1 image beside the folders of the classes" in left


def test_names_that_no_screen_can_print_are_spelt_out(write, tmp_path):
    write.folder(tmp_path, 5, classes=("two\nlines", os.fsdecode(b"carr\xe9"), "cafe\u0301", "a b"))
    data = prepare(f"folder:{tmp_path}", cache=tmp_path / "arrays")
    assert data.info.classes == ("a b", "caf\u00e9", "carr\u00e9", "two\\nlines")
    assert all(note.isprintable() for note in data.notes)


def test_classes_of_train_and_test_are_matched_however_they_are_spelt(write, tmp_path):
    write.folder(tmp_path / "train", 10, classes=("\u00e9t\u00e9", "Hiver"))
    write.folder(tmp_path / "test", 2, classes=("e\u0301te\u0301", "HIVER"))
    found = scan(tmp_path)
    places = [path.parent.name for path in found.test.paths]
    assert {("HIVER", 0), ("e\u0301te\u0301", 1)} == set(
        zip(places, found.test.labels, strict=True)
    )


@pytest.mark.parametrize(
    "names", [("tabby-cat", "tabby cat"), ("Big_dog", "big  dog "), ("C", "c")]
)
def test_signs_between_words_make_no_other_class_of_test(write, tmp_path, names):
    write.folder(tmp_path / "train", 10, classes=(names[0], "emu"))
    write.folder(tmp_path / "test", 2, classes=(names[1], "Emu"))
    found = scan(tmp_path)
    assert set(found.classes) == {names[0], "emu"}
    assert np.bincount(found.test.labels).tolist() == [2, 2]


def test_classes_that_differ_only_in_spelling_are_told_and_matched_as_they_are(write, tmp_path):
    write.folder(tmp_path / "train", 10, classes=("Cat", "cat", "c++", "c#"))
    write.folder(tmp_path / "test", 2, classes=("Cat", "cat", "c++", "c#"))
    found = scan(tmp_path)
    assert found.classes == ("Cat", "c#", "c++", "cat")
    places = [path.parent.name for path in found.test.paths]
    assert places == [name for name in found.classes for _ in "12"]
    told = [note for note in found.notes if "differ in nothing but spelling" in note]
    assert [note.partition(" differ")[0] for note in told] == ["The classes Cat, cat"]


def test_a_test_folder_of_other_classes_is_told(write, tmp_path):
    write.folder(tmp_path / "train", 10)
    write.folder(tmp_path / "test", 2, classes=("ape", "bee"))
    assert "(test, whose folders are none of the classes)" in scan(tmp_path).notes[1]


def test_folders_of_classes_where_they_can_be_meant_otherwise_are_told(write, tmp_path):
    write.folder(tmp_path / "more", 10)
    write.folder(tmp_path / "more" / "augmented", 10)
    [note] = [note for note in scan(tmp_path / "more").notes if "named as other classes" in note]
    assert note.startswith("The class augmented holds folders named as other classes (cat, dog)")
    for fold in ("fold1", "fold2"):
        write.folder(tmp_path / "folds" / fold, 10)
    assert any(
        "Each class holds the same folders (cat, dog)" in n for n in scan(tmp_path / "folds").notes
    )


def test_what_a_folder_without_images_holds_is_said(write, tmp_path):
    write.folder(tmp_path, 10)
    for name in ("a.heic", "b.heic", "c"):
        (tmp_path / "cat" / name).write_bytes(b"")
    for path in (tmp_path / "cat").glob("*.png"):
        path.unlink()
    with pytest.raises(DatasetError, match=r"/cat \(2 .heic, 1 without a suffix\) holds no image"):
        scan(tmp_path)


def test_one_image_of_each_class_is_too_few(write, tmp_path):
    write.folder(tmp_path, 1, classes=[f"c{k}" for k in range(30)])
    with pytest.raises(DatasetError, match="has one image of each class: there must be more"):
        scan(tmp_path)


def test_a_class_that_is_much_larger_than_others_is_told(write, tmp_path):
    folder = write.folder(tmp_path / "pets", 5)
    write.folder(folder, 95, classes=("cat",))
    data = prepare(f"folder:{folder}", cache=tmp_path / "arrays")
    [note] = [note for note in data.notes if "of one class" in note]
    assert note.startswith("95% of the images are of one class, cat: a network that always says so")
    assert "0.950 on test" in note
    again = prepare(f"folder:{folder}", cache=tmp_path / "arrays")
    assert again.notes == data.notes
    balanced = write.folder(tmp_path / "balanced", 20)
    assert not [
        n for n in prepare(f"folder:{balanced}", cache=tmp_path / "a").notes if "one class" in n
    ]


def test_images_that_are_in_train_and_test_are_told(write, tmp_path):
    write.folder(tmp_path / "train", 10)
    write.folder(tmp_path / "test", 4)
    notes = prepare(f"folder:{tmp_path}", cache=tmp_path / "arrays").notes
    assert any(note.startswith("8 test images can be found among the training") for note in notes)
