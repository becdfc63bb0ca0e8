"""What real Ollama servers said, to be played again.

`NAS_TEST_DATA` names a folder with the recorded exchanges (`ollama/wire.jsonl`); without it there
are a few of the same facts here.
"""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

VERSIONS = ("0.24.0", "0.32.15")
NDJSON, JSON, SSE = "application/x-ndjson", "application/json; charset=utf-8", "text/event-stream"


@dataclass(frozen=True)
class Exchange:
    """An answer as it came."""

    status: int
    content_type: str
    lines: tuple[str, ...]

    @property
    def streams(self) -> bool:
        """Whether it came in pieces."""
        return self.content_type.startswith((NDJSON, SSE))

    def after(self, text: str) -> "Exchange":
        """Return the same stream with a text before it, as if the model had written that, too."""
        first = json.loads(self.lines[0].removeprefix("data: "))
        if "choices" in first:
            first["choices"][0]["delta"]["content"] = text
            return Exchange(self.status, SSE, (f"data: {json.dumps(first)}\n", "\n", *self.lines))
        first["message"]["content"] = text
        return Exchange(self.status, NDJSON, (json.dumps(first) + "\n", *self.lines))


def exchange(version: str, case: str) -> Exchange:
    """Return what a server of this version answered in a case."""
    return _recorded().get((version, case)) or _known(version, case)


@cache
def _recorded() -> dict[tuple[str, str], Exchange]:
    folder = os.environ.get("NAS_TEST_DATA")
    file = Path(folder or "nowhere") / "ollama" / "wire.jsonl"
    if not file.is_file():
        return {}
    told = map(json.loads, file.read_text(encoding="utf-8").split("\n")[:-1])
    return {
        (one["ollama"], one["case"]): Exchange(
            one["status"],
            one["content_type"],
            tuple(line for line in one["lines"] if "lines left out" not in line),
        )
        for one in told
    }


def _known(version: str, case: str) -> Exchange:
    blank = ["    ", "\n"] * 15
    if case == "repeat abort streamed":
        return _stream(blank)
    if case == "repeat abort of a word":
        return _stream(["1", *["0"] * 31])
    if case == "repeat abort whole":
        return Exchange(200, JSON, (json.dumps(_part("".join(blank))),))
    if case == "openai repeat abort":
        return Exchange(200, SSE, tuple(line for text in blank for line in _event(text)))
    if case == "schema refused" and version == "0.24.0":
        return _error(500, "invalid JSON schema in format")
    if case == "schema refused":
        inner = {"code": 400, "message": "JSON schema conversion failed: unrecognized type banana"}
        return _error(400, json.dumps({"error": inner}))
    raise LookupError(case)


def repeat_limit(status: int = 500) -> Exchange:
    """Return what versions from 0.33 on answer in the place of a reply that repeats itself."""
    return _error(status, "prediction aborted, token repeat limit reached")


def dead_runner() -> Exchange:
    """Return what is answered when the process that computes has died."""
    return _error(500, "llama runner process has terminated: exit status 2")


def _error(status: int, words: str) -> Exchange:
    return Exchange(status, JSON, (json.dumps({"error": words}),))


def _stream(texts: list[str]) -> Exchange:
    return Exchange(200, NDJSON, tuple(json.dumps(_part(text)) + "\n" for text in texts))


def _part(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "model": "tiny",
        "created_at": "2026-01-01T00:00:00Z",
        "message": message,
        "done": False,
    }


def _event(text: str) -> tuple[str, str]:
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "tiny"}
    return f"data: {json.dumps({**head, 'choices': [choice]})}\n", "\n"
