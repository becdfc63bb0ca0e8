"""Downloading, and what is said where nothing can be downloaded."""

import errno
import importlib.util
import io
import socket
import tarfile
import threading
import time
from dataclasses import replace
from functools import partial
from hashlib import md5
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from langgraph_nas.datasets import prepare, sources
from langgraph_nas.datasets.missing import raise_if_disk
from langgraph_nas.datasets.table import TABLE
from langgraph_nas.errors import DatasetError, StorageError

DOWNLOADED = [row for row in TABLE if row.reader != "digits"]


@pytest.mark.parametrize("row", DOWNLOADED, ids=lambda row: row.name)
def test_without_data_and_network_the_folder_and_the_choices_are_named(row, offline, tmp_path):
    began = time.monotonic()
    with pytest.raises(DatasetError) as error:
        prepare(row.name, cache=tmp_path / "arrays", root=tmp_path / "data")
    said = str(error.value)
    assert f"{row.name} is not usable in {tmp_path / 'data'} and can't be downloaded" in said
    assert "torchvision: " in said
    assert row.files in said
    assert "--dataset digits" in said
    assert "folder:PATH" in said
    assert "\n" not in said
    assert time.monotonic() - began < 30
    if row.name != "celeba":
        assert "refused" in said
    elif importlib.util.find_spec("gdown") is None:
        assert "pip install gdown" in said


def test_with_downloading_off_no_connection_is_tried(tmp_path):
    with pytest.raises(DatasetError, match="and downloading is off"):
        prepare("svhn", cache=tmp_path / "arrays", root=tmp_path / "data", download=False)


def test_arrays_once_made_need_neither_the_files_nor_a_network(
    offline, write, tmp_path, prepare_row, row_of
):
    write.imagenette(tmp_path / "data")
    row = replace(row_of("imagenette"), train_size=20, test_size=20)
    first = prepare_row(row, tmp_path / "data")
    again = prepare_row(row, tmp_path / "elsewhere", download=True)
    assert again.fingerprint == first.fingerprint


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder served on 127.0.0.1, and its address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def packed(folder: Path) -> bytes:
    """Return a .tar.gz of `folder`."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.add(folder, arcname=folder.name)
    return file.getvalue()


def test_data_is_downloaded_unpacked_and_prepared(served, row_of, write, tmp_path, prepare_row):
    from torchvision.datasets import CIFAR100

    folder, address = served
    written = write.cifar100(tmp_path / "official")
    archive = packed(tmp_path / "official" / "cifar-100-python")
    (folder / "cifar-100-python.tar.gz").write_bytes(archive)

    class Served(CIFAR100):
        url = f"{address}/cifar-100-python.tar.gz"
        tgz_md5 = md5(archive).hexdigest()
        train_list = [["train", written["md5"]["train"]]]
        test_list = [["test", written["md5"]["test"]]]
        meta = {**CIFAR100.meta, "md5": written["md5"]["meta"]}

    row = replace(row_of("cifar100"), source=Served, train_size=40, test_size=20)
    data = prepare_row(row, tmp_path / "data", download=True)
    shown = np.load(data.inputs["test"] / "x.npy")
    assert sorted(x.tobytes() for x in shown) == sorted(x.tobytes() for x in written["test"][0])

    class Forged(Served):
        tgz_md5 = "0" * 32

    with pytest.raises(DatasetError, match="can't be downloaded.*corrupted"):
        sources.read_split(
            replace(row, source=Forged), "train", root=tmp_path / "other", download=True
        )


def test_a_server_that_says_nothing_is_given_up(row_of, tmp_path, monkeypatch):
    from torchvision.datasets import CIFAR100

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(sources, "_CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:

        class Silent(CIFAR100):
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.tar.gz"

        row = replace(row_of("cifar100"), source=Silent)
        with pytest.raises(DatasetError, match="timed out"):
            sources.read_split(row, "train", root=tmp_path, download=True)
    assert socket.getdefaulttimeout() is None


def test_a_full_disk_during_a_download_is_no_missing_data(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device")
    wrapped = RuntimeError("download failed")
    wrapped.__cause__ = full
    for error in (full, wrapped):
        with pytest.raises(StorageError, match=f"Can't write to {tmp_path}: No space left"):
            raise_if_disk(error, tmp_path)
    raise_if_disk(RuntimeError("not found"), tmp_path)
