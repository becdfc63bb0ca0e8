"""Files and folders that may not be looked at, or can't be."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from langgraph_nas.datasets import get_info
from langgraph_nas.datasets.folder import scan
from langgraph_nas.datasets.pixels import Reading, read_picture
from langgraph_nas.errors import DatasetError

NOBODY = 65534


@pytest.fixture
def ordinary(tmp_path: Path) -> Iterator[None]:
    """Be a user who may not look everywhere, as root may."""
    if os.geteuid() != 0:
        yield
        return
    own = Path(tempfile.gettempdir())
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(own) and folder != own:
            folder.chmod(0o755)
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


@pytest.fixture
def closed(write, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Write a data set in which one place is closed."""
    changed = []

    def call(place: str, mode: int = 0) -> Path:
        folder = write.folder(tmp_path / "pets", 10)
        path = folder / place
        if not path.exists():
            path.mkdir()
        changed.append((path, 0o755))
        path.chmod(mode)
        return folder

    yield call
    for path, mode in changed:
        path.chmod(mode)


@pytest.mark.parametrize("place", ["cat", "cat/sub", "."])
def test_a_closed_folder_is_named(closed, request, place):
    folder = closed(place)
    request.getfixturevalue("ordinary")
    with pytest.raises(
        DatasetError, match=f"The folder {folder / place} can't be read: Permission"
    ):
        scan(folder)


def test_a_folder_that_may_be_listed_but_not_entered_has_broken_images(closed, request):
    folder = closed("cat", 0o444)
    request.getfixturevalue("ordinary")
    found = scan(folder)
    [path] = [path for path in found.train.paths if path.name == "00.png" and "cat" in str(path)][
        :1
    ]
    with pytest.raises(PermissionError):  # by which it is named among the broken
        read_picture(path, Reading("RGB", 8))


def test_links_into_a_closed_folder_are_told(write, closed, request, tmp_path):
    folder = closed("cat", 0o755)
    (tmp_path / "private" / "inner").mkdir(parents=True)
    write.image(tmp_path / "private" / "x.png", (9, 9))
    (folder / "cat" / "x.png").symlink_to(tmp_path / "private" / "x.png")
    (folder / "dog" / "more").symlink_to(tmp_path / "private" / "inner")
    (tmp_path / "private").chmod(0)
    request.getfixturevalue("ordinary")
    found = scan(folder)
    assert folder / "cat" / "x.png" in (*found.train.paths, *found.test.paths)  # broken when read
    assert "1 link to nowhere" in found.notes[1]


@pytest.mark.parametrize("name", ["a" * 5000, "\ud800", "a\0b", "/root/../proc/1/cwd/x"])
def test_a_path_that_no_folder_can_have_is_said_in_words(name, ordinary):
    with pytest.raises(DatasetError, match="There is no folder") as error:
        get_info(f"folder:{name}")
    str(error.value).encode()
