"""Where a GPU's driver lies, and that bubblewrap takes it along."""

import subprocess
from pathlib import Path

import pytest

from langgraph_nas.sandbox import driver
from langgraph_nas.sandbox.base import Limits
from langgraph_nas.sandbox.bubblewrap import bwrap_arguments
from langgraph_nas.sandbox.driver import LIBRARY, driver_folders
from langgraph_nas.sandbox.launch import Launch


def install(folder: Path, version: str = "580.1") -> Path:
    """Put a driver's library there as installers do: a link to the file of its version."""
    folder.mkdir(parents=True)
    (folder / f"libcuda.so.{version}").write_bytes(b"")
    (folder / LIBRARY).symlink_to(f"libcuda.so.{version}")
    return folder


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(driver, "USUAL", (tmp_path / "usual",))
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    monkeypatch.setattr(driver, "_cached", lambda: iter(()))


def inside(device: str) -> list[str]:
    launch = Launch((), (), {})
    return bwrap_arguments(launch, [], device, Limits(), soft=False)


def triples(arguments: list[str], flag: str) -> dict[str, str]:
    return {arguments[n + 1]: arguments[n + 2] for n, word in enumerate(arguments) if word == flag}


def test_a_driver_is_found_as_the_loader_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, named, cached = (install(tmp_path / name) for name in ("usual", "named", "cached"))
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{tmp_path / 'empty'}::{named}:{named}:/nowhere")
    monkeypatch.setattr(driver, "_cached", lambda: iter([cached, named]))
    assert driver_folders() == [named, cached, usual]


def test_the_cache_of_the_loader_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(driver, "USUAL", ())
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    folder = install(tmp_path / "a driver's")
    said = (
        "3 libs found in cache `/etc/ld.so.cache'\n"
        f"\tlibcudadebugger.so.1 (libc6,x86-64) => {tmp_path}/other/libcudadebugger.so.1\n"
        f"\tlibcuda.so.1 (libc6,x86-64) => {folder}/libcuda.so.1\n"
        f"\tlibcuda.so.1 (libc6) => {tmp_path}/32/libcuda.so.1\n"
    )
    done = subprocess.CompletedProcess([], 0, stdout=said)
    monkeypatch.setattr(driver.shutil, "which", lambda *_, **__: "/sbin/ldconfig")
    monkeypatch.setattr(driver.subprocess, "run", lambda *_, **__: done)
    assert driver_folders() == [folder]


def test_bubblewrap_brings_it_along_where_a_gpu_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versioned = install(tmp_path / "580.1")
    linked = tmp_path / "current"
    linked.mkdir()
    (linked / LIBRARY).symlink_to(versioned / LIBRARY)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(linked))

    mounted = triples(inside("cuda"), "--ro-bind")
    assert mounted[str(linked)] == str(linked)
    assert mounted[str(versioned)] == str(versioned)
    assert triples(inside("cuda"), "--setenv")["LD_LIBRARY_PATH"] == str(linked)

    assert str(linked) not in triples(inside("cpu"), "--ro-bind")
    assert "LD_LIBRARY_PATH" not in triples(inside("cpu"), "--setenv")


def test_without_a_driver_nothing_is_added() -> None:
    assert "LD_LIBRARY_PATH" not in triples(inside("cuda"), "--setenv")
