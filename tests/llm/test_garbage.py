"""Servers that answer with garbage: told in one line, asked again, and bounded in all ways."""

import gzip
import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.settings import PLAIN
from servers.raw_answers import Answer, RawServer, http, trickle

from langgraph_nas import Archive, SearchConfig, search
from langgraph_nas.datasets import prepare
from langgraph_nas.errors import ModelServerError, ModelUnavailableError
from langgraph_nas.llm import Role, Sampling, list_ollama_models, open_role, resolve_auto

pytest.importorskip("langchain_openai")

DAY = "2026-01-01T00:00:00Z"
MESSAGE = {"role": "assistant", "content": "Hi"}
USAGE = {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11}
TAGS = http(json.dumps({"models": [{"model": "m:latest", "name": "m:latest"}]}).encode())
SHOWN = http(json.dumps({"capabilities": ["completion"], "model_info": {}}).encode())
LISTED = http(json.dumps({"data": [{"id": "m"}]}).encode())


def ollama(text: Any = "Hi", **end: Any) -> bytes:
    first = {"message": {"role": "assistant", "content": text}, "done": False}
    last = {"message": {**MESSAGE, "content": ""}, "done": True, "done_reason": "stop", **end}
    records = ({"model": "m", "created_at": DAY, **one} for one in (first, last))
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def openai(message: Any = None, usage: Any = USAGE) -> bytes:
    choice = {"index": 0, "finish_reason": "stop", "message": message or MESSAGE}
    head = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    return json.dumps({**head, "choices": [choice], "usage": usage}).encode()


REDIRECT = "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n"
GARBAGE: dict[str, Answer] = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "nothing": b"",
    "headers and no more": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
    "half of the headers": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "no HTTP": b"<html>hello</html>",
    "chunks that are none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "a length below zero": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
    "packed, but it is not": http(b"{}", headers="Content-Encoding: gzip\r\n"),
    "packed in another way": http(b"\x0b\x02\x80{}\x03", headers="Content-Encoding: br\r\n"),
    "bytes": http(bytes(range(256)) * 9, kind="application/octet-stream"),
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "no state of HTTP": b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}",
    "a page, 503": http(b"<html><title>503</title>" + b"x" * 9999, "503 Away", "text/html"),
    "a redirect to itself": REDIRECT.format("/loop").encode(),
    "a redirect to nobody": REDIRECT.format("http://127.0.0.1:9/x").encode(),
    "a redirect to no address": REDIRECT.format("http://[::1").encode(),
    "a redirect to another protocol": REDIRECT.format("ftp://x/y").encode(),
    "a thousand brackets": http(b"[" * 200_000),
    "a thousand braces": http(b'{"a":' * 100_000),
    "a number without an end": http(b'{"models":' + b"9" * 6000 + b"}"),
    "NaN": http(b'{"models":NaN,"data":Infinity}'),
    "a text": http(b'"hello"'),
    "lists of nothing": http(b'{"models":[null,5],"data":[null,5],"choices":[null,5]}'),
    "a header without an end": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n{}",
}
ROUTES = ["ollama:m", "openai:m@{}/v1"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    server = RawServer({"/api/tags": TAGS, "/api/show": SHOWN, "/v1/models": LISTED, "*": b""})
    monkeypatch.setenv("OLLAMA_HOST", server.address)
    yield server
    server.close()


def _open(server: RawServer, route: str, waited: list[float], **settings: Any) -> Role:
    sampling = Sampling(**{"timeout": 5.0, "retries": 1, **settings})
    return open_role("generator", route.format(server.address), sampling, sleep=waited.append)


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("route", ROUTES)
def test_garbage_at_the_start_is_one_line(route: str, garbage: Answer, server: RawServer) -> None:
    server.answers = {"*": garbage}
    with pytest.raises(ModelUnavailableError) as caught:
        _open(server, route, [])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("route", ROUTES)
def test_garbage_in_place_of_a_reply_is_asked_for_again(
    route: str, garbage: Answer, server: RawServer
) -> None:
    waited: list[float] = []
    role = _open(server, route, waited)
    server.answers = {"*": garbage}
    with pytest.raises(ModelServerError, match="failed 2 times.*resume") as caught:
        role.ask("hello", seed=1)
    assert waited == [1]
    assert "Connection error." not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("garbage", ["a thousand brackets", "nothing", "bytes"])
def test_auto_goes_on_from_garbage(garbage: str, server: RawServer) -> None:
    pytest.importorskip("xllamacpp")
    server.answers = {"*": GARBAGE[garbage]}
    assert resolve_auto()[0] == "embedded"


FINE = {
    "as text": {"kind": "text/plain"},
    "as nothing": {"kind": ""},
    "packed": {"headers": "Content-Encoding: gzip\r\n"},
}


@pytest.mark.parametrize("how", FINE.values(), ids=FINE)
@pytest.mark.parametrize("route", ROUTES)
def test_a_reply_is_read_however_it_is_declared(
    route: str, how: dict[str, str], server: RawServer
) -> None:
    body = ollama() if route.startswith("ollama") else openai()
    server.answers["*"] = http(gzip.compress(body) if "headers" in how else body, **how)
    reply = _open(server, route, []).ask("hello", seed=1)
    assert (reply.text, reply.cut) == ("Hi", False)


@pytest.mark.parametrize("message", [{"content": "Hi"}, {**MESSAGE, "role": "user"}, {"role": "x"}])
def test_a_reply_may_have_any_role(message: dict[str, str], server: RawServer) -> None:
    server.answers["*"] = http(openai({"content": "Hi", **message}))
    assert _open(server, ROUTES[1], []).ask("hello", seed=1).text == "Hi"


NUMBERS = [10**30, -5, "many", None, float("nan"), [1]]


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_counts_that_are_none_are_left_out_and_the_search_goes_on(
    number: Any, server: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAS_CACHE", str(tmp_path / "cache"))
    usage = dict.fromkeys(USAGE, number)
    text = f"```python\n{program(0.5)}```"
    server.answers["*"] = http(openai({**MESSAGE, "content": text}, usage))
    model = ROUTES[1].format(server.address)
    config = SearchConfig(
        **PLAIN, generator=model, improver=model, iterations=1, finalists=0, llm_retries=0
    )
    sandbox = FakeSandbox(labels=prepare("digits").labels)
    result = search(config, name="s", database=tmp_path / "s.db", sandbox=sandbox)
    assert (result.iterations, result.valid) == (1, 1)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert {call["prompt_tokens"] for call in archive.calls("s")} <= {None, 0}


@pytest.mark.parametrize("number", [10**25, -7])
def test_counts_of_ollama_that_are_none_are_no_cut_prompt(number: int, server: RawServer) -> None:
    numbers = {"prompt_eval_count": number, "eval_count": number, "load_duration": number}
    server.answers["*"] = http(ollama(**numbers), kind="application/x-ndjson")
    reply = _open(server, ROUTES[0], []).ask("hello", seed=1)
    assert (reply.text, reply.prompt_tokens, reply.load_seconds) == ("Hi", None, None)


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_packed_fills_no_memory(route: str, server: RawServer) -> None:
    text = "x" * 200_000_000
    body = ollama(text) if route.startswith("ollama") else openai({**MESSAGE, "content": text})
    server.answers["*"] = http(gzip.compress(body), headers="Content-Encoding: gzip\r\n")
    del text, body
    role = _open(server, route, [], reply_tokens=16)
    tracemalloc.start()
    try:
        reply = role.ask("hello", seed=1)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (reply.cut, reply.why_cut) == (True, "long")
    assert most < 100e6


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("path", ["/api/tags", "/api/show", "/v1/models"])
def test_what_a_server_says_of_itself_fills_no_memory(
    path: str, packed: bool, server: RawServer
) -> None:
    endless = b'{"models": "' + b"x" * 30_000_000
    headers = "Content-Encoding: gzip\r\n" if packed else ""
    server.answers[path] = http(gzip.compress(endless) if packed else endless, headers=headers)
    route = ROUTES["v1" in path]
    look = list_ollama_models if path == "/api/tags" else lambda: _open(server, route, [])
    tracemalloc.start()
    try:
        with pytest.raises(ModelUnavailableError):
            look()
        assert tracemalloc.get_traced_memory()[1] < 25e6
    finally:
        tracemalloc.stop()


BLANKS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


@pytest.mark.parametrize(("part", "begin"), [(b" ", BLANKS), (b": ping\n\n", EVENTS)])
def test_a_connection_that_is_only_kept_alive_ends_when_the_time_is_over(
    part: bytes, begin: bytes, server: RawServer
) -> None:
    """First it is asked for a whole reply, then for a stream."""
    role = _open(server, ROUTES[1], [], timeout=0.5)
    server.answers["*"] = trickle(part, 0.1, begin)
    started = time.monotonic()
    with pytest.raises(ModelServerError, match="failed 2 times.*--llm-timeout"):
        role.ask("hello", seed=1)
    assert time.monotonic() - started < 15  # the server would go on for 20 s, each time


def test_words_before_that_are_a_cut_reply(server: RawServer) -> None:
    role = _open(server, ROUTES[1], [], timeout=0.5)
    choice = {"index": 0, "delta": MESSAGE, "finish_reason": None}
    event = json.dumps({"id": "1", "object": "chat.completion.chunk", "choices": [choice]})
    begun = EVENTS + f"data: {event}\n\n".encode()
    asked = iter([trickle(b" ", 0.1, BLANKS), trickle(b": ping\n\n", 0.1, begun)])
    server.answers["*"] = lambda client: next(asked)(client)
    reply = role.ask("hello", seed=1)
    assert (reply.text, reply.cut, reply.why_cut) == ("Hi", True, "time")


@pytest.mark.parametrize(
    ("named", "pause"), [("7", 7), ("0", 1), ("99999", 60), ("Wed, 21 Oct", 1), ("-3", 1)]
)
def test_a_server_that_names_a_pause_has_it(named: str, pause: float, server: RawServer) -> None:
    waited: list[float] = []
    role = _open(server, ROUTES[1], waited)
    busy = http(b'{"error": "slow down"}', "429 Busy", headers=f"Retry-After: {named}\r\n")
    asked = iter([busy, http(openai())])
    server.answers["*"] = lambda client: client.sendall(next(asked))
    assert role.ask("hello", seed=1).text == "Hi"
    assert waited == [pause]


def test_odd_names_of_models_are_told_on_one_line(server: RawServer) -> None:
    names = ["a\nb\x1b[2J", "", "y" * 5000, "日本"]
    missing = http(b'{"error": "no such model"}', "404 Not Found")
    models = [{"model": name, "name": name} for name in names]
    server.answers = {
        "/api/tags": http(json.dumps({"models": models}).encode()),
        "/v1/models": http(json.dumps({"data": [{"id": n} for n in [*names, None, 5]]}).encode()),
        "*": missing,
    }
    for route in ROUTES:
        with pytest.raises(ModelUnavailableError, match=r"a b \[2J.*日本") as caught:
            _open(server, route, [])
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 600
