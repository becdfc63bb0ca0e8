"""What is scored is shown in an order that says nothing of the classes."""

import json
import zlib

import numpy as np
import pytest

from langgraph_nas.datasets import prepare


def load(folder, name="x.npy"):
    return np.load(folder / name, allow_pickle=False)


def runs(labels: np.ndarray) -> int:
    """How often the next image is of another class."""
    return int((labels[1:] != labels[:-1]).sum())


@pytest.mark.parametrize("protocol", ["validation", "paper"])
@pytest.mark.parametrize("has_test", [True, False])
def test_a_users_images_are_not_shown_class_by_class(write, tmp_path, protocol, has_test):
    folder = tmp_path / "pets"
    write.folder(folder / "train" if has_test else folder, 60)
    if has_test:
        write.folder(folder / "test", 30)
    data = prepare(f"folder:{folder}", cache=tmp_path / "arrays", protocol=protocol)
    for split, labels in data.labels.items():
        assert runs(labels) > len(labels) / 4, split
        red = load(data.inputs[split])[:, 0, 0, 0]
        assert np.array_equal(red // 100, labels), split


def test_imagenette_is_not_shown_class_by_class(row_of, write, tmp_path, prepare_row):
    from dataclasses import replace

    write.imagenette(tmp_path / "data", per_class=3)
    row = replace(row_of("imagenette"), train_size=30, test_size=30)
    data = prepare_row(row, tmp_path / "data", protocol="paper")
    assert runs(data.labels["test"]) > 20
    red = load(data.inputs["test"])[:, 0].mean((1, 2))
    assert np.array_equal(np.rint(red / 20), data.labels["test"])


def test_the_order_is_the_data_sets_and_not_the_searchs(write, tmp_path):
    name = f"folder:{write.folder(tmp_path / 'pets', 40)}"
    first, other, again = (
        prepare(name, cache=tmp_path / cache, seed=seed, train_samples=n)
        for cache, seed, n in (("a", 1, None), ("a", 2, 20), ("b", 1, None))
    )
    for data in (other, again):
        assert np.array_equal(load(data.inputs["test"]), load(first.inputs["test"]))
        assert np.array_equal(data.labels["test"], first.labels["test"])
    assert again.fingerprint == first.fingerprint != other.fingerprint


def test_the_order_can_not_be_told_from_what_a_sandbox_sees(write, tmp_path):
    """The same images, their files named the other way round, come in another order."""
    one, two = tmp_path / "one", tmp_path / "two"
    write.folder(one / "train", 10)
    write.folder(one / "test", 10)
    write.folder(two / "train", 10)
    for name, base in (("cat", 0), ("dog", 100)):
        for k in range(10):
            write.image(two / "test" / name / f"{k:02d}.png", (24, 20), (base + 9 - k, 5, 6))
    first, second = (prepare(f"folder:{f}", cache=tmp_path / "arrays") for f in (one, two))
    images = [load(data.inputs["test"])[:, 0, 0, 0] for data in (first, second)]
    assert sorted(images[0]) == sorted(images[1])
    places = [np.argsort(np.argsort(shown)) for shown in images]
    assert not np.array_equal(places[0], places[1])
    assert not np.array_equal(places[0] // 10, places[1] // 10)


def test_the_checksum_that_older_searches_know_is_kept(tmp_path):
    """They had test in its source's order, which is that of scikit-learn here."""
    from sklearn.datasets import load_digits

    from langgraph_nas.datasets.splits import split_off_test

    data = prepare("digits", cache=tmp_path)
    home = data.train.parent
    files = dict(json.loads((home / "stamp.json").read_text())["files"])
    official = load_digits()
    test = split_off_test(official.target)[1]
    pixels = np.rint(official.images[test] * 255 / 16).astype(np.uint8)[:, None]
    for name, array in (("inputs/test/x.npy", pixels), ("host/test.npy", official.target[test])):
        np.save(tmp_path / "former.npy", array)
        content = (tmp_path / "former.npy").read_bytes()
        assert zlib.crc32(content) != files[name]["crc32"]
        files[name] = {"bytes": len(content), "crc32": zlib.crc32(content)}
    del files["facts.json"]
    former = f"{zlib.crc32(json.dumps(files, sort_keys=True).encode()):08x}"
    assert data.former_fingerprint == former != data.fingerprint
