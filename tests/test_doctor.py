"""The doctor looks at each part on its own and says what to do."""

import http.server
import json
import shutil
import sys
import threading
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from langgraph_nas import doctor
from langgraph_nas.doctor import Check, can_search, check_all, machine
from langgraph_nas.doctor.parts import check_gpu
from langgraph_nas.sandbox import cgroup

Usage = namedtuple("Usage", "total used free")


class Tags(http.server.BaseHTTPRequestHandler):
    """An Ollama server that only knows its models."""

    def do_GET(self) -> None:
        body = json.dumps({"models": [{"model": "llama3:8b"}, {"model": "qwen2.5-coder:7b"}]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tags)
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No Docker engine and no Ollama."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    monkeypatch.setenv("NAS_CACHE", str(tmp_path))


def test_every_part_is_told_even_where_nothing_answers(nothing: None):
    checks = {check.part: check for check in check_all()}
    assert list(checks) == [
        *("Docker engine", "Docker image", "bubblewrap", "Ollama", "Ollama models"),
        *("embedded model", "data sets", "GPU", "memory", "disk", "folders"),
    ]
    assert not checks["Docker engine"].works
    assert "start Docker or set DOCKER_HOST" in checks["Docker engine"].message
    assert "without the engine" in checks["Docker image"].message
    assert not checks["Ollama"].works
    assert "ollama serve" in checks["Ollama"].message
    assert checks["data sets"].works
    assert all(check.message for check in checks.values())


def test_a_part_that_is_broken_does_not_hide_the_others(
    nothing: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "langgraph_nas.sandbox.engine", None)
    checks = {check.part: check for check in check_all()}
    assert checks["Docker engine"].message.startswith("the check failed: ")
    assert "data sets" in checks


def test_it_changes_nothing_and_leaves_dead_searches_alone(
    nothing: None, monkeypatch: pytest.MonkeyPatch
):
    swept: list[str] = []
    monkeypatch.setattr(cgroup, "sweep_groups", lambda: swept.append("groups"))
    if not doctor.check_bubblewrap().works:
        pytest.skip("bubblewrap does not work here")
    assert swept == []


def test_a_server_with_models_tells_which_is_taken(ollama: None):
    assert doctor.check_ollama().works
    check = doctor.check_ollama_models()
    assert check.works
    assert check.message == "llama3:8b, qwen2.5-coder:7b; auto takes qwen2.5-coder:7b"


def test_files_of_a_data_set_are_found_where_they_lie(tmp_path: Path):
    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / "train_32x32.mat").touch()
    message = doctor.check_datasets(str(tmp_path)).message
    there, rest = message.split(f"; not in {tmp_path}, downloaded on first use: ")
    assert sorted(there.removeprefix("on disk: ").split(", ")) == ["cifar10", "digits", "svhn"]
    assert "mnist (12 MB)" in rest
    assert "cifar10 " not in rest


def test_too_little_memory_names_the_setting():
    assert doctor.check_memory(512).works
    check = doctor.check_memory(10**9)
    assert not check.works
    assert "--memory-mb" in str(check.todo)


def test_the_limit_of_a_container_counts(tmp_path: Path):
    (tmp_path / "memory.max").write_text(f"{3 << 30}\n")
    (tmp_path / "memory.current").write_text(f"{1 << 30}\n")
    assert machine._container_mib(tmp_path) == 2048
    (tmp_path / "memory.max").write_text("max\n")
    assert machine._container_mib(tmp_path) > 1 << 30
    assert machine._container_mib(tmp_path / "none") > 1 << 30


def test_a_full_disk_says_how_to_move_the_cache(
    nothing: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    assert doctor.check_disk().works
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10, 10, 1_000_000))
    check = doctor.check_disk()
    assert not check.works
    assert f"NAS_CACHE moves the cache from {tmp_path}" in str(check.todo)


@pytest.mark.parametrize(
    ("working", "able"),
    [
        (["bubblewrap", "embedded model"], True),
        (["Docker image", "Ollama models"], True),
        (["Docker engine", "embedded model"], False),
        (["bubblewrap", "Ollama"], False),
    ],
)
def test_a_search_needs_one_sandbox_and_one_model(working: list[str], able: bool):
    parts = ("Docker engine", "Docker image", "bubblewrap", "Ollama", "Ollama models")
    checks = [Check(part, part in working, "") for part in (*parts, "embedded model")]
    assert can_search(checks) is able


@pytest.mark.parametrize(
    ("driver", "built_for", "says", "advises"),
    [
        (None, "13.0", "no NVIDIA driver answers", "install NVIDIA's driver"),
        (9.0, None, "is a CPU build", "pip install torch"),
        (9.0, "13.0", "can't use the GPU (too old)", "for a CUDA below 13.0"),
    ],
)
def test_a_gpu_that_can_not_be_used_is_told_with_what_is_missing(
    driver: float | None,
    built_for: str | None,
    says: str,
    advises: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise RuntimeError("too old\nand more")

    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.cuda.init", refuse)
    monkeypatch.setattr("torch.version.cuda", built_for)
    monkeypatch.setattr("langgraph_nas.evaluation.gpu.ask_gpu", lambda fact: driver)
    check = check_gpu()
    assert not check.works
    assert says in check.message
    assert advises in str(check.todo)
