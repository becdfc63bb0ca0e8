"""A server that speaks Ollama's protocol, for tests: scripted replies, faults on demand.

`/v1/models` and `/v1/chat/completions` answer as an OpenAI-compatible server does.
"""

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any

from servers import openai_protocol as openai
from servers.fault import Fault
from servers.gpu_memory import GpuMemory
from servers.keep_alive import keep_alive_problem
from servers.ollama_entry import SOME_DAY, entry
from servers.openai_routes import OpenAIRoutes
from servers.wire import Exchange

Shape = Callable[[str], dict[str, Any]]
"""How a route wraps a piece of the reply."""

Reply = str | Exchange | Callable[[dict[str, Any]], str | Exchange]
"""A text, a recorded answer, or a function of the request (e.g. one that asks a real model)."""


@dataclass
class OllamaProtocolServer:
    """A running server; change its fields to change how it answers."""

    models: dict[str, int] = field(default_factory=lambda: {"tiny:latest": 32768})
    """Name -> trained context length."""
    modified: dict[str, str] = field(default_factory=dict)
    """Name -> when it was changed, where that is not the same for all."""
    abilities: dict[str, list[str] | None] = field(default_factory=dict)
    """Name -> what it can do, where that is not only to chat; None: not told."""
    pullable: dict[str, int] = field(default_factory=dict)
    """Models that a pull adds -> context length."""
    replies: list[Reply] = field(default_factory=lambda: ["hello from the test server"])
    """Given in order; the last one again and again."""
    faults: list[Fault] = field(default_factory=list)
    """Each spoils one chat request, in order."""
    listed: list[str] = field(default_factory=lambda: ["m"])
    """Models that `/v1/models` lists."""
    only_listed: bool = False
    """`/v1` knows no others."""
    no_schema: Fault | None = None
    """How an OpenAI-compatible server without schemas answers a request with one."""
    window: int | None = None
    """The server's own limit of the context, below what requests ask for."""
    tells_window: bool = True
    keeps_whole: bool = False
    """Of a prompt that is too long, it keeps a whole window instead of half of one."""
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Path and body of all that came in."""
    cached_prompts: bool = False
    """Leave the prompt's tokens out of the counts, as old servers did for cached prompts."""
    num_ctx: int = 0
    """The window that the last request asked for."""
    memory: GpuMemory = field(default_factory=GpuMemory)
    _replied: int = 0

    def __post_init__(self) -> None:
        self._http = HttpServer(self)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def chats(self) -> list[dict[str, Any]]:
        return [body for path, body in self.requests if path.endswith(("/chat", "/completions"))]

    def next_reply(self, body: dict[str, Any]) -> str | Exchange:
        reply = self.replies[min(self._replied, len(self.replies) - 1)]
        self._replied += 1
        return reply(body) if callable(reply) else reply

    def read_tokens(self, body: dict[str, Any]) -> int:
        """Tokens read of a prompt: all, or half a window of one that does not fit."""
        text = "".join(message["content"] for message in body["messages"])
        self.num_ctx = body.get("options", {}).get("num_ctx", 4096)
        window = min(self.num_ctx, self.window or self.num_ctx)
        tokens = len(text) // 4 + 10
        return tokens if tokens <= window else window // 2 + 2

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class HttpServer(ThreadingHTTPServer):
    """Carries the settings to the handler of each connection."""

    daemon_threads = True

    def __init__(self, protocol: OllamaProtocolServer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.protocol = protocol


class Handler(OpenAIRoutes):
    """One connection."""

    server: HttpServer

    def do_GET(self) -> None:
        self.protocol.requests.append((self.path, {}))
        self.answer({})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        self.protocol.requests.append((self.path, body))
        try:
            self.answer(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    @property
    def protocol(self) -> OllamaProtocolServer:
        return self.server.protocol

    def answer(self, body: dict[str, Any]) -> None:
        routes: dict[str, Callable[[dict[str, Any]], None]] = {
            "/api/version": lambda _: self.send({"version": "0.30.0"}),
            "/api/tags": self.tags,
            "/api/ps": lambda _: self.send({"models": self.loaded()}),
            "/api/show": self.show,
            "/api/chat": self.chat,
            "/api/generate": self.generate,
            "/api/pull": self.pull,
            "/v1/models": lambda _: self.send(openai.models(self.protocol.listed)),
            "/v1/chat/completions": self.openai_chat,
        }
        if problem := keep_alive_problem(body.get("keep_alive")):
            self.send({"error": problem}, 400)
            return
        routes.get(self.path, self.not_found)(body)

    def tags(self, body: dict[str, Any]) -> None:
        models = [entry(n, self.protocol.modified.get(n, SOME_DAY)) for n in self.protocol.models]
        self.send({"models": models})

    def not_found(self, body: dict[str, Any]) -> None:
        self.send({"error": f"no route {self.path}"}, 404)

    def loaded(self) -> list[dict[str, Any]]:
        asked = self.protocol.num_ctx
        window = min(asked, self.protocol.window or asked)
        told = {"context_length": window} if self.protocol.tells_window else {}
        memory = self.protocol.memory
        names = filter(memory.holds, self.protocol.models)
        return [{**entry(n), **told, "size_vram": memory.vram.get(n, 0)} for n in names]

    def show(self, body: dict[str, Any]) -> None:
        if name := self.known(body):
            length = self.protocol.models[name]
            facts = {"general.architecture": "tiny", "tiny.context_length": length}
            able = self.protocol.abilities.get(name, ["completion"])
            told = {} if able is None else {"capabilities": able}
            self.send({"details": {}, "model_info": facts, **told})

    def known(self, body: dict[str, Any]) -> str | None:
        """Return the model's full name, or answer 404."""
        name = body.get("model", "")
        if " " in name:
            self.send({"error": "invalid model name"}, 400)
            return None
        for candidate in (name, f"{name}:latest"):
            if candidate in self.protocol.models:
                return candidate
        self.send({"error": f"model '{name}' not found"}, 404)
        return None

    def chat(self, body: dict[str, Any]) -> None:
        self.complete(body, lambda text: {"message": {"role": "assistant", "content": text}})

    def generate(self, body: dict[str, Any]) -> None:
        if not body.get("prompt"):
            self.load_or_unload(body)
            return
        messages = [{"role": "user", "content": body.get("prompt", "")}]
        self.complete({**body, "messages": messages}, lambda text: {"response": text})

    def load_or_unload(self, body: dict[str, Any]) -> None:
        """A request without a prompt: `keep_alive` 0 unloads the model, anything else loads it."""
        name = self.known(body)
        if name is None:
            return
        reason = "unload" if body.get("keep_alive") == 0 else "load"
        getattr(self.protocol.memory, reason)(name)
        self.send({"model": name, "response": "", "done": True, "done_reason": reason})

    def complete(self, body: dict[str, Any], shape: Shape) -> None:
        name = self.known(body)
        if name is None:
            return
        fault = self.protocol.faults.pop(0) if self.protocol.faults else Fault("none")
        if fault.kind == "stall":
            time.sleep(fault.seconds)
        if fault.kind == "error":
            self.send({"error": fault.text}, fault.status)
            return
        loading = self.protocol.memory.load(name)
        text = self.protocol.next_reply(body)
        if isinstance(text, Exchange):
            self.play(text)
            return
        last = {**self.last_record(body, text), **shape(""), "load_duration": loading}
        if body.get("stream", True):
            self.stream(body, text, shape, last, fault)
        else:
            self.send({**last, **shape(text)})

    def last_record(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        words = len(text.split(" "))
        limit = body.get("options", {}).get("num_predict", -1)
        read = {"prompt_eval_count": self.protocol.read_tokens(body)}
        return {
            "model": body["model"],
            "created_at": "2026-01-01T00:00:00Z",
            "done": True,
            "done_reason": "length" if 0 < limit < words else "stop",
            "total_duration": 1,
            "eval_count": words,
            **({} if self.protocol.cached_prompts else read),
        }

    def stream(
        self,
        body: dict[str, Any],
        text: str,
        shape: Shape,
        last: dict[str, Any],
        fault: Fault,
    ) -> None:
        head = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z", "done": False}
        self.begin_stream()
        for n, word in enumerate(text.split(" ")):
            if n and self.spoil(fault):
                return
            self.record({**head, **shape(f" {word}" if n else word)})
        self.record(last)
        self.end_stream()

    def spoil(self, fault: Fault) -> bool:
        """Do what goes wrong between two words; tell whether the stream is over."""
        if fault.kind == "trickle":
            time.sleep(fault.seconds)
        if fault.kind == "stream_error":
            self.record({"error": fault.text})
            self.end_stream()
        if fault.kind == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        if fault.kind == "silent_end":
            self.end_stream()
        return fault.kind in ("stream_error", "cut", "silent_end")

    def pull(self, body: dict[str, Any]) -> None:
        name = body["model"]
        self.begin_stream()
        self.record({"status": "pulling manifest"})
        if name not in self.protocol.pullable:
            self.record({"error": "pull model manifest: file does not exist"})
        else:
            for done in range(0, 101, 10):
                part = {"total": 10**9, "completed": done * 10**7}
                self.record({"status": "pulling", "digest": "x", **part})
            self.protocol.models[name] = self.protocol.pullable[name]
            self.record({"status": "success"})
        self.end_stream()
