"""Which tests can run here: those marked `docker`, `ollama`, `gpu` skip with a reason.

`NAS_REQUIRE=docker` (a comma-separated list of markers) turns such a skip into a failure.

All tests, and the processes they start, run with LangGraph's strict serialisation: checkpoints
hold plain values only. A complaint of LangGraph or LangChain about what they write or read fails
the test in which it comes; as they log some of them, pytest's `filterwarnings` are not enough.
"""

import functools
import logging
import os
import signal
import urllib.request
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas.config import SearchConfig

# Where it was ignored when the tests began, as in a shell's background, tests that send it to
# themselves or to processes of theirs would wait for nothing.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Read when torch's OpenMP is loaded: plain loops that tests compare with need not spin either.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # read once, when langgraph is first imported

IMAGE: str = SearchConfig.model_fields["image"].default


@functools.cache
def docker_problem() -> str | None:
    from langgraph_nas.sandbox.docker import DockerSandbox

    return DockerSandbox.probe(IMAGE)


@functools.cache
def ollama_problem() -> str | None:
    host = os.environ.get("OLLAMA_HOST", "127.0.0.1:11434")
    address = host if "://" in host else f"http://{host}"
    try:
        with urllib.request.urlopen(f"{address}/api/version", timeout=2):
            return None
    except OSError as error:
        return f"no Ollama server at {address}: {error}"


@functools.cache
def gpu_problem() -> str | None:
    import torch

    return None if torch.cuda.is_available() else "no CUDA device"


PROBLEMS = {"docker": docker_problem, "ollama": ollama_problem, "gpu": gpu_problem}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process has one left when all are done."""
    seconds: dict[str, float] = {}
    for item in items:
        marker = item.get_closest_marker("slow")
        cost = marker.kwargs.get("seconds", 1) if marker else 0
        seconds[item.nodeid.split("::")[0]] = seconds.get(item.nodeid.split("::")[0], 0) + cost
    items.sort(key=lambda item: -seconds[item.nodeid.split("::")[0]])


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, problem in PROBLEMS.items():
        if item.get_closest_marker(marker) and (reason := problem()):
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    required = os.environ.get("NAS_REQUIRE", "").split(",")
    marked = [name for name in PROBLEMS if name in required and item.get_closest_marker(name)]
    if report.skipped and marked:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"NAS_REQUIRE={','.join(marked)} does not allow this: {reason}"
    return report


SERIALISERS = ("langgraph/checkpoint", "langchain_core/load", "langchain_community/cache")


class Complaints(logging.Handler):
    """Keeps what LangGraph's serialisers and LangChain's cache log as warnings or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if any(where in record.pathname for where in SERIALISERS):
            self.lines.append(record.getMessage())


@pytest.fixture(autouse=True)
def complaints() -> Iterator[list[str]]:
    """What is complained of in this test; a test that wants a complaint clears the list."""
    handler = Complaints()
    logging.getLogger().addHandler(handler)
    yield handler.lines
    logging.getLogger().removeHandler(handler)
    assert handler.lines == []


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """The command line keeps its handlers after a first signal, as it is about to end."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def ollama_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OllamaProtocolServer]:
    """A server of Ollama's protocol at OLLAMA_HOST; see tests/servers/ollama_protocol.py."""
    server = OllamaProtocolServer()
    monkeypatch.setenv("OLLAMA_HOST", server.address)
    yield server
    server.close()


@pytest.fixture(scope="session")
def build() -> Callable[[str], Any]:
    """Return what makes `Net()` from a program, with the names that every candidate has."""
    import torch
    import torch.nn.functional as functional

    torch.set_num_threads(1)

    def make(program: str) -> Any:
        scope = {"torch": torch, "nn": torch.nn, "F": functional, "Tensor": torch.Tensor}
        exec(compile(program, "<candidate>", "exec"), scope)
        return scope["Net"]()

    return make
