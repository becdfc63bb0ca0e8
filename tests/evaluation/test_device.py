"""Which device `auto` is, told by a made-up driver."""

import sys
from pathlib import Path

import pytest

from langgraph_nas.evaluation import gpu, pick_device


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `nvidia-smi` that answers, and a torch that is built for it."""
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho asked >>{tmp_path}/log\necho 8.9\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(gpu, "torch_drives_gpus", lambda: True)
    return program


@pytest.fixture
def device_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a card whose driver fails leaves, and what WSL 2 has for any card."""
    there = {"/dev/nvidia0", "/dev/dxg"}
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: str(path) in there or exists(path))


def test_auto_is_cuda_where_the_driver_answers_and_it_is_asked_once(driver: Path) -> None:
    assert [pick_device("auto") for _ in range(3)] == ["cuda"] * 3
    assert (driver.parent / "log").read_text() == "asked\n"


@pytest.mark.usefixtures("device_files")
@pytest.mark.parametrize(
    "script", ["exit 9", "echo 'No devices were found'; exit 6", "echo '[N/A]'"]
)
def test_a_device_file_without_a_driver_that_answers_is_no_gpu(driver: Path, script: str) -> None:
    driver.write_text(f"#!/bin/sh\n{script}\n")
    assert pick_device("auto") == "cpu"


@pytest.mark.usefixtures("device_files")
def test_a_device_file_without_a_driver_is_no_gpu(driver: Path) -> None:
    driver.unlink()
    assert pick_device("auto") == "cpu"


def test_a_torch_for_cpus_is_not_sent_to_a_gpu(
    driver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "torch_drives_gpus", lambda: False)
    assert pick_device("auto") == "cpu"
    assert pick_device("cuda") == "cuda"


def test_what_torch_is_built_for_is_seen_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "torch" / "lib"
    library.mkdir(parents=True)
    (tmp_path / "torch" / "__init__.py").write_text("raise AssertionError")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert not gpu.torch_drives_gpus()
    (library / "libtorch_cuda.so").touch()
    assert gpu.torch_drives_gpus()
