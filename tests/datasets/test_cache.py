"""The cache against damage, full disks, kills and several processes at once."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from langgraph_nas.datasets import prepare
from langgraph_nas.datasets.cache import write_rows
from langgraph_nas.errors import StorageError

PREPARE = """
import os, resource, signal, sys
from pathlib import Path
from langgraph_nas.datasets import prepare
cache, how = Path(sys.argv[1]), sys.argv[2]
def on_progress(message, done, total):
    print(message, flush=True)
    if how == "die" and "decoding test" in message:
        os.kill(os.getpid(), signal.SIGKILL)
if how == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    print("fingerprint", prepare("digits", cache=cache, on_progress=on_progress).fingerprint)
except Exception as error:
    print(type(error).__name__, error)
"""


def start(cache: Path, how: str = "plain") -> subprocess.Popen:
    command = [sys.executable, "-c", PREPARE, str(cache), how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def leftovers(cache: Path) -> list[Path]:
    return list(cache.rglob(".building-*"))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-50] ^= 1
    path.write_bytes(content)


def age(path: Path) -> None:
    stamp = json.loads(path.read_text())
    path.write_text(json.dumps({**stamp, "version": 0}))


@pytest.mark.parametrize("damage", [cut, flip_a_byte, Path.unlink])
@pytest.mark.parametrize(
    "file",
    [
        "train/x.npy",
        "train/y.npy",
        "inputs/validation/x.npy",
        "inputs/test/x.npy",
        "host/validation.npy",
    ],
)
def test_a_damaged_file_is_noticed_and_made_again(tmp_path, file, damage):
    data = prepare("digits", cache=tmp_path)
    path = data.train.parent / file
    before = path.read_bytes()
    damage(path)
    again = prepare("digits", cache=tmp_path)
    assert path.read_bytes() == before
    assert again.fingerprint == data.fingerprint
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("folder", ["raw", "validation-seed43-all"])
@pytest.mark.parametrize("damage", [age, cut, Path.unlink, lambda p: p.write_text("[1]")])
def test_a_stamp_of_another_layout_or_no_stamp_means_made_again(tmp_path, folder, damage):
    data = prepare("digits", cache=tmp_path)
    stamp = tmp_path / "digits" / folder / "stamp.json"
    before = stamp.read_text()
    damage(stamp)
    if folder == "raw":
        # The decoded arrays are looked at only when a new split is made of them.
        prepare("digits", cache=tmp_path, seed=1)
    assert prepare("digits", cache=tmp_path).fingerprint == data.fingerprint
    assert stamp.read_text() == before


def test_three_processes_at_once_decode_once_and_agree(tmp_path):
    said = [process.communicate(timeout=120)[0] for process in [start(tmp_path) for _ in range(3)]]
    assert len({text.splitlines()[-1] for text in said}) == 1
    assert said[0].splitlines()[-1].startswith("fingerprint")
    assert "".join(said).count("digits: reading train") == 1
    assert not leftovers(tmp_path)


def test_a_killed_process_leaves_nothing_that_is_taken_for_data(tmp_path):
    process = start(tmp_path, "die")
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert leftovers(tmp_path)
    assert not (tmp_path / "digits" / "raw").exists()
    assert prepare("digits", cache=tmp_path).n_train == 1151
    assert not leftovers(tmp_path)


def test_ctrl_c_leaves_the_cache_as_it_was(tmp_path):
    def interrupt(message: str, done: int, total: int) -> None:
        if "decoding" in message:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare("digits", cache=tmp_path, on_progress=interrupt)
    assert [path.name for path in (tmp_path / "digits").iterdir()] == [".lock"]
    assert prepare("digits", cache=tmp_path).n_train == 1151


def test_a_full_disk_is_said_with_the_folder_and_leaves_nothing(tmp_path):
    said = start(tmp_path, "full").communicate(timeout=120)[0].splitlines()[-1]
    assert said.startswith(f"StorageError Can't write to {tmp_path / 'digits'}: ")
    assert "NAS_CACHE" in said
    assert [path.name for path in (tmp_path / "digits").iterdir()] == [".lock"]


def test_a_cache_that_is_no_folder_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Can't write to .*file/digits: Not a directory"):
        prepare("digits", cache=tmp_path / "file")


def test_a_waiting_process_says_so(tmp_path):
    import fcntl

    prepare("digits", cache=tmp_path)
    with (tmp_path / "digits" / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Whole arrays need no lock: a second search starts at once.
        assert prepare("digits", cache=tmp_path).n_train == 1151
        cut(tmp_path / "digits" / "validation-seed43-all" / "train" / "x.npy")
        process = start(tmp_path)
        assert process.stdout is not None
        assert process.stdout.readline() == "digits: waiting for its lock\n"
    assert "fingerprint" in process.communicate(timeout=120)[0]


def test_rows_are_written_as_numpy_reads_them_and_must_fit(tmp_path):
    rows = np.arange(24, dtype=np.uint8).reshape(6, 1, 2, 2)
    write_rows(tmp_path / "x.npy", rows.shape, [rows[:4], rows[4:]])
    assert np.array_equal(np.load(tmp_path / "x.npy", mmap_mode="r"), rows)
    with pytest.raises(ValueError, match="4 rows instead of 6"):
        write_rows(tmp_path / "x.npy", rows.shape, [rows[:4]])
    with pytest.raises(ValueError, match="int64"):
        write_rows(tmp_path / "x.npy", rows.shape, [rows.astype(np.int64)])
