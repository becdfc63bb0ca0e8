import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from langgraph_nas.datasets import dataset_names, datasets_table, get_info
from langgraph_nas.datasets.info import batch_size_for
from langgraph_nas.datasets.table import TABLE
from langgraph_nas.errors import DatasetError

NAMED = [row.name for row in TABLE]


def test_names_hold_every_data_set_of_the_table_and_the_users_folder():
    assert set(dataset_names()) == {
        *("cifar10", "cifar100", "imagenette", "svhn", "mnist", "fashion-mnist", "celeba"),
        *("digits", "folder:PATH"),
    }


@pytest.mark.parametrize("name", NAMED)
def test_a_row_of_the_table_agrees_with_itself(name):
    info = get_info(name)
    channels, height, width = info.shape
    assert height == width
    assert len(info.mean) == len(info.std) == channels
    assert all(0 < value < 1 for value in (*info.mean, *info.std))
    assert set(info.augment) <= {"crop", "flip"}
    assert len(set(info.classes)) == info.n_classes >= 2
    assert info.disk_mb >= info.download_mb


def test_class_names_are_in_the_order_of_torchvisions_labels():
    from torchvision.datasets import FashionMNIST, Imagenette

    wordnet = Imagenette._WNID_TO_CLASS
    assert list(get_info("imagenette").classes) == [wordnet[wnid][0] for wnid in sorted(wordnet)]
    assert list(get_info("fashion-mnist").classes) == FashionMNIST.classes


def test_class_names_of_cifar100_are_those_of_the_real_data(real_data):
    with np.load(real_data / "data" / "cifar100_test_2k.npz", allow_pickle=False) as file:
        assert get_info("cifar100").classes == tuple(file["classes"])


def test_small_sets_get_small_batches():
    assert get_info("digits").batch_size == 16
    assert get_info("cifar10").batch_size == 128
    assert [batch_size_for(n, 128) for n in (100, 2_047, 2_048, 8_191, 8_192, 10**6)] == [
        *(16, 16, 32, 64, 128, 128),
    ]


def test_an_unknown_name_is_answered_with_the_nearest_and_all_names():
    with pytest.raises(DatasetError) as error:
        get_info("CIFAR-10")
    assert "'CIFAR-10'" in str(error.value)
    assert "Did you mean cifar10?" in str(error.value)
    assert all(name in str(error.value) for name in dataset_names())
    with pytest.raises(DatasetError) as error:
        get_info("zzz")
    assert "Did you mean" not in str(error.value)


def test_celeba_learns_the_chosen_attribute():
    assert get_info("celeba", attribute="Eyeglasses").classes == ("not Eyeglasses", "Eyeglasses")
    with pytest.raises(DatasetError, match=r"'smilling'. Did you mean Smiling\?.*Young"):
        get_info("celeba", attribute="smilling")


def test_the_docs_table_has_one_full_row_for_each_data_set():
    rows = datasets_table()
    assert [row["name"] for row in rows] == list(dataset_names())
    assert all(row.keys() == rows[0].keys() for row in rows)
    assert all(value not in ("", None) for row in rows for value in row.values())
    by_name = {row["name"]: row for row in rows}
    assert by_name["digits"]["shape"] == "1x8x8"
    assert by_name["cifar10"]["augmentation"] == "crop, flip"
    assert "small files" in by_name["celeba"]["loader checked on"]


def test_facts_are_had_without_loading_torch_or_any_image_library():
    code = (
        "import sys; from langgraph_nas.datasets import get_info, prepare; get_info('cifar10');"
        "print([m for m in ('torch', 'torchvision', 'sklearn', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _pixels(real_data: Path, name: str) -> np.ndarray:
    """Training pixels [N, C]."""
    with np.load(real_data / "data" / name, allow_pickle=False) as file:
        return file["x_train"].reshape(-1, 1)


@pytest.mark.parametrize(
    ("name", "file", "tolerance"),
    [("mnist", "mnist_full.npz", 1e-3), ("fashion-mnist", "fashion_mnist_10k_2k.npz", 5e-3)],
)
def test_mean_and_std_are_those_of_the_real_pixels(real_data, name, file, tolerance):
    pixels = _pixels(real_data, file)
    info = get_info(name)
    assert info.mean == pytest.approx(pixels.mean(0) / 255, abs=tolerance)
    assert info.std == pytest.approx(pixels.std(0) / 255, abs=tolerance)
