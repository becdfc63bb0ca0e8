"""Each loader on files in the official layout, read by torchvision's own classes.

CIFAR-10 and MNIST are the official data. Of the others only subsets are at hand, so small files
are written in the official layout; where torchvision checks MD5 sums, a subclass of its reader
carries the sums of these files, as the official reader carries those of the official files.
"""

from dataclasses import replace

import numpy as np
import pytest

from langgraph_nas.datasets import prepare
from langgraph_nas.datasets.sources import read_split
from langgraph_nas.errors import DatasetError


def read(row, split, root):
    """Return (pixels, labels) of a split."""
    images = read_split(row, split, root=root, download=False)
    return np.concatenate(list(images.batches)), images.labels


def assert_same_images(data, pixels, labels):
    """Check that test holds these images with these labels, in whatever order."""
    shown = load(data.inputs["test"])
    assert not np.array_equal(shown, pixels)
    found = [
        hash(x.tobytes() + bytes([y])) for x, y in zip(shown, data.labels["test"], strict=True)
    ]
    wanted = [hash(x.tobytes() + bytes([y])) for x, y in zip(pixels, labels, strict=True)]
    assert sorted(found) == sorted(wanted)


def load(folder, name="x.npy"):
    return np.load(folder / name, allow_pickle=False)


@pytest.mark.slow
def test_cifar10_is_prepared_from_the_official_files(cifar10_root, tmp_path):
    from torchvision.datasets import CIFAR10

    data = prepare("cifar10", cache=tmp_path, root=cifar10_root, download=False)
    assert (data.n_train, len(data.labels["validation"])) == (45_000, 5_000)
    train, test = (CIFAR10(cifar10_root, train=train) for train in (True, False))
    assert tuple(train.classes) == data.info.classes
    official = train.data.transpose(0, 3, 1, 2)
    order = np.random.default_rng(43).permutation(50_000)
    assert np.array_equal(load(data.train), official[order[:45_000]])
    assert np.array_equal(load(data.train, "y.npy"), np.array(train.targets)[order[:45_000]])
    assert np.array_equal(load(data.inputs["validation"]), official[order[45_000:]])
    assert np.array_equal(data.labels["validation"], np.array(train.targets)[order[45_000:]])
    assert_same_images(data, test.data.transpose(0, 3, 1, 2), np.array(test.targets))
    assert data.info.mean == pytest.approx(official.mean((0, 2, 3)) / 255, abs=1e-3)
    assert data.info.std == pytest.approx(official.std((0, 2, 3)) / 255, abs=1e-3)


def test_mnist_is_prepared_from_the_official_images(real_data, write, tmp_path):
    with np.load(real_data / "data" / "mnist_full.npz", allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    train, test = ((arrays[f"x_{s}"], arrays[f"y_{s}"]) for s in ("train", "test"))
    write.idx(tmp_path / "data", "MNIST", {"train": train, "t10k": test})
    data = prepare("mnist", cache=tmp_path / "arrays", root=tmp_path / "data", train_samples=1_000)
    order = np.random.default_rng(43).permutation(60_000)
    assert np.array_equal(load(data.train)[:, 0], train[0][order[:1_000]])
    assert np.array_equal(data.labels["validation"], train[1][order[55_000:]])
    assert_same_images(data, test[0][:, None], test[1])
    assert data.info.shape == (1, 28, 28)
    assert data.info.batch_size == 16


def test_fashion_mnist_is_read_from_idx_files(real_data, row_of, write, tmp_path):
    with np.load(real_data / "data" / "fashion_mnist_10k_2k.npz", allow_pickle=False) as file:
        train, test = ((file[f"x_{s}"], file[f"y_{s}"]) for s in ("train", "test"))
        assert row_of("fashion-mnist").classes == tuple(file["classes"])
    write.idx(tmp_path, "FashionMNIST", {"train": train, "t10k": test})
    row = replace(row_of("fashion-mnist"), train_size=10_000, test_size=2_000)
    x, y = read(row, "train", tmp_path)
    assert np.array_equal(x[:, 0], train[0])
    assert np.array_equal(y, train[1])
    assert np.array_equal(read(row, "test", tmp_path)[0][:, 0], test[0])


def test_cifar100_is_read_with_its_fine_labels(row_of, write, tmp_path):
    from torchvision.datasets import CIFAR100

    written = write.cifar100(tmp_path)

    class Small(CIFAR100):
        train_list = [["train", written["md5"]["train"]]]
        test_list = [["test", written["md5"]["test"]]]
        meta = {**CIFAR100.meta, "md5": written["md5"]["meta"]}

    row = replace(row_of("cifar100"), source=Small, train_size=40, test_size=20)
    for split in ("train", "test"):
        x, y = read(row, split, tmp_path)
        assert np.array_equal(x, written[split][0])
        assert y.tolist() == written[split][1]


def test_svhn_is_read_with_the_digit_0_as_label_0(row_of, write, tmp_path):
    from torchvision.datasets import SVHN

    written = write.svhn(tmp_path)

    class Small(SVHN):
        split_list = {
            split: [*SVHN.split_list[split][:2], written[split][2]] for split in ("train", "test")
        }

    row = replace(row_of("svhn"), source=Small, train_size=30, test_size=12)
    for split in ("train", "test"):
        x, y = read(row, split, tmp_path)
        assert np.array_equal(x, written[split][0])
        assert np.array_equal(y, written[split][1])


def test_imagenette_is_read_from_its_class_folders(row_of, write, tmp_path, prepare_row):
    write.imagenette(tmp_path / "data")
    row = replace(row_of("imagenette"), train_size=20, test_size=20)
    data = prepare_row(row, tmp_path / "data")
    assert data.info.shape == (3, 160, 160)
    assert load(data.train).shape == (16, 3, 160, 160)
    red = load(data.inputs["test"])[:, 0].mean((1, 2))
    assert np.array_equal(np.rint(red / 20), data.labels["test"])
    assert np.bincount(data.labels["test"]).tolist() == [2] * 10


@pytest.fixture
def celeba_rows(row_of, write, tmp_path):
    """Attributes written, and a function from attribute to row."""
    from torchvision.datasets import CelebA

    class Small(CelebA):
        file_list = [(id_, None, name) for id_, _, name in CelebA.file_list]

    written = write.celeba(tmp_path / "data")
    sizes = {"train_size": 20, "test_size": 6}
    return written, lambda name: replace(row_of("celeba", name), source=Small, **sizes)


@pytest.mark.parametrize(("attribute", "column"), [("Smiling", 31), ("5_o_Clock_Shadow", 0)])
def test_celeba_gives_the_chosen_attribute_as_label(
    celeba_rows, tmp_path, prepare_row, attribute, column
):
    written, row_of_attribute = celeba_rows
    data = prepare_row(row_of_attribute(attribute), tmp_path / "data", protocol="paper")
    assert load(data.train).shape == (20, 3, 64, 64)
    assert np.array_equal(load(data.train, "y.npy"), written["train"][:, column])
    red = load(data.inputs["test"])[:, 0].mean((1, 2))
    shown = np.rint(red / 8).astype(int)
    assert sorted(shown) == [24, 25, 26, 27, 28, 29]
    assert np.array_equal(data.labels["test"], written["test"][shown - 24, column])


def test_celebas_faces_are_decoded_once_for_all_attributes(celeba_rows, tmp_path, prepare_row):
    _, row_of_attribute = celeba_rows
    seen = []
    for attribute in ("Smiling", "Young"):
        prepare_row(
            row_of_attribute(attribute),
            tmp_path / "data",
            on_progress=lambda message, *_: seen.append(message),
        )
    assert seen.count("celeba: reading train") == 1


def test_a_missing_face_is_named(celeba_rows, tmp_path, prepare_row):
    lost = tmp_path / "data" / "celeba" / "img_align_celeba" / "000003.jpg"
    lost.unlink()
    with pytest.raises(DatasetError, match=f"The image {lost} can't be read"):
        prepare_row(celeba_rows[1]("Young"), tmp_path / "data")


def test_an_official_set_that_lacks_images_is_refused_with_both_numbers(
    write, tmp_path, prepare_row, row_of
):
    write.imagenette(tmp_path / "data", per_class=1)
    with pytest.raises(DatasetError, match="has 10 images instead of 9,469: remove it"):
        prepare_row(row_of("imagenette"), tmp_path / "data")


def test_labels_outside_the_classes_are_refused(write, tmp_path, row_of):
    arrays = np.zeros((12, 28, 28)), np.full(12, 10)
    write.idx(tmp_path, "MNIST", {"train": arrays, "t10k": arrays})
    row = replace(row_of("mnist"), train_size=12, test_size=12)
    with pytest.raises(DatasetError, match="labels that are none of its 10 classes"):
        read_split(row, "train", root=tmp_path, download=False)


def test_a_cut_file_is_said_to_be_unusable(write, tmp_path, row_of):
    arrays = np.zeros((12, 28, 28)), np.zeros(12)
    write.idx(tmp_path, "MNIST", {"train": arrays, "t10k": arrays})
    file = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:-400])
    with pytest.raises(DatasetError, match=f"mnist is not usable in {tmp_path}"):
        read_split(row_of("mnist"), "train", root=tmp_path, download=False)
