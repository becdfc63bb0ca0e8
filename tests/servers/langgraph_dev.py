"""A LangGraph dev server with our langgraph.json, in a process and a folder of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

ROOT = Path(__file__).parents[2]
WIDTHS = (8, 16, 24, 32, 40, 48)

NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, {width}), nn.ReLU())
        self.head = nn.Linear({width}, 10)

    def forward(self, x):
        return self.head(self.body(x))
"""


@dataclass
class Server:
    """Where it listens, and the settings of quick searches on it."""

    url: str
    database: Path
    settings: dict[str, Any]

    @cached_property
    def client(self) -> SyncLangGraphClient:
        return get_sync_client(url=self.url)

    def start(self, **changed: Any) -> tuple[str, Any]:
        """Run a search on a thread of its own; return the thread and the last state."""
        thread = self.client.threads.create()["thread_id"]
        state = self.client.runs.wait(
            thread,
            "nas",
            input={},
            context=self.settings | changed,
            config={"recursion_limit": 200},
        )
        return thread, state

    def mcp(self, method: str, **params: Any) -> Any:
        """Return the result of a call of its MCP endpoint."""
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        accepted = {"Accept": "application/json, text/event-stream"}
        told = httpx.post(f"{self.url}/mcp", json=asked, headers=accepted, timeout=120)
        answer = told.raise_for_status().json()
        assert "result" in answer, answer
        return answer["result"]


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """Start the server; yield it when it answers; end it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    database, log = folder / "nas" / "searches.db", folder / "server.log"
    given = {
        "LANGSMITH_TRACING": "false",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "LANGGRAPH_NAS_DB": str(database),
        "NAS_CACHE": str(folder / "cache"),
        "PYTHONUNBUFFERED": "1",
    }
    command = [str(Path(sys.executable).with_name("langgraph")), "dev", "--no-browser"]
    command += ["--n-jobs-per-worker", "4"]  # else one run waits for the other
    command += ["--no-reload", "--port", str(port), "--config", str(ROOT / "langgraph.json")]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | given, stdout=output, stderr=output
        )
    try:
        wait_until_up(port, process, log)
        server = Server(url, database, quick_settings(folder))
        with server.client:
            yield server
    finally:
        process.terminate()
        process.wait(30)


def quick_settings(folder: Path) -> dict[str, Any]:
    """Return settings with recorded replies, small data and a real sandbox."""
    nets = [f"```python\n{NET.format(width=width)}```" for width in WIDTHS]
    advice = [
        json.dumps({"problem": f"p{n}", "inspiration": "i", "modification": f"m{n}"})
        for n in range(len(nets))
    ]
    settings: dict[str, Any] = {"form": "code", "improver_form": "text", "iterations": 2}
    for role, replies in (("generator", nets), ("improver", advice)):
        file = folder / f"{role}.jsonl"
        file.write_text("".join(json.dumps({"reply": text}) + "\n" for text in replies))
        settings[role] = f"replay:{file}"
    return settings | {"sandbox": "bubblewrap", "train_samples": 300}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.1)


def wait_until_up(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(log.read_text())
