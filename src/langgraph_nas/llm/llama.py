"""llama.cpp, through `xllamacpp` in a child process: a loaded model that completes texts."""

import http.client
import json
import os
import secrets
import subprocess
import sys
import threading
import weakref
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.llm.faults import BrokenReplyError

BATCH = 512
"""Tokens of a prompt that are computed at once; the model's vocabulary makes more costly."""
READER_SECONDS = 5.0
"""What a thread gets to end by itself once its model is gone."""


def thread_count() -> int:
    """Return the threads for llama.cpp: one on a small machine, where more wait for each other.

    Its threads spin at barriers: on two busy cores two threads fell to 2-6 tokens a second
    where one gave 9-36.
    """
    cores = os.cpu_count() or 1
    return 1 if cores <= 2 else min(4, cores - 1)


class Llama:
    """A loaded GGUF model. It is freed when the last reference to it goes.

    llama.cpp runs in a process of its own, which can be ended at any time: in this one, its
    threads would still compute while Python takes itself apart, and crash. If it dies, `alive`
    turns false and nothing else is lost.

    Raises:
        ModelUnavailableError: llama.cpp can't load it.
    """

    def __init__(self, path: Path, n_ctx: int) -> None:
        self.n_ctx = n_ctx
        self._port = _start(path, n_ctx)
        weakref.finalize(self, _end, self._port, os.getpid())

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._port.process.poll() is None

    def stream(self, request: dict[str, Any], *, chat: bool) -> Generator[dict[str, Any]]:
        """Return the records of one completion, in the form of OpenAI's stream.

        Closing the generator ends the computation at its next token, or its next batch of the
        prompt. Requests of several threads follow one another, in llama.cpp's own queue.

        Args:
            request: Fields of a completion or chat completion.
            chat: Use the model's chat template on `messages`.

        Raises:
            ValueError: llama.cpp refused the request, e.g. for its schema.
            BrokenReplyError: llama.cpp died.
            ModelUnavailableError: The model was freed meanwhile.
        """
        # Not a generator of its own: that would keep the model from being freed while it runs.
        path = "/v1/chat/completions" if chat else "/v1/completions"
        return _records(self._port, path, {**request, "stream": True})

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, without the one that begins every prompt."""
        with _asked(self._port, "/tokenize", {"content": text}) as response:
            return len(json.loads(response.read())["tokens"])


@dataclass(frozen=True)
class _Port:
    """Where a loaded model is asked."""

    process: "subprocess.Popen[bytes]"
    address: str
    key: str
    freed: threading.Event = field(default_factory=threading.Event)
    readers: set[threading.Thread] = field(default_factory=set)
    """Threads that read a reply."""


def _start(path: Path, n_ctx: int) -> _Port:
    key = secrets.token_hex(16)
    # `-P`: the folder of that file is no place to import from.
    process = subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__).with_name("llama_process.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us
    )
    wanted = {"path": str(path), "n_ctx": n_ctx, "batch": BATCH, "threads": thread_count()}
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with suppress(BrokenPipeError):  # it died; what it tells, which is nothing, says so
            process.stdin.write(json.dumps({**wanted, "key": key}).encode() + b"\n")
            process.stdin.flush()
        told = json.loads(process.stdout.readline() or "{}")
        if "address" not in told:
            raise ModelUnavailableError(
                f"llama.cpp can't load {path}: not a model it knows, or too little memory"
            )
    except BaseException:  # Ctrl-C too: end it, then let it through
        _kill(process)
        raise
    return _Port(process, urlsplit(told["address"]).netloc, key)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def _end(port: _Port, owner: int) -> None:
    """End a model's process, and wait until nobody reads from it any more.

    A daemon thread that still runs when Python takes itself apart may take the process with it.
    """
    if os.getpid() != owner:
        return  # a fork, which has a copy of all this
    port.freed.set()
    _kill(port.process)
    for reader in list(port.readers):
        if reader.daemon and reader is not threading.current_thread():
            reader.join(READER_SECONDS)


def _records(port: _Port, path: str, request: dict[str, Any]) -> Generator[dict[str, Any]]:
    reader = threading.current_thread()
    port.readers.add(reader)
    try:
        with _asked(port, path, request) as response:
            for line in response:
                _, is_data, data = line.partition(b"data: ")
                if data.strip() == b"[DONE]":
                    return
                if is_data:
                    yield _record(data)
        raise BrokenReplyError("the reply ended in its middle")
    except (OSError, http.client.HTTPException) as error:
        if port.freed.is_set():
            raise ModelUnavailableError("the model was freed while it wrote") from error
        with suppress(subprocess.TimeoutExpired):  # so that `alive` knows it by now
            port.process.wait(1)
        raise BrokenReplyError(f"llama.cpp died while it wrote: {error!r}") from error
    finally:
        port.readers.discard(reader)


@contextmanager
def _asked(port: _Port, path: str, request: dict[str, Any]) -> Iterator[http.client.HTTPResponse]:
    """Yield the response to a request; the connection is closed at the end of the block.

    Raises:
        ValueError: llama.cpp refused it.
    """
    connection = http.client.HTTPConnection(port.address)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {port.key}"}
    try:
        connection.request("POST", path, json.dumps(request), headers)
        with connection.getresponse() as response:
            if response.status != 200:
                _record(response.read())
                raise ValueError(f"llama.cpp: HTTP {response.status}")
            yield response
    finally:
        connection.close()


def _record(data: bytes) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(data)
    if "error" in record:
        raise ValueError(f"llama.cpp: {record['error'].get('message')}")
    return record


_loaded: WeakValueDictionary[Path, Llama] = WeakValueDictionary()
_loading = threading.Lock()


def tight_grammar(schema: dict[str, Any]) -> str:
    """Return a grammar for JSON of this schema without blanks.

    A small model would fill pages with blanks, and llama.cpp's own `json_schema` allows them
    in chats. The library has the grammar read by llguidance, whose options stand in the schema.
    """
    import xllamacpp

    options = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
    return str(xllamacpp.json_schema_to_grammar({**schema, "x-guidance": options}))


def load_llama(path: Path, n_ctx: int) -> Llama:
    """Return the model of a file, which roles of one process share while any of them holds it.

    Raises:
        ModelUnavailableError: llama.cpp can't load it.
    """
    with _loading:
        llama = _loaded.get(path.absolute())
        if llama is None or llama.n_ctx < n_ctx or not llama.alive:
            llama = _loaded[path.absolute()] = Llama(path, n_ctx)
        return llama
