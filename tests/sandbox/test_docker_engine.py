"""What people read when an engine is missing, refuses, or fails."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import SandboxError, SandboxUnavailableError
from langgraph_nas.sandbox.choose import docker_problem
from langgraph_nas.sandbox.docker import DockerSandbox
from langgraph_nas.sandbox.docker_cell import start_cell
from langgraph_nas.sandbox.engine import connect, engine_problem, explain_engine
from langgraph_nas.sandbox.image import BUILT_FOR, CUDA_INDEX, build_image, image_problem


class FakeEngine(BaseHTTPRequestHandler):
    """Answers as an engine does: a version, and for all else what the test has set."""

    protocol_version = "HTTP/1.1"
    answers: dict[str, tuple[int, str]] = {}
    built: dict[str, tuple[int, str]] = {}
    asked: list[str] = []
    queries: dict[str, dict[str, list[str]]] = {}

    def answer(self) -> None:
        path = self.path.partition("?")[0].removeprefix("/v1.41")
        self.asked.append(f"{self.command} {path}")
        self.queries[path] = parse_qs(urlsplit(self.path).query)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == "/build":
            self.answers |= self.built
        status, text = self.answers.get(path, (500, '{"message": "not foreseen"}'))
        if path == "/version":
            status, text = 200, json.dumps({"ApiVersion": "1.41", "MinAPIVersion": "1.12"})
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        chunk = f"{len(text):x}\r\n{text}\r\n" if text else ""
        self.wfile.write(f"{chunk}0\r\n\r\n".encode())

    def handle(self) -> None:
        with suppress(ConnectionResetError):  # an attached client that leaves
            super().handle()

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeEngine]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeEngine)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(FakeEngine, "answers", {})
    monkeypatch.setattr(FakeEngine, "built", {})
    monkeypatch.setattr(FakeEngine, "asked", [])
    monkeypatch.setattr(FakeEngine, "queries", {})
    yield FakeEngine
    server.shutdown()
    server.server_close()


def test_where_no_engine_is_the_address_and_the_next_step_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    problem = engine_problem()
    assert problem is not None
    assert f"{tmp_path}/none.sock" in problem
    assert "start Docker" in problem
    assert "\n" not in problem
    assert problem == DockerSandbox.probe("any")
    with pytest.raises(SandboxUnavailableError, match="start Docker"):
        build_image("any")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_an_engine_of_this_machine_is_asked_past_any_proxy(
    variable: str, engine: type[FakeEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "socks5://127.0.0.1:9")
    engine.answers = {"/info": (200, "{}")}
    assert engine_problem() is None
    assert engine.asked[-1] == "GET /info"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('could not select device driver "" with capabilities: [[gpu]]', "--device cpu"),
        ("Connection aborted.', PermissionError(13, 'Permission denied')", "group `docker`"),
        ("No such image: x:latest", "sandbox build"),
        ("Unknown runtime specified runsc", "--runtime"),
        ("unknown or invalid runtime name: runsc", "--runtime"),
        ("UnixHTTPConnectionPool: Read timed out. (read timeout=60)", "in time"),
        ("range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs", "range of CPUs"),
    ],
)
def test_each_known_error_of_an_engine_says_what_to_do(said: str, meant: str) -> None:
    assert meant in explain_engine(RuntimeError(said))


def test_an_engine_without_gpu_support_is_said_and_its_container_removed(
    engine: type[FakeEngine],
) -> None:
    driver = 'could not select device driver \\"\\" with capabilities: [[gpu]]'
    engine.answers |= {
        "/containers/create": (201, '{"Id": "abc"}'),
        "/containers/abc/json": (200, '{"Id": "abc"}'),
        "/containers/abc/attach": (200, ""),
        "/containers/abc/start": (500, f'{{"message": "{driver}"}}'),
        "/containers/abc": (204, ""),
    }
    with pytest.raises(SandboxError, match="NVIDIA Container Toolkit"):
        start_cell("image", ["true"], {}, idle_until=1e12)
    assert engine.asked[-2:] == ["POST /containers/abc/start", "DELETE /containers/abc"]


def test_a_missing_image_and_a_failing_engine_are_told_apart(engine: type[FakeEngine]) -> None:
    engine.answers["/images/lost/json"] = (404, '{"message": "No such image: lost"}')
    assert "langgraph-nas sandbox build" in str(image_problem("lost"))
    assert "not foreseen" in str(image_problem("other"))
    engine.answers["/images/there/json"] = (200, "{}")
    assert image_problem("there") is None


def test_a_failing_build_is_one_line_that_ends_with_what_pip_said(
    engine: type[FakeEngine],
) -> None:
    stream = [
        {"stream": "Step 1/2 : FROM x\n"},
        {"stream": "ERROR: No matching distribution found for torch==0\n"},
        {"error": "The command '/bin/sh -c pip' returned a non-zero code: 1"},
    ]
    engine.answers["/build"] = (200, "\r\n".join(json.dumps(entry) for entry in stream))
    lines: list[str] = []
    with pytest.raises(SandboxUnavailableError, match="No matching distribution") as caught:
        build_image("x", on_progress=lines.append)
    assert lines[0] == "Step 1/2 : FROM x"
    assert "\n" not in str(caught.value)


def tell(engine: type[FakeEngine], **facts: Any) -> None:
    """Let the engine tell these facts of itself, beside the usual ones."""
    usual = {"MemoryLimit": True, "PidsLimit": True, "SwapLimit": True}
    usual |= {"SecurityOptions": ["name=seccomp,profile=default"]}
    engine.answers["/info"] = (200, json.dumps(usual | facts))


def image_for(device: str | None) -> tuple[int, str]:
    labels = {BUILT_FOR: device} if device else None
    return 200, json.dumps({"Config": {"Labels": labels}})


def let_containers_start(engine: type[FakeEngine], *, gpu: bool) -> None:
    driver = 'could not select device driver \\"\\" with capabilities: [[gpu]]'
    state = '{"Id": "abc", "State": {"Running": false, "ExitCode": 0}}'
    engine.answers |= {
        "/containers/create": (201, '{"Id": "abc"}'),
        "/containers/abc/json": (200, state),
        "/containers/abc/attach": (200, ""),
        "/containers/abc/start": (204, "") if gpu else (500, f'{{"message": "{driver}"}}'),
        "/containers/abc/kill": (204, ""),
        "/containers/abc": (204, ""),
    }


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"MemoryLimit": False}, "bound memory here"),
        ({"PidsLimit": False}, "bound the number of processes here"),
        ({"MemoryLimit": False, "PidsLimit": False}, "memory and the number of processes"),
    ],
)
def test_an_engine_that_would_drop_a_limit_is_not_taken(
    engine: type[FakeEngine], facts: dict[str, bool], words: str
) -> None:
    engine.answers["/images/there/json"] = image_for(None)
    tell(engine, **facts)
    problem = DockerSandbox.probe("there")
    assert words in str(problem)
    assert problem == docker_problem("there", True, lambda line: None)
    tell(engine)
    assert DockerSandbox.probe("there") is None


@pytest.mark.parametrize(
    ("facts", "runtime", "isolation"),
    [
        ({}, None, "docker"),
        ({}, "runsc", "docker (runsc)"),
        ({"SwapLimit": False}, None, "docker (no-swap-limit)"),
        ({"SecurityOptions": ["name=rootless"]}, None, "docker (no-seccomp)"),
        ({"SecurityOptions": ["name=seccomp,profile=unconfined"]}, None, "docker (no-seccomp)"),
        (
            {"SecurityOptions": None, "SwapLimit": False},
            "runsc",
            "docker (runsc, no-seccomp, no-swap-limit)",
        ),
    ],
)
def test_results_are_marked_with_what_the_engine_lacks(
    engine: type[FakeEngine], facts: dict[str, Any], runtime: str | None, isolation: str
) -> None:
    sandbox = DockerSandbox("there", runtime=runtime)
    assert "(no-" not in sandbox.isolation  # no answer yet, and none is made up
    tell(engine, **facts)
    assert [sandbox.isolation for _ in range(3)] == [isolation] * 3
    assert engine.asked.count("GET /info") == 2


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_missing_image_is_built_for_the_device_in_use(
    engine: type[FakeEngine], device: str
) -> None:
    tell(engine)
    let_containers_start(engine, gpu=True)
    engine.answers["/images/lost/json"] = (404, '{"message": "No such image: lost"}')
    engine.answers["/build"] = (200, '{"stream": "Successfully built"}')
    engine.built["/images/lost/json"] = image_for(device)
    assert docker_problem("lost", True, lambda line: None, cuda=device == "cuda") is None
    sent = {name: json.loads(engine.queries["/build"][name][0]) for name in ("buildargs", "labels")}
    assert sent["labels"] == {BUILT_FOR: device}
    assert (sent["buildargs"].get("TORCH_INDEX") == CUDA_INDEX) == (device == "cuda")


def test_an_image_for_cpus_is_no_image_for_a_gpu_and_is_not_replaced(
    engine: type[FakeEngine],
) -> None:
    tell(engine)
    let_containers_start(engine, gpu=True)
    engine.answers["/images/there/json"] = image_for("cpu")
    problem = docker_problem("there", True, lambda line: None, cuda=True)
    assert "built for CPUs" in str(problem)
    assert "sandbox build --cuda" in str(problem)
    assert "--device cpu" in str(problem)
    assert "POST /build" not in engine.asked
    assert docker_problem("there", True, lambda line: None) is None
    for device in ("cuda", None):
        engine.answers["/images/there/json"] = image_for(device)
        assert docker_problem("there", True, lambda line: None, cuda=True) is None


def test_an_engine_without_gpus_is_found_out_before_the_search(engine: type[FakeEngine]) -> None:
    tell(engine)
    engine.answers["/images/there/json"] = image_for("cuda")
    let_containers_start(engine, gpu=False)
    assert "NVIDIA Container Toolkit" in str(DockerSandbox.probe("there", cuda=True))
    assert DockerSandbox.probe("there") is None
    assert engine.asked.count("DELETE /containers/abc") == 1


@pytest.mark.docker
def test_a_runtime_the_engine_does_not_have_is_said() -> None:
    client = connect()
    known = set(client.info()["Runtimes"])
    client.close()
    assert "langgraph-nas-none" not in known
    image = SearchConfig.model_fields["image"].default
    with pytest.raises(SandboxError, match="--runtime"):
        start_cell(image, ["true"], {"runtime": "langgraph-nas-none"}, idle_until=1e12)
