"""The table of the data sets: shape, normalisation, augmentation, batch size and files of each."""

from dataclasses import dataclass
from typing import Any, Literal

from langgraph_nas.datasets import class_names

Reader = Literal["cifar", "mnist", "svhn", "imagenette", "celeba", "digits", "folder"]

OFFICIAL = "the official files"
SMALL_FILES = "small files in the official layout"

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)

FOLDER_SIDES = (8, 16, 28, 32, 48, 64, 96, 128, 160)
"""Sides that images of a user's folder are resized to: the largest that most of them fill."""


@dataclass(frozen=True)
class Row:
    """One data set of the table."""

    name: str
    reader: Reader
    source: Any
    """Name of its class in torchvision.datasets, or such a class; of `folder`, the path."""
    shape: tuple[int, int, int]
    """Channels, height, width of an image as a network sees it."""
    resize: str
    mean: tuple[float, ...]
    """Per channel, of pixels in 0..1."""
    std: tuple[float, ...]
    augment: tuple[str, ...]
    """Of `crop` (random crop with padding 4) and `flip` (horizontal)."""
    batch_size: int
    """Largest batch; smaller where too few steps would be left (see `info.batch_size_for`)."""
    classes: tuple[str, ...]
    train_size: int
    test_size: int
    download_mb: int
    files_mb: int
    """Disk that its files take once unpacked, archives included, MB."""
    files: str
    """The official files, relative to the root folder, in words."""
    checked_on: str
    """What its loader was tested on."""
    label_column: int | None = None
    """Column of the labels that is learnt, where there are several."""
    maximum: int = 255
    """Greatest value of a pixel in the source; it becomes 255."""


TABLE: tuple[Row, ...] = (
    Row(
        name="cifar10",
        reader="cifar",
        source="CIFAR10",
        shape=(3, 32, 32),
        resize="none",
        mean=(0.4914, 0.4822, 0.4465),
        std=(0.2470, 0.2435, 0.2616),
        augment=("crop", "flip"),
        batch_size=128,
        classes=class_names.CIFAR10,
        train_size=50_000,
        test_size=10_000,
        download_mb=170,
        files_mb=357,
        files="cifar-10-batches-py/ with data_batch_1 to data_batch_5, test_batch, batches.meta",
        checked_on=OFFICIAL,
    ),
    Row(
        name="cifar100",
        reader="cifar",
        source="CIFAR100",
        shape=(3, 32, 32),
        resize="none",
        mean=(0.5071, 0.4865, 0.4409),
        std=(0.2673, 0.2564, 0.2762),
        augment=("crop", "flip"),
        batch_size=128,
        classes=class_names.CIFAR100,
        train_size=50_000,
        test_size=10_000,
        download_mb=169,
        files_mb=355,
        files="cifar-100-python/ with train, test, meta",
        checked_on=SMALL_FILES,
    ),
    Row(
        name="imagenette",
        reader="imagenette",
        source="Imagenette",
        shape=(3, 160, 160),
        resize="short side to 160, centre crop",
        mean=_IMAGENET_MEAN,
        std=_IMAGENET_STD,
        augment=("flip",),
        batch_size=128,
        classes=class_names.IMAGENETTE,
        train_size=9_469,
        test_size=3_925,
        download_mb=99,
        files_mb=220,
        files="imagenette2-160/ with train/ and val/",
        checked_on=SMALL_FILES,
    ),
    Row(
        name="svhn",
        reader="svhn",
        source="SVHN",
        shape=(3, 32, 32),
        resize="none",
        mean=(0.4377, 0.4438, 0.4728),
        std=(0.1980, 0.2010, 0.1970),
        # A house number flipped is another sign; its neighbours make crops of little use.
        augment=(),
        batch_size=128,
        classes=class_names.DIGITS,
        train_size=73_257,
        test_size=26_032,
        download_mb=247,
        files_mb=247,
        files="train_32x32.mat, test_32x32.mat",
        checked_on=SMALL_FILES,
    ),
    Row(
        name="mnist",
        reader="mnist",
        source="MNIST",
        shape=(1, 28, 28),
        resize="none",
        mean=(0.1307,),
        std=(0.3081,),
        augment=(),
        batch_size=128,
        classes=class_names.DIGITS,
        train_size=60_000,
        test_size=10_000,
        download_mb=12,
        files_mb=67,
        files="MNIST/raw/ with {train,t10k}-images-idx3-ubyte and {train,t10k}-labels-idx1-ubyte, "
        "or these as .gz files in the folder itself",
        checked_on=OFFICIAL,
    ),
    Row(
        name="fashion-mnist",
        reader="mnist",
        source="FashionMNIST",
        shape=(1, 28, 28),
        resize="none",
        mean=(0.2860,),
        std=(0.3530,),
        augment=("flip",),
        batch_size=128,
        classes=class_names.FASHION_MNIST,
        train_size=60_000,
        test_size=10_000,
        download_mb=31,
        files_mb=86,
        files="FashionMNIST/raw/ with {train,t10k}-images-idx3-ubyte and "
        "{train,t10k}-labels-idx1-ubyte, or these as .gz files in the folder itself",
        checked_on=OFFICIAL,
    ),
    Row(
        name="celeba",
        reader="celeba",
        source="CelebA",
        shape=(3, 64, 64),
        resize="short side to 64, centre crop",
        mean=(0.506, 0.425, 0.383),
        std=(0.310, 0.290, 0.289),
        augment=("flip",),
        batch_size=128,
        classes=("no", "yes"),
        train_size=162_770,
        test_size=19_962,
        download_mb=1_490,
        files_mb=2_940,
        files="celeba/ with img_align_celeba/, list_attr_celeba.txt, list_eval_partition.txt, "
        "identity_CelebA.txt, list_bbox_celeba.txt, list_landmarks_align_celeba.txt",
        checked_on=SMALL_FILES,
    ),
    Row(
        name="digits",
        reader="digits",
        source="sklearn.datasets.load_digits",
        shape=(1, 8, 8),
        resize="none",
        maximum=16,
        mean=(0.305,),
        std=(0.376,),
        augment=(),
        # Eleven steps of batch 128 leave every network at chance; 16 spreads them.
        batch_size=16,
        classes=class_names.DIGITS,
        train_size=1_438,
        test_size=359,
        download_mb=0,
        files_mb=0,
        files="none: it comes with scikit-learn",
        checked_on=OFFICIAL,
    ),
)

FOLDER = Row(
    name="folder:PATH",
    reader="folder",
    source="PATH",
    shape=(3, FOLDER_SIDES[-1], FOLDER_SIDES[-1]),
    resize=f"short side to one of {', '.join(map(str, FOLDER_SIDES))} by the images, centre crop",
    mean=_IMAGENET_MEAN,
    std=_IMAGENET_STD,
    augment=("flip",),
    batch_size=128,
    classes=(),
    train_size=0,
    test_size=0,
    download_mb=0,
    files_mb=0,
    files="train/ and test/ (or val/, in any spelling) with one folder of images per class, or "
    "just these folders",
    checked_on="small folders",
)
"""The user's own images. Shape, classes and sizes are filled in from the folder."""
